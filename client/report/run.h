// One report over the verified pages of one key's log, and after them, where consents under schemes
// stand behind it, of governance's. The same pages give the same rows, whether a node sends them or
// a file holds them. Internal; one thread.
#pragma once

#include "client/report/policies.h"
#include "ledger/evidence.h"

namespace consentree::client::report {

class Run {
public:
    // Usage failures: no such report, keys or filters that it cannot be about, a time that is none.
    // institution: whose consents are meant where no issuer is named.
    static Outcome<Run> begin(const Query& query, const std::string& institution);

    // What the next page must answer: of those after the first, as of the block that it spoke of.
    const ledger::Question& question() const { return is_governing_ ? governance_ : question_; }
    bool descends() const {
        return kind_->order == Order::newest_first && !is_by_event_time_ && !is_governing_;
    }
    // Where the next page must start; none: at the start of the answer.
    std::optional<std::uint64_t> position() const { return position_; }
    bool is_done() const { return is_done_; }
    // The report cannot be finished: it is too long.
    bool is_full() const { return policies_->is_full() || (maker_ && maker_->is_full()); }

    // A page that has been verified. Failed: it does not continue what came before.
    std::optional<Failure> take(const ledger::Evidence& evidence,
                                const ledger::EvidenceReport& report,
                                Sink& sink);
    // After the last page.
    Statement finish(Sink& sink);
    // After finish(): why there is no report.
    std::optional<Failure> trouble() const { return maker_->trouble(); }
    std::uint64_t entries() const { return statement_.entries; }
    const Heading& heading() const { return heading_; }

private:
    Run() = default;
    std::optional<Failure> choose_key(const std::string& institution);
    std::optional<Failure> read_times();
    void start(const ledger::EvidenceReport& report, Sink& sink);
    void feed(const ledger::Evidence& evidence, const ledger::EvidenceReport& report);
    void feed(const ledger::ProvenEntry& entry, std::string_view signed_by);
    void begin_governing();

    const Kind* kind_ = nullptr;
    const api::ReportInfo* info_ = nullptr;
    Scope scope_;
    ledger::Question question_, governance_;
    std::optional<std::uint64_t> position_;
    bool has_begun_ = false, is_done_ = false;
    bool is_early_enough_ = false;  // What is older than the time asked for is not needed.
    bool reaches_start_ = false;    // Nothing stands under the key before these pages.
    bool is_by_event_time_ = false;
    bool is_governing_ = false;  // The pages are those of governance, after the key's.
    std::optional<std::uint64_t> last_leaf_;
    std::shared_ptr<Policies> policies_ = std::make_shared<Policies>();
    std::unique_ptr<Maker> maker_;
    std::unique_ptr<Collapse> collapse_;
    std::shared_ptr<Sink*> sink_;  // Where rows go now; the maker's scope shares it.
    std::shared_ptr<std::uint64_t> rows_;
    Heading heading_;
    Statement statement_;
};

}  // namespace consentree::client::report
