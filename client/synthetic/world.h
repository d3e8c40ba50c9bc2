// Who and what synthetic data are about: subjects, parties, and the consents that have been given
// so far, with as much of each as it takes to break no rule by accident. Bounded by the number of
// subjects and of the transactions that give consents. Not safe to use from several threads.
#pragma once

#include "client/synthetic/round.h"

#include <deque>
#include <optional>

namespace consentree::client::synthetic {

struct Settings {
    std::string profile;
    std::uint64_t seed = 1;
    std::uint64_t size = 0;      // Transactions.
    std::uint64_t subjects = 0;  // 0: as the profile has it.
    std::string tag;             // In every id, so that those of two loads never meet.
    std::vector<std::string> institutions;
    TimeMs start = 0;
};
inline constexpr std::uint64_t subjects_max = 2'000'000;

// A consent that was given.
struct Held {
    std::uint32_t number = 0, subject = 0;
    std::uint16_t recipient = 0;
    std::uint8_t provider = 0, version = 1;
    std::uint8_t uses = 0;      // Unattended; counts no further than 255.
    std::uint8_t sessions = 0;  // In which something was delivered that is still kept; the same.
    bool once = false, amended = false, ended = false;
    std::uint32_t kept[3] = {};  // The first of these sessions, by number.
};

class World {
public:
    World(const Settings& settings, const Profile& profile);

    const Settings settings;
    const Profile& profile;
    Random random;

    std::size_t institutions() const { return settings.institutions.size(); }
    const std::string& institution(std::size_t i) const { return settings.institutions[i]; }
    // Institutions come first among the recipients.
    std::string recipient(std::size_t i) const;
    bool is_member(std::size_t recipient) const { return recipient < institutions(); }
    std::size_t recipients() const;
    // A member other than the provider, one that asks often, or another.
    std::size_t draw_recipient(std::size_t provider);
    std::size_t draw_recipient(std::size_t provider, std::size_t share_of_thousand);

    std::uint64_t subjects() const { return ranks_.count(); }
    std::uint32_t draw_subject() { return static_cast<std::uint32_t>(ranks_.draw(random)); }
    std::string subject(std::uint64_t rank) const;
    std::string own_subject(std::uint64_t number) const;  // Nobody else's.
    std::string id(std::string_view prefix, std::uint64_t number) const;
    std::string agreement() const { return "agr_" + settings.tag; }
    std::uint32_t next_consent() { return ++consents_; }
    std::uint64_t consents() const { return consents_; }

    // Gives the subject a consent: where one of its consents has ended, in that one's place.
    Held& give();
    Held& give_at(std::uint64_t place);  // Places: subject * consents_each, and so on.
    std::uint64_t places() const { return subjects() * profile.consents_each; }
    // A consent under which an access is permitted now; nothing if all are used up.
    Held* draw_usable();
    // One that ends without leaving data behind that nobody can delete.
    Held* draw_ending();
    Held* draw_active();
    void use(Held& held, bool attended);
    void deliver(Held& held, std::uint64_t session);
    void end(Held& held);
    // A session of a member whose data are still kept.
    struct Kept {
        Held* held;
        std::uint32_t session;
    };
    std::optional<Kept> take_kept();

    // Its record as it stands.
    ConsentText text_of(const Held& held) const;
    ConsentText text_from(std::uint32_t number, std::size_t provider, std::string subject) const;
    SessionText session_of(const Held& held, std::uint64_t number) const;
    std::string time(TimeMs after_start) const;

private:
    bool is_usable(const Held& held) const;
    bool may_end(const Held& held) const;
    void fill(Held& held, std::uint32_t subject);
    unsigned uses_of(const Held& held) const { return held.once ? 1 : profile.wording.uses; }

    Ranks ranks_;
    std::deque<Held> held_;            // References stay.
    std::vector<std::uint32_t> pool_;  // Where uses run out: those with uses left.
    std::vector<std::uint32_t> dead_;  // Places of ended consents.
    std::deque<Kept> kept_;            // The newest.
    std::string all_recipients_[8];    // By provider, where a consent lists them.
    std::uint32_t consents_ = 0;
};

}  // namespace consentree::client::synthetic
