// Entries of the log one by one, each seen once its page is proven: for programs that read much and
// keep little. Internal to the library and its command line; one thread.
#pragma once

#include "client/client.h"

namespace consentree::client {

struct LoggedEvent {
    std::uint64_t index = 0;    // Its place in the log.
    std::uint16_t verdict = 0;  // As docs/formats.md has it; 0: none is due.
    std::uint32_t flags = 0;
    std::string_view event;  // The exact bytes that were signed. For the call only.
};

class EntryReader {
public:
    using See = std::function<void(const LoggedEvent& entry)>;

    // Of the options urls, trust, access and timeout count.
    static Outcome<EntryReader> connect(const Options& options);
    EntryReader(EntryReader&&) noexcept;
    ~EntryReader();

    // All that answers the question, in the order of the log, in the memory of three pages. After a
    // failure what was seen is void.
    Outcome<Done> read(const Question& question, const See& see, const Progress& progress);

private:
    struct Impl;
    explicit EntryReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace consentree::client
