// Names and niceness of a pool's threads, as "top -H" shows them.
#pragma once

#include <pthread.h>
#include <sys/resource.h>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <latch>
#include <memory>

namespace consentree::node {

// At most 15 characters.
inline void name_this_thread(const char* name) {
    ::pthread_setname_np(::pthread_self(), name);
}

// count is how many threads the pool has. Returns when every one of them is named.
inline void name_threads(boost::asio::thread_pool& pool,
                         std::size_t count,
                         const char* name,
                         int niceness) {
    // Each task waits for the others, so that every thread takes one.
    const auto all = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(count) + 1);
    for (std::size_t thread = 0; thread < count; ++thread) {
        boost::asio::post(pool, [all, name, niceness] {
            name_this_thread(name);
            if (niceness != 0) ::setpriority(PRIO_PROCESS, 0, niceness);
            all->arrive_and_wait();
        });
    }
    all->arrive_and_wait();
}

}  // namespace consentree::node
