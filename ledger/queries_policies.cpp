#include "ledger/queries_policies.h"

#include "common/assert.h"
#include "ledger/state_keys.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

PolicyDocumentView view_of(const Reader& reader, const Genesis& genesis, const Hash& sha256) {
    auto document = load_policy_document(reader, sha256);
    CT_ASSERT(document.has_value());  // The policy's row names it.
    PolicyDocumentView view{sha256, std::move(*document), {}};
    for (std::size_t k = 0; k < genesis.validators.size(); ++k) {
        const std::string& institution = genesis.validators[k].institution;
        if ((view.document.approved >> k & 1) == 0) continue;
        auto& names = view.approved_by;
        if (std::find(names.begin(), names.end(), institution) == names.end()) {
            names.push_back(institution);
        }
    }
    return view;
}

PolicyView view_of(const Reader& reader,
                   const Genesis& genesis,
                   std::string_view id,
                   const PolicyState& state) {
    PolicyView view;
    view.id = id;
    view.type = state.type;
    if (!state.versions.empty()) view.in_force = view_of(reader, genesis, state.versions.back());
    for (const Hash& sha256 : state.proposals) {
        view.proposals.push_back(view_of(reader, genesis, sha256));
    }
    return view;
}

}  // namespace

std::vector<PolicyView> list_policies(const Reader& reader,
                                      const Genesis& genesis,
                                      std::uint64_t from,
                                      std::size_t limit) {
    std::vector<std::pair<std::string, PolicyState>> rows;
    std::uint64_t place = 0;
    const Bytes first{static_cast<std::uint8_t>(StateKind::policy)};
    const Bytes until{static_cast<std::uint8_t>(static_cast<unsigned>(StateKind::policy) + 1)};
    reader.scan(Table::state, first, until, Direction::ascending,
                [&](BytesView key, BytesView value) {
                    if (place++ < from) return true;
                    auto state = decode_policy_state(value);
                    CT_ASSERT(state.has_value());
                    rows.emplace_back(as_text(key.subspan(1)), std::move(*state));
                    return rows.size() < limit;
                });
    std::vector<PolicyView> views;
    views.reserve(rows.size());
    for (const auto& [id, state] : rows) views.push_back(view_of(reader, genesis, id, state));
    return views;
}

std::optional<PolicyView> find_policy(const Reader& reader,
                                      const Genesis& genesis,
                                      std::string_view id) {
    const auto state = load_policy(reader, id);
    if (!state) return std::nullopt;
    return view_of(reader, genesis, id, *state);
}

std::optional<PolicyDocumentView> find_policy_version(const Reader& reader,
                                                      const Genesis& genesis,
                                                      std::string_view id,
                                                      std::uint32_t version) {
    const auto state = load_policy(reader, id);
    if (!state || version == 0 || version > state->versions.size()) return std::nullopt;
    return view_of(reader, genesis, state->versions[version - 1]);
}

}  // namespace consentree::ledger
