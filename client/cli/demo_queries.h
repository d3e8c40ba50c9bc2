// The questions of an audit, asked of the demo while it is loaded: five a second, each answer
// verified. A thread of its own between start() and stop().
#pragma once

#include "client/cli/demo_folder.h"
#include "client/synthetic/world.h"

#include <atomic>
#include <nlohmann/json_fwd.hpp>
#include <thread>

namespace consentree::client::cli {

class AuditQueries {
public:
    AuditQueries(const Demo& demo, const synthetic::Settings& settings);
    AuditQueries(const AuditQueries&) = delete;
    AuditQueries& operator=(const AuditQueries&) = delete;
    ~AuditQueries() { stop(); }

    // Only the first call does anything.
    void start();
    void stop();

    // After stop().
    std::string summary() const;
    void add_to(nlohmann::ordered_json& json) const;

private:
    void run();

    const Demo& demo_;
    synthetic::Settings settings_;
    std::thread thread_;
    std::atomic<bool> is_stopped_{false};
    std::vector<double> spent_ms_;
    std::uint64_t failed_ = 0;
    std::string reason_;
};

}  // namespace consentree::client::cli
