#include "ledger/queries_registry.h"

#include "common/assert.h"
#include "ledger/entry_source.h"
#include "ledger/event_member.h"
#include "ledger/queries.h"
#include "ledger/state_keys.h"

#include <algorithm>
#include <array>
#include <map>

namespace consentree::ledger {
namespace {

constexpr std::size_t rows_per_call = 1024;
constexpr std::size_t requests_looked_at = 4096;

constexpr auto statuses =
    std::to_array<std::string_view>({"proposed", "accepted", "in_force", "expired", "ended"});

// Rows of a kind whose name comes after `after`; visit returns false to stop.
void scan_named(const Reader& reader,
                StateKind kind,
                std::string_view after,
                const std::function<bool(std::string_view name, BytesView value)>& visit) {
    Bytes from = named_key(kind, after);
    if (!after.empty()) from.push_back(0);  // The next key that there can be.
    const Bytes until{static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) + 1)};
    reader.scan(
        Table::state, from, until, Direction::ascending,
        [&](BytesView key, BytesView value) { return visit(as_text(key.subspan(1)), value); });
}

std::string member_at(EntrySource& source, std::uint64_t leaf, std::string_view member) {
    const auto entry = source.get(leaf);
    return entry ? std::string(member_json(as_text(entry->event_bytes), member)) : std::string();
}

// Institutions come with the genesis file: few.
std::map<std::string, PartyView, std::less<>> institutions(const Reader& reader) {
    std::map<std::string, PartyView, std::less<>> parties;
    scan_named(reader, StateKind::institution, "", [&](std::string_view id, BytesView value) {
        auto institution = decode_institution_state(value);
        CT_ASSERT(institution.has_value());
        parties[std::string(id)].institution = std::move(*institution);
        return true;
    });
    scan_named(reader, StateKind::key, "", [&](std::string_view name, BytesView value) {
        const auto state = decode_key_state(value);
        const auto key = PublicKey::from(as_bytes(name));
        CT_ASSERT(state.has_value() && key.has_value());
        const auto party = parties.find(state->institution);
        if (party != parties.end()) {
            party->second.keys.push_back({*key, state->roles, state->since});
        }
        return true;
    });
    return parties;
}

void add_registration(EntrySource& source, PartyView& party, BytesView value) {
    const auto state = decode_party(value);
    CT_ASSERT(state.has_value());
    party.record_json = member_at(source, state->leaf, "party");
    party.registered = *state;
}

std::string_view status_of(const AgreementState& agreement, TimeMs at) {
    const AgreementTerms& terms = agreement.in_force.terms;
    if (agreement.ended_ms != 0 && at >= agreement.ended_ms) return "ended";
    if (agreement.in_force.version == 0) return "proposed";
    if (at < terms.valid_from) return "accepted";
    return is_in_force(agreement, at) ? "in_force" : "expired";
}

AgreementView view_of(std::string_view id, BytesView value, TimeMs at) {
    auto state = decode_agreement(value);
    CT_ASSERT(state.has_value());
    AgreementView view;
    view.id = id;
    view.state = std::move(*state);
    view.status = status_of(view.state, at);
    const auto& parties = view.state.proposed.terms.parties;
    for (std::size_t k = 0; k < parties.size(); ++k) {
        auto& list = (view.state.accepted >> k & 1) != 0 ? view.accepted_by : view.awaited;
        list.push_back(parties[k]);
    }
    return view;
}

bool names(const AgreementState& agreement, const std::string& party) {
    const auto in = [&](const AgreementVersion& version) {
        const auto& parties = version.terms.parties;
        return std::find(parties.begin(), parties.end(), party) != parties.end();
    };
    return in(agreement.in_force) || in(agreement.proposed);
}

}  // namespace

PartyPage list_parties(const Reader& reader, std::string_view after, std::size_t limit) {
    auto parties = institutions(reader);
    parties.erase(parties.begin(), parties.upper_bound(after));
    EntrySource source(reader);
    std::size_t read = 0;
    scan_named(reader, StateKind::party, after, [&](std::string_view id, BytesView value) {
        PartyView& party = parties[std::string(id)];
        party.institution.id = id;
        add_registration(source, party, value);
        return ++read <= limit;  // One more than the page holds, so that it is known to end.
    });
    PartyPage page;
    for (auto& [id, party] : parties) {
        page.has_more = page.items.size() == limit;
        if (page.has_more) break;
        page.items.push_back(std::move(party));
    }
    return page;
}

std::optional<PartyView> find_party(const Reader& reader, std::string_view id) {
    auto known = institutions(reader);
    const auto row = reader.get(Table::state, named_key(StateKind::party, id));
    const auto found = known.find(id);
    if (found == known.end() && !row) return std::nullopt;
    PartyView party;
    if (found != known.end()) party = std::move(found->second);
    party.institution.id = id;
    EntrySource source(reader);
    if (row) add_registration(source, party, *row);
    return party;
}

std::span<const std::string_view> agreement_statuses() {
    return statuses;
}

std::optional<AgreementView> find_agreement(const Reader& reader, std::string_view id, TimeMs at) {
    const auto row = reader.get(Table::state, named_key(StateKind::agreement, id));
    if (!row) return std::nullopt;
    AgreementView view = view_of(id, *row, at);
    const AgreementVersion& in_force = view.state.in_force;
    const AgreementVersion& proposed = view.state.proposed;
    EntrySource source(reader);
    if (in_force.version != 0) view.in_force_json = member_at(source, in_force.leaf, "agreement");
    if (proposed.version != 0) view.proposed_json = member_at(source, proposed.leaf, "agreement");
    return view;
}

AgreementPage list_agreements(const Reader& reader,
                              const AgreementFilter& filter,
                              std::string_view after,
                              std::size_t limit) {
    AgreementPage page;
    std::string last;
    std::size_t read = 0;
    scan_named(reader, StateKind::agreement, after, [&](std::string_view id, BytesView value) {
        if (page.items.size() == limit || read++ == rows_per_call) {
            page.next = last;
            return false;
        }
        last = id;
        AgreementView view = view_of(id, value, filter.at);
        const bool is_wanted = (filter.party.empty() || names(view.state, filter.party)) &&
                               (filter.status.empty() || filter.status == view.status);
        if (is_wanted) page.items.push_back(std::move(view));
        return true;
    });
    return page;
}

std::vector<RestrictionView> restrictions_of(const Reader& reader, std::string_view subject) {
    std::vector<RestrictionView> views;
    const auto row = reader.get(Table::state, named_key(StateKind::restrictions, subject));
    if (!row) return views;
    const auto in_force = decode_restrictions(*row);
    CT_ASSERT(in_force.has_value());
    for (const Restriction& one : *in_force) views.push_back({one, {}, 0, {}, 0});
    LeafQuery query;
    query.subject = subject;
    query.kind = EventKind::access_rights_request;
    query.tree_size = UINT64_MAX;
    query.limit = requests_looked_at;
    EntrySource source(reader);
    // Newest first: of several with one id the first is the one in force.
    for (const std::uint64_t leaf : list_leaves(reader, query).leaves) {
        const auto entry = source.get(leaf);
        if (!entry) continue;
        const AccessView access = make_access_view(*entry);
        const AccessEvent& event = access.event.access();
        for (RestrictionView& view : views) {
            const Restriction wanted{event.actor_org, event.event_id};
            if (view.restriction != wanted || !view.right.empty()) continue;
            view.right = event.after->right;
            view.since = static_cast<TimeMs>(entry->time_us / 1000);
            view.due = event.after->until;
            view.leaf = leaf;
        }
    }
    return views;
}

}  // namespace consentree::ledger
