#include "ledger/consent.h"

#include <catch2/catch.hpp>
#include <map>

namespace consentree::ledger {
namespace {

constexpr ConsentStatus statuses[] = {
    ConsentStatus::requested,   ConsentStatus::partial,    ConsentStatus::active,
    ConsentStatus::suspended,   ConsentStatus::rejected,   ConsentStatus::withdrawn,
    ConsentStatus::revoked,     ConsentStatus::superseded, ConsentStatus::expired,
    ConsentStatus::invalidated,
};
constexpr EventKind later_events[] = {
    EventKind::consent_authorise,    EventKind::consent_reject,
    EventKind::consent_amend,        EventKind::consent_suspend,
    EventKind::consent_resume,       EventKind::consent_withdraw,
    EventKind::consent_revoke,       EventKind::consent_renew,
    EventKind::consent_resource_add, EventKind::consent_resource_remove,
    EventKind::consent_invalidate,
};

std::shared_ptr<const Terms> terms(std::uint32_t version = 1) {
    Terms terms;
    terms.record.subject = "sub:alice";
    terms.record.issuer = "northbank";
    terms.record.provider = "medcare";
    terms.record.recipients = {"unilab"};
    terms.record.manager = "citygov";
    terms.record.version = version;
    terms.record.grantors = {{"g1", "joint_holder", std::nullopt},
                             {"g2", "joint_holder", std::nullopt}};
    terms.record.valid_until = 1000;
    return std::make_shared<const Terms>(std::move(terms));
}

LifecycleEvent event(std::uint32_t version = 1, std::string grantor = "g1") {
    LifecycleEvent event;
    event.version = version;
    event.grantor = std::move(grantor);
    return event;
}

Consent consent_in(ConsentStatus status) {
    Consent consent = make_consent(terms(), 1, 10);
    switch (status) {
        case ConsentStatus::superseded:
            consent.state.status = ConsentStatus::active;
            consent.state.superseded_by = 2;
            consent.state.superseded_from_ms = 20;
            break;
        case ConsentStatus::expired: consent.state.status = ConsentStatus::active; break;
        default: consent.state.status = status;
    }
    return consent;
}

std::string code_of(const std::optional<Refusal>& refusal) {
    return refusal ? refusal->code : "done";
}

}  // namespace

TEST_CASE("consent: every event in every state does what the table says") {
    // r: refused; otherwise the state that follows.
    using S = ConsentStatus;
    const std::map<S, std::string> expected = {
        // authorise, reject, amend, suspend, resume, withdraw, revoke, renew, resource_add,
        // resource_remove, invalidate
        {S::requested, "aXrrrrrrrrr"}, {S::partial, "aXrrrrrrrrr"},
        {S::active, "rraSrWVaaaI"},    {S::suspended, "rrrraWVrSSI"},
        {S::rejected, "rrrrrrrrrrr"},  {S::withdrawn, "rrrrrrrrrrr"},
        {S::revoked, "rrrrrrrrrrr"},   {S::superseded, "rrrrrrrrrrr"},
        {S::expired, "rrrrrrrrrrr"},   {S::invalidated, "rrrrrrrrrrr"},
    };
    const std::map<char, S> states = {{'a', S::active},    {'X', S::rejected},
                                      {'S', S::suspended}, {'W', S::withdrawn},
                                      {'V', S::revoked},   {'I', S::invalidated}};
    for (const S status : statuses) {
        for (std::size_t k = 0; k < std::size(later_events); ++k) {
            INFO(status_name(status) << " " << type_name(later_events[k]));
            Consent consent = consent_in(status);
            const TimeMs time = status == S::expired ? 1000 : 50;
            REQUIRE(status_at(consent.state, consent.terms->record, time) == status);
            const bool is_amend = brings_record(later_events[k]);
            const auto refusal = apply_event(consent, event(is_amend ? 2 : 1), later_events[k],
                                             time, is_amend ? terms(2) : nullptr);
            const char want = expected.at(status)[k];
            CHECK(code_of(refusal) == (want == 'r' ? "consent-state" : "done"));
            if (want != 'r') CHECK(consent.state.status == states.at(want));
        }
    }
}

TEST_CASE("consent: becomes partial until enough grantors have authorised") {
    auto all = std::make_shared<Terms>(*terms());
    all->record.threshold = 2;
    Consent consent = make_consent(all, 1, 10);
    CHECK(code_of(apply_event(consent, event(), EventKind::consent_authorise, 20, nullptr)) ==
          "done");
    CHECK(consent.state.status == ConsentStatus::partial);
    Consent again = consent;
    CHECK(code_of(apply_event(again, event(), EventKind::consent_authorise, 21, nullptr)) ==
          "consent-state");
    again = consent;
    CHECK(code_of(apply_event(again, event(1, "g3"), EventKind::consent_authorise, 21, nullptr)) ==
          "not-authorised");
    CHECK(code_of(apply_event(consent, event(1, "g2"), EventKind::consent_authorise, 22,
                              nullptr)) == "done");
    CHECK(consent.state.status == ConsentStatus::active);
    CHECK(consent.state.status_since_ms == 22);
}

TEST_CASE("consent: an amendment takes force when it is authorised, or falls when rejected") {
    Consent consent = consent_in(ConsentStatus::active);
    CHECK(code_of(apply_event(consent, event(3), EventKind::consent_amend, 20, terms(3))) ==
          "version-conflict");
    CHECK(code_of(apply_event(consent, event(2), EventKind::consent_amend, 20, terms(2))) ==
          "done");
    CHECK(consent.state.version == 1);
    CHECK(consent.state.pending_version == 2);
    Consent rejected = consent;
    CHECK(code_of(apply_event(rejected, event(2), EventKind::consent_reject, 30, nullptr)) ==
          "done");
    CHECK(rejected.state.status == ConsentStatus::active);
    CHECK(rejected.state.pending_version == 0);
    CHECK(code_of(apply_event(rejected, event(2), EventKind::consent_amend, 31, terms(2))) ==
          "version-conflict");
    CHECK(code_of(apply_event(consent, event(1), EventKind::consent_authorise, 30, nullptr)) ==
          "version-conflict");
    CHECK(code_of(apply_event(consent, event(2), EventKind::consent_authorise, 30, nullptr)) ==
          "done");
    CHECK(consent.state.version == 2);
    CHECK(consent.terms->record.version == 2);
    CHECK(consent.state.pending_version == 0);
}

TEST_CASE("consent: an amendment keeps the subject") {
    Consent consent = consent_in(ConsentStatus::active);
    auto other = std::make_shared<Terms>(*terms(2));
    other->record.subject = "sub:bob";
    CHECK(code_of(apply_event(consent, event(2), EventKind::consent_amend, 20, other)) ==
          "subject-mismatch");
}

TEST_CASE("consent: a withdrawal that knew an older version still withdraws") {
    Consent consent = consent_in(ConsentStatus::active);
    REQUIRE(code_of(apply_event(consent, event(2), EventKind::consent_amend, 20, terms(2))) ==
            "done");
    Consent unknown = consent;
    CHECK(code_of(apply_event(unknown, event(3), EventKind::consent_withdraw, 21, nullptr)) ==
          "version-conflict");
    CHECK(code_of(apply_event(consent, event(1), EventKind::consent_withdraw, 21, nullptr)) ==
          "done");
    CHECK(consent.state.status == ConsentStatus::withdrawn);
}

TEST_CASE("consent: expiry and supersession are derived to the millisecond") {
    Consent consent = consent_in(ConsentStatus::superseded);
    const ConsentRecord record = consent.terms->record;
    CHECK(status_at(consent.state, record, 19) == ConsentStatus::active);
    CHECK(status_at(consent.state, record, 20) == ConsentStatus::superseded);
    consent = consent_in(ConsentStatus::active);
    CHECK(status_at(consent.state, record, 999) == ConsentStatus::active);
    CHECK(status_at(consent.state, record, 1000) == ConsentStatus::expired);
    CHECK(status_in_force(consent.state, 1000) == ConsentStatus::active);
    consent.state.status = ConsentStatus::withdrawn;
    CHECK(status_at(consent.state, record, 1000) == ConsentStatus::withdrawn);
}

TEST_CASE("consent: a renewal changes times and nothing else") {
    Consent consent = consent_in(ConsentStatus::active);
    auto later = std::make_shared<Terms>(*terms(2));
    later->record.valid_until = 2000;
    later->is_renewal = true;
    auto wider = std::make_shared<Terms>(*later);
    wider->record.purposes.push_back("marketing");
    CHECK(code_of(apply_event(consent, event(2), EventKind::consent_renew, 20, wider)) ==
          "scope-changed");
    CHECK(code_of(apply_event(consent, event(2), EventKind::consent_renew, 20, later)) == "done");
    CHECK(status_at(consent.state, consent.terms->record, 1000) == ConsentStatus::expired);
    consent.state.removed_resources = {"acc1"};
    REQUIRE(code_of(apply_event(consent, event(2), EventKind::consent_authorise, 30, nullptr)) ==
            "done");
    CHECK(status_at(consent.state, consent.terms->record, 1000) == ConsentStatus::active);
    CHECK(consent.state.removed_resources == std::vector<std::string>{"acc1"});
    auto amended = std::make_shared<Terms>(*later);
    amended->record.version = 3;
    amended->is_renewal = false;
    REQUIRE(code_of(apply_event(consent, event(3), EventKind::consent_amend, 31, amended)) ==
            "done");
    REQUIRE(code_of(apply_event(consent, event(3), EventKind::consent_authorise, 32, nullptr)) ==
            "done");
    CHECK(consent.state.removed_resources.empty());
}

TEST_CASE("consent: resources come and go one by one") {
    Consent consent = consent_in(ConsentStatus::active);
    auto listed = std::make_shared<Terms>(*terms());
    listed->record.resources = {false, {"acc1", "acc2"}};
    consent.terms = listed;
    const auto change = [&](EventKind kind, std::vector<std::string> labels) {
        LifecycleEvent one = event();
        one.resources = std::move(labels);
        return code_of(apply_event(consent, one, kind, 20, nullptr));
    };
    const auto in_scope = [&](std::vector<std::string> labels) {
        return is_resource_in_scope(consent, {false, std::move(labels)});
    };
    CHECK(in_scope({"acc1", "acc2"}));
    CHECK_FALSE(in_scope({"acc3"}));
    CHECK_FALSE(is_resource_in_scope(consent, {true, {}}));
    CHECK(change(EventKind::consent_resource_remove, {"acc1"}) == "done");
    CHECK_FALSE(in_scope({"acc1", "acc2"}));
    CHECK(in_scope({"acc2"}));
    CHECK(change(EventKind::consent_resource_add, {"acc1", "acc3"}) == "done");
    CHECK(in_scope({"acc1", "acc2", "acc3"}));
    CHECK(consent.state.removed_resources.empty());
    listed->record.resources = {true, {}};
    CHECK(is_resource_in_scope(consent, {true, {}}));
    CHECK(change(EventKind::consent_resource_remove, {"acc9"}) == "done");
    CHECK_FALSE(is_resource_in_scope(consent, {true, {}}));
    CHECK(in_scope({"acc8"}));
    CHECK_FALSE(in_scope({"acc9"}));
    std::vector<std::string> many(resources_max);
    for (std::size_t k = 0; k < many.size(); ++k) many[k] = "r" + std::to_string(k);
    CHECK(change(EventKind::consent_resource_remove, many) == "limit-reached");
}

TEST_CASE("consent: who may submit what") {
    const auto held = terms();
    for (const EventKind kind : later_events) {
        INFO(type_name(kind));
        const bool ends = kind == EventKind::consent_suspend || kind == EventKind::consent_revoke;
        const bool removes = kind == EventKind::consent_resource_remove;
        CHECK(may_submit("northbank", false, kind, held->record));
        CHECK(may_submit("medcare", false, kind, held->record) == (ends || removes));
        CHECK(may_submit("unilab", false, kind, held->record) == ends);
        CHECK(may_submit("citygov", false, kind, held->record) == ends);
        CHECK_FALSE(may_submit("stranger", false, kind, held->record));
        CHECK(may_submit("regulator", true, kind, held->record) ==
              (ends || kind == EventKind::consent_invalidate));
    }
}

}  // namespace consentree::ledger
