#include "client/entry_reader.h"

#include "client/proven_stream.h"

namespace consentree::client {

struct EntryReader::Impl {
    Impl(TrustFile trusted, std::unique_ptr<Http> connection, std::chrono::milliseconds timeout)
        : trust(std::move(trusted)),
          http(std::move(connection)),
          calls(*http, timeout),
          memory({}, trust.policy),
          receipts(calls, trust, memory),
          proven(calls, trust, memory, receipts) {}

    TrustFile trust;
    std::unique_ptr<Http> http;
    NodeCalls calls;
    CheckpointMemory memory;
    Receipts receipts;
    Proven proven;
};

EntryReader::EntryReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EntryReader::EntryReader(EntryReader&&) noexcept = default;
EntryReader::~EntryReader() = default;

Outcome<EntryReader> EntryReader::connect(const Options& options) {
    auto trust = load_trust(options.trust);
    if (!trust) return trust.error();
    auto http = Http::make(options.urls, {options.ca, options.token});
    if (!http) return http.error();
    return EntryReader(
        std::make_unique<Impl>(std::move(*trust), std::move(*http), options.timeout));
}

Outcome<Done> EntryReader::read(const Question& question,
                                const See& see,
                                const Progress& progress) {
    const auto asked = question_of(question, {});
    if (!asked) {
        Failure failure;
        failure.kind = FailureKind::usage;
        failure.code = "option-missing";
        failure.what = "the question names no subject, consent, actor or provider, or no time";
        return failure;
    }
    std::size_t done = 0;
    const auto see_page = [&](const LogPart& part) -> Outcome<bool> {
        for (const ledger::ProvenEntry& entry : part.report.entries) {
            see({entry.index, entry.head.verdict, entry.head.flags, entry.event});
        }
        done += part.report.entries.size();
        if (progress) progress(done, part.report.to_end ? done : part.all);
        return true;
    };
    if (auto failed = each_page(impl_->proven, *asked, false, see_page)) return *failed;
    return Done{};
}

}  // namespace consentree::client
