#include "node/async.h"

#include "node/log.h"

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>

namespace consentree::node {
namespace {

struct StrayHandler {
    std::string_view name;
    OnStray on_stray;

    void operator()(const std::exception_ptr& exception) const {
        if (!exception) return;
        const char* what = "unknown exception";
        try {
            std::rethrow_exception(exception);
        } catch (const std::exception& stray) {
            what = stray.what();
            report(what);
        } catch (...) {
            report(what);
        }
    }
    void report(const char* what) const {
        log::error("an activity ended by an exception", {{"activity", name}, {"what", what}});
        if (on_stray == OnStray::abort) std::abort();
    }
};

}  // namespace

void spawn(const asio::any_io_executor& executor,
           std::string_view name,
           Awaitable<void> actor,
           OnStray on_stray) {
    asio::co_spawn(executor, std::move(actor), StrayHandler{name, on_stray});
}

}  // namespace consentree::node
