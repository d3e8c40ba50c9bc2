// The node's threads: the loop, and pools for the lane's disk, votes, execution and checks.
// Work handed to a pool answers by posting to the loop; no state is shared between them.
#pragma once

#include "common/assert.h"
#include "node/threads.h"

#include <boost/asio/io_context.hpp>

namespace consentree::node {

struct Workers {
    static constexpr int work_threads = 2;

    explicit Workers(boost::asio::io_context& loop_context) : loop(loop_context) {
        name_threads(disk, 1, "disk", 0);
        name_threads(guard, 1, "guard", 0);
        // Votes and sockets come first when cores are short: see docs/operations.md, "Threads".
        name_threads(execute, 1, "execute", 5);
        name_threads(work, work_threads, "work", 5);
    }

    boost::asio::io_context& loop;
    boost::asio::thread_pool disk{1};     // Synced writes of this node's own batches.
    boost::asio::thread_pool guard{1};    // The only user of the vote guard; the journal's rows.
    boost::asio::thread_pool execute{1};  // Blocks, one after the other: executed and written.
    // Signature checks and storing of the others' batches, reads for peers.
    boost::asio::thread_pool work{work_threads};

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
