// Random events about one subject, likely and unlikely ones, for the reference and for execution
// alike. Everything comes from the seed.
#pragma once

#include "tests/unit/ledger/histories_laws.h"
#include "tests/unit/ledger/reference.h"

namespace reference {

// What one institution submits at once.
struct Act {
    Signature signature;  // By a key of the test network.
    std::vector<Event> events;
    std::vector<Outcome> expected;
};

class History {
public:
    History(const std::string& name, unsigned seed, const Laws& laws)
        : name_(name), random_(seed), laws_(&laws), world_(laws) {}

    // What is submitted in the block at that time: one act, or an access and a lifecycle event that
    // beats it.
    std::vector<Act> next(Time now);
    const World& world() const { return world_; }
    // Its consents, of which there are as many as it comes to.
    static constexpr int consents = 4;
    std::string consent(int k) const { return name_ + "-" + std::to_string(k); }

private:
    int pick(int choices) { return static_cast<int>(random_() % static_cast<unsigned>(choices)); }
    bool one_in(int choices) { return pick(choices) == 0; }
    // As above, in an access that may have faults.
    bool slip(int choices) { return is_careless_ && one_in(choices); }
    std::string one_of(const List& list) { return list[random_() % list.size()]; }
    List some_of(const List& list);
    Time time_near(Time now);

    Event start(const std::string& type, Time now);
    std::string likely_consent(Time now);
    Act consent_act(Time now);
    Act grant(const std::string& id, Time now);
    Event lifecycle(const std::string& id, Time now);
    void sign(Act& act, Time now);
    Record any_record(const std::string& id, int version, Time now);
    void put_under_scheme(Record& record, Time now);
    void ask_by_scheme(Event& event, const Record& record, Time now);
    void vary_times(Record& record, Time now);
    Act agreement_act(Time now);
    Act access_act(Time now);
    Event access(Time now);
    void fill_use(Event& event, const Record* record);
    void fill_request(Event& event, const Record* record, Time now);
    void fill_own(Event& event, const std::string& kind, Time now);
    std::string key_for(const Event& event, const Record* record);

    std::string name_;
    std::minstd_rand random_;
    const Laws* laws_;
    World world_;
    Agreement proposed_;  // The newest that was.
    List rights_;
    bool is_careless_ = true;
    std::pair<std::string, std::string> asked_, delivered_;  // Consent and session, the newest.
    int events_ = 0;
};

// As JSON, and the hash of an agreement's bytes.
std::string to_json(const Event& event);
std::string agreement_json(const std::string& id, const Agreement& terms);

}  // namespace reference
