#include "client/synthetic/world.h"

#include "common/hash.h"
#include "common/time.h"

#include <algorithm>

namespace consentree::client::synthetic {
namespace {

constexpr TimeMs day_ms = 86'400'000;
constexpr std::size_t kept_most = 4096;
constexpr int tries = 64;

std::uint64_t subjects_of(const Settings& settings, const Profile& profile) {
    const std::uint64_t wanted =
        settings.subjects != 0 ? settings.subjects : settings.size / profile.per_subject;
    return std::clamp<std::uint64_t>(wanted, settings.subjects != 0 ? 1 : 20, subjects_max);
}

std::string label(std::string_view text) {
    return "sub:" + to_hex(sha256(as_bytes(text)).view()).substr(0, 12);
}

void add_one(std::uint8_t& count) {
    if (count != 255) ++count;
}

}  // namespace

World::World(const Settings& given, const Profile& of)
    : settings(given),
      profile(of),
      random(given.seed * 0x2545f4914f6cdd1du + given.seed),
      ranks_(subjects_of(given, of), of.skew) {
    for (std::size_t i = 0; profile.lists_recipients && i < institutions() && i < 8; ++i) {
        std::string& list = all_recipients_[i];
        for (std::size_t r = 0; r < recipients(); ++r) {
            if (r == i) continue;
            list +=
                (list.empty() ? "[" : ",") + std::string(R"({"party":")") + recipient(r) + "\"}";
        }
        list += "]";
    }
}

std::size_t World::recipients() const {
    return institutions() + profile.recipients.frequent + profile.recipients.others;
}

std::string World::recipient(std::size_t i) const {
    if (is_member(i)) return institution(i);
    return std::string(profile.recipients.prefix) + "-" + std::to_string(i - institutions() + 1);
}

std::size_t World::draw_recipient(std::size_t provider) {
    return draw_recipient(provider, random.below(1000));
}

std::size_t World::draw_recipient(std::size_t provider, std::size_t share_of_thousand) {
    const Recipients& shares = profile.recipients;
    if (share_of_thousand < shares.members_share) {
        return (provider + 1 + random.below(institutions() - 1)) % institutions();
    }
    if (share_of_thousand < shares.members_share + shares.frequent_share) {
        return institutions() + random.below(shares.frequent);
    }
    return institutions() + shares.frequent + random.below(shares.others);
}

std::string World::subject(std::uint64_t rank) const {
    return label("synthetic person " + std::to_string(rank));
}

std::string World::own_subject(std::uint64_t number) const {
    return label("synthetic person " + id("of", number));
}

std::string World::id(std::string_view prefix, std::uint64_t number) const {
    return std::string(prefix) + "_" + settings.tag + "_" + std::to_string(number);
}

std::string World::time(TimeMs after_start) const {
    return format_time(settings.start + after_start);
}

void World::fill(Held& held, std::uint32_t subject) {
    held = {};
    held.subject = subject;
    held.number = next_consent();
    held.provider = static_cast<std::uint8_t>(subject % institutions());
    held.once = random.chance(profile.once_per_mille, 1000);
}

// Which of a subject's consents is whose keeps the shares: as many places as shares in fifths.
Held& World::give_at(std::uint64_t place) {
    const auto subject = static_cast<std::uint32_t>(place / profile.consents_each);
    if (place == held_.size()) held_.emplace_back();
    Held& held = held_[place];
    fill(held, subject);
    const std::uint64_t slot = place % profile.consents_each;
    held.recipient = static_cast<std::uint16_t>(
        profile.consents_each > 1
            ? draw_recipient(held.provider, (slot * 1000 + 500) / profile.consents_each)
            : draw_recipient(held.provider));
    if (profile.once_per_mille != 0) pool_.push_back(static_cast<std::uint32_t>(place));
    return held;
}

Held& World::give() {
    if (!dead_.empty()) {
        const std::uint32_t place = dead_.back();
        dead_.pop_back();
        return give_at(place);
    }
    held_.emplace_back();
    Held& held = held_.back();
    fill(held, draw_subject());
    held.recipient = static_cast<std::uint16_t>(draw_recipient(held.provider));
    if (profile.once_per_mille != 0) {
        pool_.push_back(static_cast<std::uint32_t>(held_.size() - 1));
    }
    return held;
}

bool World::is_usable(const Held& held) const {
    // Where the customer may be present, there is always one more.
    const bool has_end = profile.once_per_mille != 0;
    return !held.ended && (!has_end || held.uses < uses_of(held));
}

Held* World::draw_usable() {
    if (profile.once_per_mille == 0) {
        for (int i = 0; i < tries; ++i) {
            const std::uint64_t slot = random.below(profile.consents_each);
            Held& held = held_[draw_subject() * std::uint64_t{profile.consents_each} + slot];
            if (is_usable(held)) return &held;
        }
        const auto any = std::find_if(held_.begin(), held_.end(),
                                      [this](const Held& held) { return is_usable(held); });
        return any == held_.end() ? nullptr : &*any;
    }
    while (!pool_.empty()) {
        const std::size_t at = random.below(pool_.size());
        Held& held = held_[pool_[at]];
        if (is_usable(held)) return &held;
        pool_[at] = pool_.back();
        pool_.pop_back();
    }
    return nullptr;
}

bool World::may_end(const Held& held) const {
    return !held.ended && (held.sessions == 0 || (is_member(held.recipient) && held.sessions <= 3));
}

Held* World::draw_ending() {
    for (int i = 0; i < tries && !held_.empty(); ++i) {
        Held& held = held_[random.below(held_.size())];
        if (may_end(held)) return &held;
    }
    return nullptr;
}

Held* World::draw_active() {
    for (int i = 0; i < tries && !held_.empty(); ++i) {
        Held& held = held_[random.below(held_.size())];
        if (!held.ended && held.version != 255) return &held;
    }
    return nullptr;
}

void World::use(Held& held, bool attended) {
    if (!attended) add_one(held.uses);
}

void World::deliver(Held& held, std::uint64_t session) {
    if (held.sessions < 3) held.kept[held.sessions] = static_cast<std::uint32_t>(session);
    add_one(held.sessions);
    if (!is_member(held.recipient) || profile.lists_recipients) return;
    kept_.push_back({&held, static_cast<std::uint32_t>(session)});
    if (kept_.size() > kept_most) kept_.pop_front();
}

void World::end(Held& held) {
    held.ended = true;
    for (std::uint64_t slot = 0; slot < profile.consents_each; ++slot) {
        const std::uint64_t place = std::uint64_t{held.subject} * profile.consents_each + slot;
        if (place < held_.size() && &held_[place] == &held) {
            dead_.push_back(static_cast<std::uint32_t>(place));
        }
    }
}

std::optional<World::Kept> World::take_kept() {
    while (!kept_.empty()) {
        const Kept kept = kept_.front();
        kept_.pop_front();
        Held& held = *kept.held;
        const auto at = std::find(held.kept, held.kept + 3, kept.session);
        // Those beyond the first three are not known of their consent.
        if (held.ended || at == held.kept + 3 || held.sessions > 3) continue;
        std::move(at + 1, held.kept + 3, at);
        held.kept[2] = 0;
        --held.sessions;
        return kept;
    }
    return std::nullopt;
}

ConsentText World::text_from(std::uint32_t number,
                             std::size_t provider,
                             std::string subject) const {
    const Wording& wording = profile.wording;
    ConsentText text;
    text.id = id("cns", number);
    text.subject = std::move(subject);
    text.issuer = institution(provider);
    text.purpose = wording.repeated_purpose;
    text.categories = wording.more_categories;
    text.legal_basis = wording.legal_basis;
    text.country = wording.country;
    text.valid_from = time(-day_ms);
    text.valid_until = time(365 * day_ms);
    text.said_at = time(-3'600'000);
    text.fetch = periodic(wording.uses, wording.unit);
    return text;
}

ConsentText World::text_of(const Held& held) const {
    ConsentText text = text_from(held.number, held.provider, subject(held.subject));
    text.version = held.version;
    if (held.version > 1) text.valid_until = time((365 + held.version) * day_ms);
    text.actions = R"(["view","store","disclose"])";
    if (held.once) {
        text.fetch = R"({"kind":"once"})";
        text.purpose = profile.wording.purpose;
    }
    if (profile.lists_recipients) {
        text.recipients = all_recipients_[held.provider];
        return text;
    }
    if (held.amended) text.actions = R"(["view","store","disclose","derive"])";
    if (held.number % 4 == 0) text.resources = R"(["acc-1","acc-2"])";
    text.recipients = R"([{"party":")" + recipient(held.recipient) + R"(","onward":true}])";
    if (is_member(held.recipient)) text.agreement = agreement();
    return text;
}

SessionText World::session_of(const Held& held, std::uint64_t number) const {
    SessionText text;
    text.session = id("s", number);
    text.issuer = institution(held.provider);
    text.consent = id("cns", held.number);
    text.actor = recipient(held.recipient);
    // A shift of twenty.
    text.user = "u-" + std::to_string(number / 20);
    text.subject = subject(held.subject);
    return text;
}

}  // namespace consentree::client::synthetic
