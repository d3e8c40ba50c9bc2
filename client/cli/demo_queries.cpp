#include "client/cli/demo_queries.h"

#include "client/client.h"
#include "client/synthetic/generator.h"
#include "common/time.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

using Clock = std::chrono::steady_clock;
using synthetic::Random;
using synthetic::World;

namespace {

constexpr std::chrono::milliseconds between{200};
constexpr TimeMs day_ms = 86'400'000;

// 70 % about one subject, 20 % about one consent, 8 % a partner's month, 2 % of an hour's breach.
Outcome<Answer> ask(Client& client, const World& world, Random& random, std::uint64_t draw) {
    const std::uint64_t subject = random.below(std::min<std::uint64_t>(world.subjects(), 50));
    if (draw < 70) return client.timeline(world.subject(subject), {{"limit", "50"}});
    const std::string provider = world.institution(random.below(world.institutions()));
    if (draw < 90) {
        // The first consents were given subject by subject, as many to each.
        const std::uint64_t number = subject * world.profile.consents_each + 1;
        const std::string issuer = world.institution(subject % world.institutions());
        return client.consent_accesses(issuer, world.id("cns", number));
    }
    const TimeMs back = draw < 98 ? 30 * day_ms : 3'600'000;
    const std::string from = format_time(world.settings.start - back);
    const char* key = draw < 98 ? "actor" : "provider";
    return client.accesses({{key, provider}, {"from", from}, {"limit", "500"}});
}

double at_percent(const std::vector<double>& sorted, std::size_t percent) {
    return sorted.empty() ? 0 : sorted[(sorted.size() - 1) * percent / 100];
}

std::string milliseconds(double value) {
    return std::to_string(static_cast<std::uint64_t>(value + 0.5)) + " ms";
}

}  // namespace

AuditQueries::AuditQueries(const Demo& demo, const synthetic::Settings& settings)
    : demo_(demo), settings_(settings) {}

void AuditQueries::start() {
    if (!thread_.joinable() && !is_stopped_) thread_ = std::thread([this] { run(); });
}

void AuditQueries::stop() {
    is_stopped_ = true;
    if (thread_.joinable()) thread_.join();
    std::sort(spent_ms_.begin(), spent_ms_.end());
}

void AuditQueries::run() {
    Options options;
    options.urls = demo_.urls();
    options.trust = demo_.trust().string();
    options.state_dir = "none";
    auto client = Client::connect(std::move(options));
    if (!client) {
        ++failed_;
        reason_ = client.error().what_to_do();
        return;
    }
    const World world(settings_, *synthetic::find_profile(settings_.profile));
    Random random(settings_.seed);
    auto due = Clock::now();
    for (; !is_stopped_; due += between) {
        std::this_thread::sleep_until(due);
        const auto begun = Clock::now();
        const auto answer = ask(*client, world, random, random.below(100));
        const std::chrono::duration<double, std::milli> spent = Clock::now() - begun;
        if (answer && answer->proven) {
            spent_ms_.push_back(spent.count());
        } else {
            ++failed_;
            reason_ = answer ? answer->why_not : answer.error().what_to_do();
        }
    }
}

std::string AuditQueries::summary() const {
    std::string line = std::to_string(spent_ms_.size()) +
                       " questions answered and proven meanwhile: p50 " +
                       milliseconds(at_percent(spent_ms_, 50)) + ", p99 " +
                       milliseconds(at_percent(spent_ms_, 99));
    if (failed_ != 0) line += "; " + std::to_string(failed_) + " failed: " + reason_;
    return line;
}

void AuditQueries::add_to(nlohmann::ordered_json& json) const {
    json["queries"] = {{"answered", spent_ms_.size()},
                       {"failed", failed_},
                       {"p50_ms", at_percent(spent_ms_, 50)},
                       {"p99_ms", at_percent(spent_ms_, 99)}};
}

}  // namespace consentree::client::cli
