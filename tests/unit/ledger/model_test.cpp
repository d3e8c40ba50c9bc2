// Random histories against a slow model of the rule that shares no code with it (reference.h). The
// long form: MODEL_HISTORIES=1000000, MODEL_SEED=7.
#include "tests/unit/ledger/domain_fixture.h"
#include "tests/unit/ledger/histories.h"

#include <catch2/catch.hpp>

#include <bit>
#include <clocale>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <iostream>
#include <locale>
#include <map>
#include <sstream>

namespace consentree::ledger::test {
namespace {

using reference::Act;
using reference::History;
using reference::Outcome;

unsigned long from_environment(const char* name, unsigned long otherwise) {
    const char* const text = std::getenv(name);
    return text != nullptr ? std::strtoul(text, nullptr, 10) : otherwise;
}

// Numbers as some language writes them: 1.234,5. Locales that have a name may not be installed.
struct Punctuation : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\1"; }
};
void meet_locale() {
    tzset();
    std::setlocale(LC_ALL, "");
    if (std::getenv("MODEL_PUNCTUATION") == nullptr) return;
    std::locale::global(std::locale(std::locale(), new Punctuation));
    std::ostringstream out;
    out << 1234;
    REQUIRE(out.str() == "1.2.3.4");
}

// Many histories side by side on one ledger, each about a subject of its own.
class Histories {
public:
    explicit Histories(unsigned long seed)
        : seed_(seed),
          random_(static_cast<unsigned>(seed)),
          laws_(static_cast<unsigned>(random_())) {}

    void run(int histories, int blocks) {
        for (int k = 0; k < histories; ++k) {
            histories_.emplace_back("h" + std::to_string(k), static_cast<unsigned>(random_()),
                                    laws_.laws());
        }
        traces_.resize(histories_.size());
        for (int k = 0; k < blocks; ++k) {
            // Steps of a millisecond, an hour, a day or a month meet every kind of boundary.
            const TimeMs steps[] = {0,         0,          1,          59'999,     3'599'999,
                                    3'600'000, 86'399'999, 86'400'000, 12'000'000, 31 * day_ms};
            now_ += steps[random_() % 10];
            one_block();
        }
        compare_states();
    }

    // Of everything that was recorded.
    std::string root() const { return to_hex(load_tip(network_.tables())->root.view()); }

    std::map<std::string, std::size_t> seen;  // Codes and flags, of which each must have come.
    std::size_t events = 0;

private:
    // A transaction of the block, and what the reference says of each of its events.
    struct Sent {
        reference::Signature signature;
        std::vector<std::string> events;
        std::vector<std::pair<std::size_t, Outcome>> expected;  // With the history's number.
    };

    void add(Sent& sent, const Act& act, std::size_t history) {
        for (std::size_t k = 0; k < act.events.size(); ++k) {
            sent.events.push_back(reference::to_json(act.events[k]));
            sent.expected.emplace_back(history, act.expected[k]);
            traces_[history].push_back(format_time(now_) + " " + act.signature.key + " " +
                                       sent.events.back() + " => " +
                                       reference::describe(act.expected[k]));
        }
        events += act.events.size();
    }

    void one_block() {
        // The issuer's transaction is the last of those that are recorded.
        static const std::vector<std::string> keys = {"unilab", "medcare", "citygov", "regulator",
                                                      "northbank"};
        std::map<std::string, Sent> together;
        std::vector<Sent> sent = legislate();
        std::vector<Sent> alone;
        for (std::size_t k = 0; k < histories_.size(); ++k) {
            for (const Act& act : histories_[k].next(now_)) {
                const reference::Signature& signature = act.signature;
                const bool is_alone =
                    !act.expected.front().refused.empty() || signature.valid_until.has_value();
                Sent& one = is_alone ? alone.emplace_back() : together[signature.key];
                one.signature = signature;
                add(one, act, k);
            }
        }
        for (const std::string& key : keys) {
            if (together.contains(key)) sent.push_back(std::move(together[key]));
        }
        sent.insert(sent.end(), alone.begin(), alone.end());
        execute_block(sent);
    }

    // What the schemes of this block are, before all else.
    std::vector<Sent> legislate() {
        std::vector<Sent> sent;
        for (const auto& act : laws_.next(now_)) {
            Outcome expected;
            expected.refused = act.refused;
            if (act.in_force) expected.flags = {"IN_FORCE"};
            law_trace_ += format_time(now_) + " " + act.key + " " + act.json + " => " +
                          reference::describe(expected) + "\n";
            Sent& one = sent.emplace_back();
            one.signature.key = act.key;
            one.events = {act.json};
            one.expected = {{0, expected}};
        }
        return sent;
    }

    // Spoilt as the reference was told; what it says must become of it then.
    static void spoil(Transaction& transaction, const std::string& fault) {
        if (fault == "signature") transaction.signature.bytes[7] ^= 1;
        if (fault == "events") transaction.events.back().insert(1, " ");
    }
    bool is_stopped(const Transaction& transaction, const Sent& sent) {
        const auto bytes = std::make_shared<const Bytes>(encode(transaction));
        const auto checked = check_transaction(bytes, *bytes, network_.genesis().network);
        if (checked) return false;
        TxOutcome outcome;
        outcome.status = TxStatus::rejected;
        outcome.code = checked.error().code;
        outcome.detail = checked.error().detail;
        compare(sent, outcome, {});
        return true;
    }

    void execute_block(std::vector<Sent>& sent) {
        std::vector<Transaction> transactions;
        for (std::size_t k = 0; k < sent.size();) {
            const reference::Signature& signature = sent[k].signature;
            Transaction transaction = network_.sign(signature.key, sent[k].events,
                                                    signature.valid_until.value_or(now_ + 1000));
            spoil(transaction, signature.fault);
            if (!signature.fault.empty()) {
                REQUIRE(is_stopped(transaction, sent[k]));
                sent.erase(sent.begin() + static_cast<std::ptrdiff_t>(k));
                continue;
            }
            transactions.push_back(std::move(transaction));
            ++k;
        }
        const bool is_checked = events < 20'000;  // That nothing remembered changes anything.
        const Execution done =
            network_.run(network_.block({network_.batch(transactions)}, now_), is_checked);
        std::map<TxId, std::map<std::uint32_t, EntryRow::Item>> items;
        std::map<TxId, TxOutcome> outcomes;
        for (const Write& write : done.writes) {
            if (write.table == Table::entry) {
                const EntryRow row = decode_entry_row(*write.value).value();
                for (const auto& item : row.items) items[row.tx_id][item.position] = item;
            } else if (write.table == Table::transaction) {
                outcomes[TxId::from(write.key).value()] = decode_tx_outcome(*write.value).value();
            }
        }
        for (std::size_t k = 0; k < sent.size(); ++k) {
            const TxId id = transaction_id(transactions[k].header);
            compare(sent[k], outcomes.at(id), items[id]);
        }
    }

    void compare(const Sent& sent,
                 const TxOutcome& outcome,
                 const std::map<std::uint32_t, EntryRow::Item>& items) {
        for (std::uint32_t k = 0; k < sent.expected.size(); ++k) {
            Outcome found;
            found.refused = outcome.code;
            if (outcome.status == TxStatus::committed) {
                const EntryRow::Item& item = items.at(k);
                // Of an agreement's entry the flags say who recorded it: registry_test.
                const bool is_agreement = item.kind >= EventKind::agreement_propose &&
                                          item.kind <= EventKind::agreement_end;
                const std::uint32_t flags = is_agreement ? 0 : item.flags;
                found.verdict = verdict_name(verdict_of(item.verdict));
                found.reasons = reason_codes(flags);
                found.flags = flag_names(flags);
                if ((flags & flag_in_force) != 0) found.flags.emplace_back("IN_FORCE");
                // The first failing check is the primary reason.
                const auto primary = static_cast<unsigned>(check_of(item.verdict));
                const unsigned lowest =
                    (flags & 0x7fffff) == 0
                        ? 0
                        : static_cast<unsigned>(std::countr_zero(flags & 0x7fffff));
                if (primary != lowest) found.reasons.insert(found.reasons.begin(), "primary?");
            }
            const auto& [history, expected] = sent.expected[k];
            if (found != expected) report(history, sent.events[k], found, expected, outcome);
            note(found);
        }
    }

    std::string trace_of(std::size_t history) const {
        std::string text = "seed " + std::to_string(seed_) + "\n" + law_trace_;
        for (const std::string& line : traces_[history]) text += line + "\n";
        return text;
    }

    void report(std::size_t history,
                const std::string& event,
                const Outcome& found,
                const Outcome& expected,
                const TxOutcome& outcome) {
        FAIL(trace_of(history) << "at " << event << "\nfound    " << reference::describe(found)
                               << " " << outcome.detail << " " << outcome.pointer << "\nexpected "
                               << reference::describe(expected));
    }

    void note(const Outcome& outcome) {
        seen[outcome.refused.empty() ? outcome.verdict : outcome.refused] += 1;
        for (const std::string& code : outcome.reasons) seen[code] += 1;
        for (const std::string& flag : outcome.flags) seen[flag] += 1;
    }

    void compare_states() {
        for (std::size_t at = 0; at < histories_.size(); ++at) {
            const History& history = histories_[at];
            for (int k = 0; k < History::consents; ++k) {
                const std::string id = history.consent(k);
                const auto found = find_consent(network_.tables(), "northbank", id, now_);
                const std::string expected = history.world().state_of(id, now_);
                INFO("seed " << seed_ << ", " << id);
                REQUIRE(found.has_value() != expected.empty());
                if (!found) continue;
                if (status_name(found->status) != expected) {
                    FAIL(trace_of(at) << "at the end " << id << " is found "
                                      << status_name(found->status) << ", expected " << expected);
                }
                CHECK(static_cast<int>(found->terms.record.version) ==
                      history.world().version_of(id));
                seen[expected] += 1;
            }
        }
    }

    unsigned long seed_;
    std::minstd_rand random_;
    Network network_{"model"};
    TimeMs now_ = start_time();
    reference::Legislature laws_;
    std::string law_trace_;
    std::deque<History> histories_;
    std::vector<std::vector<std::string>> traces_;
};

}  // namespace

// Hidden: determinism_test.cpp runs it under other environments.
TEST_CASE("model: the root that one seed leads to", "[.root]") {
    meet_locale();
    Histories histories(7);
    histories.run(40, 12);
    std::cout << "root " << histories.root() << "\n";
}

TEST_CASE("model: random histories get the verdicts of a slow model") {
    const unsigned long wanted = from_environment("MODEL_HISTORIES", 1200);
    const unsigned long seed = from_environment("MODEL_SEED", 20260601);
    constexpr int side_by_side = 150, blocks = 16;
    std::map<std::string, std::size_t> seen;
    std::size_t events = 0;
    for (unsigned long done = 0; done < wanted; done += side_by_side) {
        Histories histories(seed + done / side_by_side);
        histories.run(side_by_side, blocks);
        for (const auto& [code, count] : histories.seen) seen[code] += count;
        events += histories.events;
        if (wanted > 10'000 && done % 15'000 == 0) {
            std::cout << done << " histories, " << events << " events\n" << std::flush;
        }
    }
    if (wanted > 10'000) {
        std::cout << wanted << " histories, " << events << " events\n";
        for (const auto& [code, count] : seen) std::cout << code << " " << count << "\n";
    }
    for (const char* code : {"PERMIT",
                             "DENY",
                             "PERMIT_OTHER_BASIS",
                             "OVERRIDE",
                             "NEEDS_REVIEW",
                             "CONSENT_UNKNOWN",
                             "SUBJECT_MISMATCH",
                             "RECIPIENT_MISMATCH",
                             "STATE_REQUESTED",
                             "STATE_PARTIAL",
                             "STATE_SUSPENDED",
                             "STATE_REJECTED",
                             "STATE_WITHDRAWN",
                             "STATE_REVOKED",
                             "STATE_INVALIDATED",
                             "STATE_SUPERSEDED",
                             "NOT_YET_VALID",
                             "EXPIRED",
                             "AUTHORITY_LAPSED",
                             "PURPOSE_MISMATCH",
                             "CATEGORY_EXCEEDED",
                             "ACTION_NOT_ALLOWED",
                             "RESOURCE_NOT_IN_SCOPE",
                             "DATA_RANGE_EXCEEDED",
                             "ONE_TIME_USED",
                             "FREQUENCY_EXCEEDED",
                             "PLACE_NOT_ALLOWED",
                             "ONWARD_NOT_ALLOWED",
                             "RESTRICTED",
                             "RETENTION_ENDED",
                             "SCHEME_LIMIT",
                             "NO_PERMITTED_REQUEST",
                             "AGREEMENT_NOT_IN_FORCE",
                             "LATE",
                             "TRIMMED",
                             "FUTURE",
                             "IN_FLIGHT",
                             "CLAIM_DIFFERS",
                             "IN_FORCE",
                             "bad-signature",
                             "events-root-mismatch",
                             "unknown-key",
                             "not-authorised",
                             "expired",
                             "valid-until-too-far",
                             "future-event",
                             "scheme-unknown",
                             "scheme-invalid",
                             "policy-unknown",
                             "policy-state",
                             "consent-exists",
                             "consent-unknown",
                             "consent-state",
                             "version-conflict",
                             "subject-mismatch",
                             "scope-changed",
                             "agreement-unknown",
                             "agreement-state",
                             "agreement-mismatch",
                             "requested",
                             "partial",
                             "active",
                             "suspended",
                             "rejected",
                             "withdrawn",
                             "revoked",
                             "invalidated",
                             "superseded",
                             "expired"}) {
        INFO(code);
        CHECK(seen.contains(code));
    }
}

}  // namespace consentree::ledger::test
