// What is submitted: consents once, then 300-byte access events under them, all signed before the
// clock starts. Each institution signs for consents of its own and talks to its own node.
#pragma once

#include "client/cli/demo_folder.h"
#include "client/outcome.h"
#include "ledger/transaction.h"

#include <string>
#include <vector>

namespace consentree::bench {

inline constexpr std::size_t payload_bytes = 300;
inline constexpr std::size_t consents_each = 250;  // Per institution.

// One signed transaction in canonical binary form.
struct Signed {
    std::string bytes;
    std::uint32_t events = 0;
};

class Workload {
public:
    // Reads keys and network id of the network in that folder.
    static client::Outcome<Workload> make(const client::cli::Demo& network);

    // The consents of one institution, to be committed first.
    std::vector<Signed> consents(std::size_t institution) const;
    // count transactions of events_each accesses. Ids go on from call to call.
    std::vector<Signed> accesses(std::size_t institution,
                                 std::size_t count,
                                 std::size_t events_each);
    // count questions whether such an access is permitted, as bodies of requests.
    std::vector<Signed> checks(std::size_t institution, std::size_t count) const;

private:
    struct Author {
        std::string institution;
        SecretKey key;
        std::uint64_t next = 0;
    };
    Signed sign(const Author& author, std::vector<std::string> events) const;
    std::string access_event(const Author& author, std::uint64_t number) const;

    Hash network_;
    std::vector<Author> authors_;
};

}  // namespace consentree::bench
