#include "node/feed.h"

#include "ledger/entry_source.h"
#include "node/api_service.h"
#include "node/log.h"
#include "node/threads.h"

namespace consentree::node {

using ledger::watch::Rules;

namespace {

constexpr TimeMs day_ms = 86'400'000;
// Leaves between two moments at which streams may go on.
constexpr std::uint64_t leaves_at_once = 4096;
// Looks by itself as well, should nobody call.
constexpr std::chrono::seconds look_interval{1};

}  // namespace

// The tables that the feed's thread reads.
struct Feed::Source {
    explicit Source(ApiViewPtr of) : view(std::move(of)), entries(*view->reader) {}
    ApiViewPtr view;
    ledger::EntrySource entries;
};

Feed::Feed(ApiService& service, const ledger::watch::Settings& settings, std::size_t streams_max)
    : service_(service),
      settings_(settings),
      streams_max_(streams_max),
      alerts_(settings.alerts_max, settings.open_days * day_ms),
      rules_(settings) {
    // What is left over: alerts may lag behind a busy ledger, never slow it.
    name_threads(pool_, 1, "feed", 19);
}

Feed::~Feed() = default;

Awaitable<void> Feed::run() {
    const auto wakeup = service_.make_wakeup();
    const auto ticket = service_.facade.follow([wakeup] { wakeup->notify(); });
    while (!service_.is_stopping()) {
        auto step = [this] {
            advance();
            return true;
        };
        co_await run_on(pool_, std::move(step));
        for (Wakeup* stream : streams_) stream->notify();
        if (reach().is_current) {
            co_await wakeup->wait_until(std::chrono::steady_clock::now() + look_interval);
        }
    }
    service_.facade.unfollow(ticket);
}

void Feed::advance() {
    ApiViewPtr view = service_.view();
    const std::uint64_t size = view->tip.tree_size;
    const bool is_first = source_ == nullptr;
    if (is_first || source_->view->reader != view->reader) {
        source_ = std::make_unique<Source>(view);
    }
    std::uint64_t watched_from = reach().watched_from;
    if (is_first) {
        // Nothing to watch: streams need only know how far the log goes.
        const std::uint64_t back = settings_.enabled ? std::min(settings_.read_back, size) : 0;
        next_ = watched_from = size - back;
    }
    const std::uint64_t until = std::min(size, next_ + leaves_at_once);
    for (; settings_.enabled && next_ < until && !stopping_; ++next_) {
        read_leaf(next_, *view->reader);
    }
    if (!settings_.enabled) next_ = size;
    alerts_.set_time(static_cast<TimeMs>(view->tip.time_us / 1000));
    const bool is_current = next_ == size;
    if (is_current && !is_live_ && settings_.enabled) {
        log::info("the watch has read the log", {{"from_leaf", watched_from}, {"leaves", size}});
    }
    is_live_ = is_live_ || is_current;
    service_.metrics.set_watch(alerts_.open_count(), rules_.forgotten());
    const std::lock_guard lock(mutex_);
    reach_ = {std::move(view), next_, watched_from, is_current};
}

void Feed::read_leaf(std::uint64_t leaf, const ledger::Reader& reader) {
    Rules::Findings findings;
    ledger::watch::Moment at{{leaf, 0}, 0, 0};
    if (const auto entry = source_->entries.get(leaf)) {
        at.height = entry->height;
        at.time = static_cast<TimeMs>(entry->time_us / 1000);
        findings = rules_.read(*entry, reader);
    } else if (const auto seal = ledger::get_seal(reader, leaf)) {
        at.height = seal->height;
        at.time = static_cast<TimeMs>(seal->block_time_us / 1000);
        findings = rules_.read(*seal, reader);
    }
    if (findings.raised.empty() && findings.ended.empty()) return;
    if (is_live_) count(findings);
    alerts_.add(at, std::move(findings));
}

void Feed::count(const Rules::Findings& findings) {
    for (const Alert& alert : findings.raised) {
        service_.metrics.count_alert(ledger::watch::rule_name(alert.rule));
    }
}

Feed::Reach Feed::reach() const {
    const std::lock_guard lock(mutex_);
    return reach_;
}

Feed::Place::Place(Feed& feed, std::shared_ptr<Wakeup> wakeup)
    : feed_(feed), wakeup_(std::move(wakeup)) {
    feed_.streams_.insert(wakeup_.get());
    feed_.service_.metrics.event_streams.Set(static_cast<double>(feed_.streams_.size()));
}

Feed::Place::~Place() {
    feed_.streams_.erase(wakeup_.get());
    feed_.service_.metrics.event_streams.Set(static_cast<double>(feed_.streams_.size()));
}

std::unique_ptr<Feed::Place> Feed::enter() {
    if (streams_.size() >= streams_max_) return nullptr;
    return std::make_unique<Place>(*this, service_.make_wakeup());
}

}  // namespace consentree::node
