#include "client/report/live.h"

#include "client/proven_stream.h"
#include "client/report/run.h"

namespace consentree::client::report {

namespace {

Failure too_many_rows() {
    Failure failure;
    failure.code = "report-too-large";
    failure.what = "the report is too long for this form";
    failure.hint = "Ask for a shorter time with --from and --to, or for csv or json.";
    return failure;
}

Failure void_of(Failure failure, std::uint64_t rows) {
    if (rows == 0) return failure;
    failure.what += "; the " + std::to_string(rows) + " rows so far are void";
    return failure;
}

// Counts what went through.
class Counted final : public Sink {
public:
    explicit Counted(Sink& to) : to_(to) {}
    void begin(const Heading& heading) override {
        has_begun_ = true;
        to_.begin(heading);
    }
    bool wants_pages() const override { return to_.wants_pages(); }
    void page(std::string_view evidence) override { to_.page(evidence); }
    void row(const Row& row) override {
        ++rows_;
        to_.row(row);
    }
    void flush() override { to_.flush(); }
    bool is_full() const override { return to_.is_full(); }
    void end(const Statement& statement) override { to_.end(statement); }
    void fail(const Failure& failure) override {
        if (has_begun_) to_.fail(failure);
    }
    std::uint64_t rows() const { return rows_; }

private:
    Sink& to_;
    bool has_begun_ = false;
    std::uint64_t rows_ = 0;
};

}  // namespace

Outcome<Statement> make_report(const Proven& proven,
                               const Query& query,
                               const std::string& institution,
                               Sink& sink,
                               const Progress& progress) {
    auto run = Run::begin(query, institution);
    if (!run) return run.error();
    Counted counted(sink);
    const ledger::IndexKey about = run->question().kind;
    const auto see = [&](const LogPart& part) -> Outcome<bool> {
        const ledger::IndexKey kind = part.evidence.question.kind;
        if (auto failure = run->take(part.evidence, part.report, counted)) return *failure;
        if (counted.is_full() || run->is_full()) return too_many_rows();
        const bool goes_on = !run->is_done() && run->question().kind == kind;
        const bool is_first = part.report.entries.size() == run->entries();
        if (progress && kind == about && (goes_on || !is_first)) {
            progress(run->entries(), goes_on ? part.all : run->entries());
        }
        return goes_on;
    };
    while (!run->is_done()) {
        const auto failed = each_page(proven, run->question(), run->descends(), see);
        if (!failed) continue;
        const Failure failure = void_of(*failed, counted.rows());
        counted.fail(failure);
        return failure;
    }
    Statement statement = run->finish(counted);
    auto trouble = run->trouble();
    if (!trouble && counted.is_full()) trouble = too_many_rows();
    if (trouble) {
        const Failure failure = void_of(*trouble, counted.rows());
        counted.fail(failure);
        return failure;
    }
    counted.end(statement);
    return statement;
}

}  // namespace consentree::client::report
