// The node's threads (design: one loop, one disk writer, one vote guard, one executor, workers).
// Work handed to a pool answers by posting to the loop; no state is shared between them.
#pragma once

#include "common/assert.h"

#include <sys/resource.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace consentree::node {

struct Workers {
    explicit Workers(boost::asio::io_context& loop_context) : loop(loop_context) {
        // Votes and sockets come first when cores are short: see docs/operations.md, "Threads".
        for (boost::asio::thread_pool* pool : {&execute, &work}) {
            for (int thread = 0; thread < 2; ++thread) {
                boost::asio::post(*pool, [] { ::setpriority(PRIO_PROCESS, 0, 5); });
            }
        }
    }

    boost::asio::io_context& loop;
    boost::asio::thread_pool disk{1};     // The only writer of the store.
    boost::asio::thread_pool guard{1};    // The only user of the vote guard.
    boost::asio::thread_pool execute{1};  // Blocks, one after the other.
    boost::asio::thread_pool work{2};     // Signature checks, answers to peers that read the store.

    // Runs job on the pool, then done(result) on the loop.
    template <class Job, class Done>
    void run(boost::asio::thread_pool& pool, Job job, Done done) {
        boost::asio::post(pool, [this, job = std::move(job), done = std::move(done)]() mutable {
            auto result = job();
            boost::asio::post(loop, [done = std::move(done), result = std::move(result)]() mutable {
                done(std::move(result));
            });
        });
    }

    void join() {
        for (boost::asio::thread_pool* pool : {&work, &execute, &guard, &disk}) pool->join();
    }
};

}  // namespace consentree::node
