#include "client/synthetic/generator.h"

#include "client/synthetic/happenings.h"
#include "client/synthetic/plants.h"

#include <algorithm>

namespace consentree::client::synthetic {
namespace {

constexpr std::uint64_t consents_per_round = 4000;
// A larger load has larger rounds: each costs the wait for its stages.
constexpr std::uint64_t thousands_per_round_most = 16;
constexpr std::uint64_t rounds_between_unusual = 10;  // In thousands of transactions.

}  // namespace

std::string_view name_of(Rule rule) {
    switch (rule) {
        case Rule::verdict: return "verdict";
        case Rule::missing_receipt: return "missing-receipt";
        case Rule::commitment_differs: return "commitment-differs";
        case Rule::deletion_missing: return "deletion-missing";
        case Rule::unusual_volume: return "unusual-volume";
    }
    return "";
}

Generator::Generator(const Settings& settings)
    : world_(settings, *find_profile(settings.profile)) {}

std::optional<Round> Generator::next() {
    Round round;
    const std::uint64_t before = number_;
    if (!is_set_up_ && !is_stopped_) {
        is_set_up_ = true;
        set_up(world_, round);
    } else if (given_ < world_.places() && !is_stopped_) {
        round = first_consents();
    } else if (number_ < world_.settings.size && !is_stopped_) {
        round = transactions();
    } else if (later_.empty()) {
        return std::nullopt;
    }
    round.done = number_;
    round.transactions = number_ - before;
    round.waits_for_expiry = !later_.empty();
    std::move(later_.begin(), later_.end(), std::back_inserter(round.groups));
    later_ = std::move(round.later);
    round.later.clear();
    std::stable_sort(round.groups.begin(), round.groups.end(),
                     [](const Group& a, const Group& b) { return a.stage < b.stage; });
    return round;
}

Round Generator::first_consents() {
    Round round;
    const std::uint64_t until = std::min(given_ + consents_per_round, world_.places());
    for (; given_ < until; ++given_) {
        const Held& held = world_.give_at(given_);
        const ConsentText text = world_.text_of(held);
        add(round, Stage::give, Operation::setup, held,
            {consent_event("request", text), authorise_event(text)});
    }
    return round;
}

Round Generator::transactions() {
    Round round;
    const std::uint64_t size = world_.settings.size;
    const std::uint64_t thousands =
        std::clamp<std::uint64_t>(size / 4 / mix_transactions, 1, thousands_per_round_most);
    const std::uint64_t until = std::min(number_ + thousands * mix_transactions, size);
    std::vector<std::uint64_t> deletions;
    while (number_ < until) {
        if (number_ % mix_transactions == 0) plan();
        const Operation operation = plan_[number_ % mix_transactions];
        ++number_;
        if (operation == Operation::deletion) {
            deletions.push_back(number_);
        } else {
            make(round, operation);
        }
        storm(round);
    }
    // What is deleted was delivered in this round, or before.
    for (const std::uint64_t number : deletions) delete_kept(round, number);
    return round;
}

void Generator::plan() {
    plan_.clear();
    for (const Share& share : world_.profile.mix) {
        plan_.insert(plan_.end(), share.per_thousand, share.operation);
    }
    world_.random.shuffle(plan_);
    accesses_ = 0;
    planted_.clear();
    const auto accesses =
        static_cast<std::uint64_t>(std::count(plan_.begin(), plan_.end(), Operation::access));
    // One in each of as many equal parts.
    const std::uint64_t part = accesses / std::max(1u, world_.profile.planted);
    for (std::uint64_t i = 0; i < world_.profile.planted; ++i) {
        planted_.push_back(i * part + world_.random.below(part));
    }
    if (number_ / mix_transactions % rounds_between_unusual == 0) {
        unusual_number_ = number_ + 1;
        unusual_done_ = 0;
        unusual_left_ = unusual_sessions + 9;
    }
}

void Generator::make(Round& round, Operation operation) {
    switch (operation) {
        case Operation::access: access(round); break;
        case Operation::denied: {
            const auto& kinds = denied_kinds();
            plant(world_, round, number_, kinds[denied_kind_++ % kinds.size()]);
            break;
        }
        case Operation::renew: renew(round, false); break;
        case Operation::amend: renew(round, true); break;
        case Operation::give:
        case Operation::reject: give(round, operation); break;
        case Operation::withdraw:
        case Operation::pause: end(round, operation); break;
        case Operation::other: happen(world_, round, number_, happened_++); break;
        default: break;
    }
}

void Generator::access(Round& round) {
    const bool is_planted =
        std::find(planted_.begin(), planted_.end(), accesses_) != planted_.end();
    ++accesses_;
    Held* held = is_planted ? nullptr : world_.draw_usable();
    if (held == nullptr) {
        const auto& kinds = other_kinds();
        plant(world_, round, number_, kinds[other_kind_++ % kinds.size()]);
        return;
    }
    session(round, *held);
}

void Generator::make_unusual(Round& round, const Held& held, SessionText& text) {
    const std::string& institution = world_.institution(world_.institutions() - 1);
    if (unusual_left_ == 0 || text.actor != institution) return;
    text.user = "u-night-" + std::to_string(unusual_number_);
    --unusual_left_;
    if (++unusual_done_ != unusual_sessions) return;
    const Finding finding{Rule::unusual_volume, text.actor + "/" + text.user, "", {}, {}};
    round.planted.push_back({"unusual-volume", finding, text.session,
                             world_.institution(held.provider), text.consent, text.subject});
}

void Generator::session(Round& round, Held& held) {
    Random& random = world_.random;
    const Profile& profile = world_.profile;
    const ConsentText consent = world_.text_of(held);
    SessionText text = world_.session_of(held, number_);
    std::size_t recipient = held.recipient;
    if (profile.lists_recipients) {
        recipient = world_.draw_recipient(held.provider);
        text.actor = world_.recipient(recipient);
    }
    make_unusual(round, held, text);
    Asked asked;
    asked.purpose = consent.purpose;
    asked.categories = "[\"" + std::string(profile.wording.category) + "\"]";
    if (consent.resources != "\"all\"") asked.resources = R"(["acc-1"])";
    if (random.chance(profile.public_per_mille, 1000)) asked.legal_basis = "public_task";
    const bool may_be_present = profile.once_per_mille == 0;
    asked.attended =
        may_be_present &&
        (random.chance(1, 3) || (profile.wording.uses != 0 && held.uses >= profile.wording.uses));
    world_.use(held, asked.attended);
    Session session(world_, round, Operation::access, number_, std::move(text), held.provider,
                    recipient);
    session.request(Stage::ask, asked);
    const Stage answer =
        profile.recipients_ask && world_.is_member(recipient) ? Stage::answer : Stage::ask;
    if (random.chance(1, 8)) session.decision(answer, true);
    if (random.chance(7, 1000)) {  // Of all calls so many fail.
        session.delivery(answer, random.chance(1, 2) ? "failed" : "timeout");
        return;
    }
    session.delivery(answer);
    world_.deliver(held, number_);
    if (world_.is_member(recipient)) after_delivery(session, asked);
}

void Generator::after_delivery(Session& session, const Asked& asked) {
    session.receipt(Stage::after, session.commitment());
    if (world_.random.chance(1, 10)) session.use(Stage::after, asked);
    const bool may_pass_on = !world_.profile.lists_recipients || asked.legal_basis != "consent";
    if (may_pass_on && world_.random.chance(1, 50)) {
        session.disclosure(Stage::after, asked, "processor-1");
    }
}

void Generator::add(Round& round,
                    Stage stage,
                    Operation operation,
                    const Held& held,
                    std::vector<Draft> events) const {
    const std::uint64_t number = operation == Operation::setup ? 0 : number_;
    round.groups.push_back({stage, operation, held.provider, number, std::move(events)});
}

void Generator::renew(Round& round, bool amends) {
    Held* held = world_.draw_active();
    if (held == nullptr) return access(round);
    held->version += 1;
    held->amended = held->amended || amends;
    const ConsentText text = world_.text_of(*held);
    add(round, Stage::change, amends ? Operation::amend : Operation::renew, *held,
        {consent_event(amends ? "amend" : "renew", text), authorise_event(text)});
}

void Generator::give(Round& round, Operation operation) {
    if (operation == Operation::give) {
        const Held& held = world_.give();
        const ConsentText text = world_.text_of(held);
        return add(round, Stage::give, operation, held,
                   {consent_event("request", text), authorise_event(text)});
    }
    const std::size_t provider = number_ % world_.institutions();
    ConsentText text =
        world_.text_from(world_.next_consent(), provider, world_.subject(world_.draw_subject()));
    text.recipients =
        R"([{"party":")" + world_.recipient(world_.draw_recipient(provider)) + R"("}])";
    round.groups.push_back({Stage::give,
                            operation,
                            provider,
                            number_,
                            {consent_event("request", text), change_event("reject", text, "")}});
}

void Generator::end(Round& round, Operation operation) {
    Held* held = world_.draw_ending();
    if (held == nullptr) {
        // Nobody's consent can end: one is given to be taken back.
        held = &world_.give();
        const ConsentText text = world_.text_of(*held);
        add(round, Stage::give, Operation::setup, *held,
            {consent_event("request", text), authorise_event(text)});
    }
    const ConsentText text = world_.text_of(*held);
    const bool is_pause = operation == Operation::pause;
    const Draft event = is_pause ? change_event("suspend", text, "asked by the customer")
                                 : change_event("withdraw", text, "asked by the customer");
    add(round, Stage::change, operation, *held, {event});
    for (std::size_t i = 0; !is_pause && i < held->sessions; ++i) {
        Session session(world_, round, operation, number_, world_.session_of(*held, held->kept[i]),
                        held->provider, held->recipient);
        session.deletion(Stage::late);
    }
    world_.end(*held);
}

void Generator::delete_kept(Round& round, std::uint64_t number) {
    const auto kept = world_.take_kept();
    if (!kept) return;
    Session session(world_, round, Operation::deletion, number,
                    world_.session_of(*kept->held, kept->session), kept->held->provider,
                    kept->held->recipient);
    session.deletion(Stage::late);
}

// As many by now as the part of the load that is done.
void Generator::storm(Round& round) {
    const std::uint64_t all = world_.places() * world_.profile.storm_per_mille / 1000;
    const std::uint64_t size = world_.settings.size;
    for (; stormed_ * size < all * number_; ++stormed_) end(round, Operation::storm);
}

}  // namespace consentree::client::synthetic
