// Events of data-sharing agreements.
#pragma once

#include "common/hash.h"
#include "common/time.h"
#include "tests/unit/ledger/domain_fixture.h"

namespace consentree::ledger::test {

inline std::string agreement_text(int version,
                                  std::string_view purpose = "research",
                                  std::string_view parties = R"("medcare","unilab")") {
    const std::string hash(64, 'b');
    return R"({"schema":"consentree/agreement-record/1","agreement_id":"a1","version":)" +
           std::to_string(version) + R"(,"parties":[)" + std::string(parties) +
           R"(],"purposes":[{"code":")" + std::string(purpose) +
           R"("}],"valid_from":"2026-01-01T00:00:00.000Z",)"
           R"("valid_until":"2026-12-01T00:00:00.000Z",)"
           R"("retention":{"unit":"day","value":30,"basis":"from_delivery"},)"
           R"("onward_transfer":{"allowed":false},"confidentiality":{"sha256":")" +
           hash + R"("},"penalty":{"sha256":")" + hash + R"("}})";
}

inline std::string registry_event(std::string_view type, std::string_view members) {
    return R"({"type":")" + std::string(type) + R"(",)" + std::string(members) +
           R"(,"occurred_at":")" + format_time(start_time()) + "\"}";
}
inline std::string propose(std::string_view agreement) {
    return registry_event("agreement.propose", R"("agreement":)" + std::string(agreement));
}
inline std::string accept(int version, std::string_view agreement) {
    return registry_event("agreement.accept",
                          R"("agreement_id":"a1","version":)" + std::to_string(version) +
                              R"(,"sha256":")" + to_hex(sha256(as_bytes(agreement)).view()) + "\"");
}
inline std::string end_agreement() {
    return registry_event("agreement.end", R"("agreement_id":"a1","reason":"breach")");
}

}  // namespace consentree::ledger::test
