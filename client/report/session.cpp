#include "client/report/session.h"

#include "client/report/cells.h"
#include "common/time.h"

#include <algorithm>

namespace consentree::client::report {

namespace {

using ledger::EventKind;
using ledger::Verdict;

using Strings = std::vector<std::string>;

constexpr char gap = '\0';  // No label has it.

// As the ledger tells sessions apart: by consent, or where none is cited, by who accesses.
std::string session_name(const ledger::AccessEvent& access) {
    if (access.consent_id.empty()) return access.actor_org + gap + gap + access.session_id;
    return consent_name(access.issuer, access.consent_id) + gap + access.session_id;
}

std::string status_text(const std::vector<ledger::ResourceStatus>& status) {
    std::map<std::string, std::size_t> counts;
    for (const ledger::ResourceStatus& one : status) ++counts[one.status];
    if (counts.size() == 1) return counts.begin()->first;
    std::vector<std::string> parts;
    for (const auto& [name, count] : counts) parts.push_back(name + " " + std::to_string(count));
    return list(parts);
}

bool has_arrived(const std::vector<ledger::ResourceStatus>& status) {
    return std::ranges::any_of(status, [](const ledger::ResourceStatus& one) {
        return one.status == "delivered" || one.status == "ready";
    });
}

// The worst of two: a denial outweighs everything.
Verdict worse(Verdict a, Verdict b) {
    if (a == Verdict::deny || b == Verdict::none) return a;
    return b == Verdict::deny || a == Verdict::none ? b : a;
}

std::string verdict_text(Verdict verdict) {
    return std::string(ledger::verdict_name(verdict));
}

void follow(Session& session, const Seen& seen);

}  // namespace

std::string consent_name(std::string_view issuer, std::string_view consent_id) {
    return std::string(issuer) + gap + std::string(consent_id);
}

void add_each_once(std::vector<std::string>& all, std::vector<std::string> more) {
    for (std::string& one : more) {
        if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
    }
}

void add_later_reasons(std::vector<std::string>& all, EventKind kind, std::uint32_t flags) {
    const std::string what(ledger::type_name(kind).substr(std::string_view("access.").size()));
    for (const std::string& code : ledger::reason_codes(flags)) {
        if (std::ranges::find(all, code) == all.end()) add_each_once(all, {what + ": " + code});
    }
}

std::vector<std::string> Session::reasons() const {
    std::vector<std::string> codes = ledger::reason_codes(failed);
    for (auto it = later.rbegin(); it != later.rend(); ++it) {
        add_later_reasons(codes, it->kind, it->flags);
    }
    return codes;
}

std::vector<std::string> Session::flags() const {
    std::vector<std::string> names = ledger::flag_names(failed);
    for (const Later& more : later) add_each_once(names, ledger::flag_names(more.flags));
    return names;
}

std::string Session::mismatch() const {
    const auto lacks = [](const Strings& some, const Strings& of) {
        return std::ranges::any_of(
            of, [&](const std::string& id) { return std::ranges::find(some, id) == some.end(); });
    };
    if (lacks(received_as, delivered_as)) return "no receipt";
    if (lacks(delivered_as, received_as)) return "no delivery";
    if (!sent.empty() && !arrived.empty() && sent != arrived) return "the content differs";
    return {};
}

bool Session::is_one_sided() const {
    const bool has_recipients = receipts + uses + disclosures != 0 || deleted;
    return has_request && !has_recipients && !asked_by.empty() && asked_by == delivered_by;
}

bool Session::has_failed(std::initializer_list<ledger::Check> checks) const {
    std::uint32_t all = failed, wanted = 0;
    for (const Later& more : later) all |= more.flags;
    for (const ledger::Check check : checks) wanted |= ledger::flag_of(check);
    return (all & wanted) != 0;
}

void Sessions::take(const Seen& seen) {
    if (seen.event.kind == EventKind::consent_invalidate) {
        const ledger::LifecycleEvent& body = seen.event.lifecycle();
        voided_.emplace(consent_name(body.issuer, body.consent_id), format_time(seen.time));
        return;
    }
    if (!seen.is_access()) return;
    const ledger::AccessEvent& access = seen.event.access();
    if (access.session_id.empty() || seen.event.kind > EventKind::access_deletion) return;
    const std::string name = session_name(access);
    Session& session = waiting_[name];
    if (session.leaves.empty()) session.access = access;
    session.leaves.push_back(seen.entry.index);
    if (seen.event.kind != EventKind::access_request) {
        follow(session, seen);
        if (waiting_.size() >= waiting_max) tell_all();
        return;
    }
    session.has_request = true;
    session.access = access;
    session.occurred = seen.event.occurred_at;
    session.recorded = seen.time;
    session.verdict = seen.verdict();
    session.failed = seen.entry.head.flags;
    session.granted_until = seen.entry.head.granted_until;
    session.asked_by = seen.signed_by;
    session.index = seen.entry.index;
    session.height = seen.entry.head.height;
    session.tx_id = seen.entry.head.tx_id;
    auto node = waiting_.extract(name);
    consider(std::move(node.mapped()));
}

namespace {

void follow(Session& session, const Seen& seen) {
    const ledger::AccessEvent& access = seen.event.access();
    const Verdict verdict = seen.verdict();
    if (session.recorded == 0 || !session.has_request) {
        session.occurred = seen.event.occurred_at;
        session.recorded = seen.time;
        session.index = seen.entry.index;
        session.height = seen.entry.head.height;
        session.tx_id = seen.entry.head.tx_id;
    }
    const std::uint32_t flags = seen.entry.head.flags;
    if (flags != 0) {
        const auto same = std::ranges::find_if(session.later, [&](const Later& one) {
            return one.kind == seen.event.kind && one.flags == flags;
        });
        if (same == session.later.end()) {
            session.later.push_back({seen.event.kind, flags, seen.time});
        } else {
            same->since = std::min(same->since, seen.time);
        }
    }
    session.was_denied_later = session.was_denied_later || verdict == Verdict::deny;
    switch (seen.event.kind) {
        case EventKind::access_decision:
            if (session.claimed.empty())
                session.claimed = access.claimed_permit ? "permit" : "deny";
            break;
        case EventKind::access_denial:
            if (session.claimed.empty()) session.claimed = "deny";
            break;
        case EventKind::access_delivery:
            if (session.delivery.empty()) session.delivery = status_text(access.status);
            if (session.delivered_by.empty()) session.delivered_by = seen.signed_by;
            if (session.sent.empty()) session.sent = access.content_commitment;
            session.delivery_verdict = worse(session.delivery_verdict, verdict);
            if (has_arrived(access.status)) {
                ++session.deliveries;
                session.delivered_as.push_back(access.event_id);
                if (!session.delivered) session.delivered = seen.time;
            }
            session.records += static_cast<std::uint64_t>(access.record_count.value_or(0));
            session.bytes += static_cast<std::uint64_t>(access.byte_count.value_or(0));
            break;
        case EventKind::access_receipt:
            ++session.receipts;
            session.received_as.push_back(access.after->delivery);
            if (session.arrived.empty()) session.arrived = access.content_commitment;
            if (!session.received) session.received = seen.time;
            break;
        case EventKind::access_use: ++session.uses; break;
        case EventKind::access_disclosure: ++session.disclosures; break;
        case EventKind::access_deletion:
            if (!session.deleted) session.deleted = seen.time;
            break;
        default: break;
    }
}

}  // namespace

void Sessions::consider(Session session) {
    if (!scope_.is_in_time(session.recorded) || !scope_.passes(session.access)) return;
    const ledger::AccessEvent& access = session.access;
    const auto voided = voided_.find(consent_name(access.issuer, access.consent_id));
    if (voided != voided_.end()) session.voided = voided->second;
    const std::string& wanted = scope_.query.access;
    if (!wanted.empty() && wanted != access.event_id && wanted != number(session.index)) return;
    if (!scope_.query.verdict.empty() && scope_.query.verdict != verdict_text(session.verdict)) {
        return;
    }
    std::ranges::sort(session.leaves);
    tell(std::move(session));
}

void Sessions::tell_all() {
    std::vector<Session> rest;
    for (auto& [name, session] : waiting_) rest.push_back(std::move(session));
    waiting_.clear();
    std::ranges::sort(rest, [](const Session& a, const Session& b) { return a.index > b.index; });
    for (Session& session : rest) consider(std::move(session));
}

std::vector<Column> session_columns() {
    return {text_column("session"),
            text_column("subject"),
            text_column("actor"),
            text_column("user", false),
            text_column("purpose"),
            list_column("categories"),
            list_column("resources", false),
            text_column("data_from", false),
            text_column("data_until", false),
            text_column("granted_until", false),
            text_column("action", false),
            text_column("attended", false),
            text_column("place", false),
            text_column("occurred", false),
            text_column("recorded"),
            text_column("issuer", false),
            text_column("consent"),
            text_column("version", false),
            text_column("legal_basis", false),
            text_column("verdict"),
            list_column("reasons"),
            list_column("flags", false),
            text_column("under_void_consent_since", false),
            text_column("claimed", false),
            list_column("delivery"),
            text_column("delivery_verdict", false),
            number_column("records", false),
            number_column("bytes", false),
            text_column("received", false),
            text_column("mismatch", false),
            number_column("uses", false),
            number_column("disclosures", false),
            text_column("deleted", false),
            text_column("event", false),
            number_column("height", false),
            number_column("index"),
            text_column("tx", false)};
}

Row session_row(const Session& session) {
    const ledger::AccessEvent& access = session.access;
    const bool has_request = session.has_request;
    Row row;
    row.leaves = session.leaves;
    row.cells = {access.session_id,
                 access.subject,
                 access.actor_org,
                 access.actor_user,
                 access.purpose,
                 list(access.categories),
                 has_request ? text(access.resources) : "",
                 time_text(access.data_from),
                 time_text(access.data_until),
                 time_text(session.granted_until),
                 access.action,
                 has_request ? yes_no(access.attended) : "",
                 access.place,
                 format_time(session.occurred),
                 format_time(session.recorded),
                 access.issuer,
                 access.consent_id,
                 access.version == 0 ? "" : number(access.version),
                 access.legal_basis,
                 has_request ? verdict_text(session.verdict) : "(request not in this time)",
                 list(session.reasons()),
                 list(session.flags()),
                 session.voided,
                 session.claimed,
                 session.delivery,
                 verdict_text(session.delivery_verdict),
                 number(session.records),
                 number(session.bytes),
                 time_text(session.received),
                 session.mismatch(),
                 number(session.uses),
                 number(session.disclosures),
                 time_text(session.deleted),
                 access.event_id,
                 number(session.height),
                 number(session.index),
                 to_hex(session.tx_id.view())};
    return row;
}

}  // namespace consentree::client::report
