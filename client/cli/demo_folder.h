// The demo's folder: a network made by `net new`, the demo's own state beside it, and who runs in
// it. Plain data and files; starts and stops nothing.
#pragma once

#include "client/outcome.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace consentree::client::cli {

struct DemoNode {
    std::string institution, name;
    std::uint16_t api = 0, peer = 0;  // Ports on 127.0.0.1.
    std::string url() const { return "http://127.0.0.1:" + std::to_string(api); }
};

struct Demo {
    std::filesystem::path folder;  // Absolute.
    std::vector<DemoNode> nodes;
    bool loaded = false;  // The sample data is in the ledger.

    std::filesystem::path trust() const { return folder / "trust.policy"; }
    std::filesystem::path agreement() const { return folder / "agreement.json"; }
    std::filesystem::path partner_key() const { return folder / "partner.key"; }
    std::filesystem::path officer_key() const { return folder / "officer.key"; }
    std::filesystem::path pseudonym_key() const { return folder / "keys" / "pseudonym.key"; }
    std::filesystem::path receipt() const { return folder / "sample.receipt.json"; }
    std::filesystem::path config(std::size_t node) const;
    std::filesystem::path log(std::size_t node) const;
    std::filesystem::path pid_file(std::size_t node) const;
    std::filesystem::path wish_file(std::size_t node) const;  // Its presence: start this node.
    // Whose transactions the sample data of that institution are signed with.
    std::filesystem::path submit_key(std::size_t node) const;
    std::filesystem::path admin_key(std::size_t node) const;
    std::vector<std::string> urls() const;
};

// $XDG_DATA_HOME/consentree/demo.
std::filesystem::path default_demo_folder();
// The folder that a command without --dir means: that of the context "demo" if there is one.
std::filesystem::path demo_folder_in_use();
bool is_demo_folder(const std::filesystem::path& folder);

// Makes keys, genesis and settings for 4 or 7 institutions. Either all of it is there afterwards
// or nothing.
Outcome<Demo> make_demo(const std::filesystem::path& folder, std::size_t nodes);
Outcome<Demo> open_demo(const std::filesystem::path& folder);
Outcome<Done> save_demo(const Demo& demo);

// Moves the demo to the first block of eight ports that is free, beginning with its own. True if
// it had to move.
Outcome<bool> settle_ports(Demo& demo);

// Held by the one `demo up` of a folder; its file names that process.
class DemoLock {
public:
    static Outcome<DemoLock> take(const Demo& demo);
    // Who holds it, or 0.
    static int holder(const std::filesystem::path& folder);
    DemoLock(DemoLock&& other) noexcept;
    DemoLock& operator=(DemoLock&&) = delete;
    ~DemoLock();

private:
    explicit DemoLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace consentree::client::cli
