// The rest of an answer that goes on after its head: asked for part after part by the session,
// which writes each before it asks for the next. Lives on the API's thread, and dies with the
// session's answer.
#pragma once

#include "node/async.h"

#include <string>

namespace consentree::node {

class ApiTail {
public:
    virtual ~ApiTail() = default;
    // Empty: that was all.
    virtual Awaitable<std::string> next() = 0;
    // The peer took too long over a part: what next() gives now is the last.
    virtual void fall_behind() = 0;
};

}  // namespace consentree::node
