#include "client/export/folded.h"

#include "common/time.h"
#include "ledger/consent.h"

#include <map>
#include <optional>

namespace consentree::client::exports {

using nlohmann::json;

namespace {

// A consent on its way through its events. Proven entries were committed, so that each applies.
struct Running {
    ledger::Consent consent;
    std::map<std::uint32_t, json> records;  // By version.
    std::vector<Change> changes;
};

class Fold {
public:
    explicit Fold(const verifier::Report& proven) : proven_(proven) {}

    Folded operator()() {
        Folded folded;
        folded.as_of = proven_.as_of;
        for (const auto& entry : proven_.events) {
            const auto event = ledger::parse_event(entry.json);
            if (!event) continue;
            if (ledger::is_access(event->kind)) {
                folded.accesses.push_back({json::parse(entry.json, nullptr, false), entry.verdict,
                                           entry.committed_at, entry.index});
            } else if (std::holds_alternative<ledger::LifecycleEvent>(event->body)) {
                take(*event, entry);
            }
        }
        const TimeMs now = parse_rfc3339(proven_.as_of).value_or(last_ms_);
        for (const std::size_t at : order_) {
            const Running& one = all_[at];
            const auto record_of = one.records.find(one.consent.state.version);
            if (record_of == one.records.end()) continue;
            const auto status =
                ledger::status_at(one.consent.state, one.consent.terms->record, now);
            json record = record_of->second;
            change_resources(one.consent.state, record);
            folded.consents.push_back(
                {std::move(record), std::string(ledger::status_name(status)), one.changes});
        }
        return folded;
    }

private:
    void take(const ledger::Event& event, const verifier::Report::Event& entry) {
        const ledger::LifecycleEvent& body = event.lifecycle();
        const TimeMs time = parse_rfc3339(entry.committed_at).value_or(0);
        last_ms_ = time;
        std::shared_ptr<const ledger::Terms> terms;
        if (body.record) {
            terms = std::make_shared<ledger::Terms>(
                ledger::Terms{*body.record, entry.index, time, entry.height});
        }
        const auto key = std::pair(body.issuer, body.consent_id);
        const auto known = places_.find(key);
        if (known == places_.end()) {
            if (!terms) return;  // About another consent, of which this log has only a part.
            places_[key] = all_.size();
            order_.push_back(all_.size());
            all_.push_back({ledger::make_consent(terms, all_.size() + 1, time), {}, {}});
        } else {
            ledger::Consent next = all_[known->second].consent;
            if (ledger::apply_event(next, body, event.kind, time, terms)) return;
            all_[known->second].consent = std::move(next);
        }
        Running& one = all_[places_[key]];
        if (body.record) {
            one.records[body.version] = json::parse(ledger::record_json(entry.json));
        }
        one.changes.push_back({entry.type, format_time(event.occurred_at), entry.committed_at,
                               body.grantor.empty() ? body.by : body.grantor});
        supersede(one.consent, body.issuer);
    }

    // A consent in force takes the place of the one that it names.
    void supersede(const ledger::Consent& newer, const std::string& issuer) {
        const ledger::ConsentRecord& record = newer.terms->record;
        if (record.supersedes.empty() || newer.state.status != ledger::ConsentStatus::active)
            return;
        const auto older = places_.find(std::pair(issuer, record.supersedes));
        if (older == places_.end()) return;
        ledger::ConsentState& state = all_[older->second].consent.state;
        if (state.superseded_by != 0) return;
        state.superseded_by = newer.state.number;
        state.superseded_from_ms = std::max(last_ms_, record.valid_from);
    }

    // The list of accounts as it was changed since the record.
    static void change_resources(const ledger::ConsentState& state, json& record) {
        json& resources = record["resources"];
        if (!resources.is_array()) return;
        for (const std::string& added : state.added_resources) resources.push_back(added);
        for (const std::string& removed : state.removed_resources) {
            for (std::size_t i = resources.size(); i-- > 0;) {
                if (resources[i] == removed) resources.erase(i);
            }
        }
    }

    const verifier::Report& proven_;
    std::vector<Running> all_;
    std::vector<std::size_t> order_;
    std::map<std::pair<std::string, std::string>, std::size_t> places_;
    TimeMs last_ms_ = 0;
};

}  // namespace

Folded fold(const verifier::Report& proven) {
    return Fold(proven)();
}

}  // namespace consentree::client::exports
