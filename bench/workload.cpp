#include "bench/workload.h"

#include "client/agreement.h"
#include "client/record.h"
#include "common/files.h"
#include "common/hash.h"
#include "common/time.h"

namespace consentree::bench {

using client::Failure;
using client::Outcome;

namespace {

constexpr TimeMs valid_for_ms = 6 * 3600 * 1000;

// Short names: the envelope of an event with real ones would be longer than payload_bytes.
std::string subject_of(std::size_t consent) {
    return "sub:" + std::to_string(1000 + consent);
}

std::string consent_id(std::size_t consent) {
    return std::to_string(1000 + consent);
}

Failure failed(std::string what) {
    Failure failure;
    failure.code = "bench-failed";
    failure.what = std::move(what);
    return failure;
}

// Base 36.
std::string short_number(std::uint64_t number) {
    std::string digits;
    do {
        digits.insert(digits.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
        number /= 36;
    } while (number != 0);
    return digits;
}

// A consent whose rules are all evaluated and all hold, without a limit on uses.
std::string record_of(const std::string& institution, std::size_t consent) {
    const std::string subject = subject_of(consent);
    const TimeMs now = client::wall_clock();
    return R"({"schema":"consentree/consent/1","consent_id":")" + consent_id(consent) +
           R"(","issuer":")" + institution + R"(","version":1,"subject":")" + subject +
           R"(","grantors":[{"party":")" + subject + R"(","capacity":"self"}],"provider":")" +
           institution +
           R"(","recipients":[{"party":"unilab"},{"party":"citygov"}],"purposes":[{"code":)"
           R"("rx"}],"legal_basis":"consent","categories":["x","y"],)"
           R"("resources":"all","actions":["view"],"valid_from":")" +
           format_time(now - 3'600'000) + R"(","valid_until":")" +
           format_time(now + 30LL * 24 * 3'600'000) +
           R"(","fetch":{"kind":"periodic"},"retention":{"unit":"day","value":30,"basis":)"
           R"("from_delivery"},"storage_places":["NL"],"jurisdiction":["NL"],"notice":{"uri":)"
           R"("https://example.org/notice","version":"1","sha256":")" +
           std::string(64, 'a') +
           R"(","language":"en"},"expression":{"type":"explicit","method":"form","at":")" +
           format_time(now) + R"("},"withdrawal_uri":"https://example.org/withdraw"})";
}

}  // namespace

Outcome<Workload> Workload::make(const client::cli::Demo& network) {
    Workload workload;
    const auto genesis = read_file(network.folder / "genesis.json", 1 << 20);
    if (!genesis) return failed("cannot read the genesis file");
    workload.network_ = sha256(as_bytes(*genesis));
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        auto key = SecretKey::load(network.submit_key(i));
        if (!key) return failed(key.error().detail);
        workload.authors_.push_back({network.nodes[i].institution, std::move(*key), 0});
    }
    return workload;
}

Signed Workload::sign(const Author& author, std::vector<std::string> events) const {
    Signed result;
    result.events = static_cast<std::uint32_t>(events.size());
    const Bytes nonce = random_bytes(16);
    const auto transaction = ledger::sign_transaction(
        author.key, network_, client::wall_clock() + valid_for_ms, nonce, std::move(events));
    result.bytes = std::string(as_text(ledger::encode(transaction)));
    return result;
}

std::vector<Signed> Workload::consents(std::size_t institution) const {
    const Author& author = authors_[institution];
    const std::string now = format_time(client::wall_clock());
    std::vector<Signed> result;
    std::vector<std::string> events;
    for (std::size_t i = 0; i < consents_each; ++i) {
        events.push_back(R"({"type":"consent.request","consent":)" +
                         record_of(author.institution, i) + R"(,"occurred_at":")" + now + "\"}");
        events.push_back(R"({"type":"consent.authorise","issuer":")" + author.institution +
                         R"(","consent_id":")" + consent_id(i) + R"(","version":1,"grantor":")" +
                         subject_of(i) + R"(","occurred_at":")" + now + "\"}");
        if (events.size() >= 100 || i + 1 == consents_each) {
            result.push_back(sign(author, std::move(events)));
            events.clear();
        }
    }
    return result;
}

// Exactly payload_bytes long: zeros in front of the event's id fill up.
std::string Workload::access_event(const Author& author, std::uint64_t number) const {
    const std::size_t consent = number % consents_each;
    const std::string id = short_number(number);
    const std::string head = R"({"type":"access.request","event_id":")";
    const std::string tail =
        id + R"(","session_id":")" + id + R"(","issuer":")" + author.institution +
        R"(","consent_id":")" + consent_id(consent) + R"(","actor_org":"unilab","subject":")" +
        subject_of(consent) +
        R"(","purpose":"rx","categories":["x"],"resources":"all","action":"view",)"
        R"("attended":false,"legal_basis":"consent","occurred_at":")" +
        format_time(client::wall_clock()) + "\"}";
    const std::size_t used = head.size() + tail.size();
    return head + std::string(used < payload_bytes ? payload_bytes - used : 0, '0') + tail;
}

std::vector<Signed> Workload::accesses(std::size_t institution,
                                       std::size_t count,
                                       std::size_t events_each) {
    Author& author = authors_[institution];
    std::vector<Signed> result;
    result.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<std::string> events;
        events.reserve(events_each);
        for (std::size_t e = 0; e < events_each; ++e) {
            events.push_back(access_event(author, author.next++));
        }
        result.push_back(sign(author, std::move(events)));
    }
    return result;
}

std::vector<Signed> Workload::checks(std::size_t institution, std::size_t count) const {
    std::vector<Signed> result;
    result.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        // Of the consents of the subject, of every institution one, any will do.
        const std::string subject = subject_of((i * authors_.size() + institution) % consents_each);
        result.push_back(
            {R"({"subject":")" + subject + R"(","recipient":"unilab","purpose":"rx","data":["x"]})",
             0});
    }
    return result;
}

}  // namespace consentree::bench
