#include "client/event_stream.h"

#include <algorithm>
#include <utility>

namespace consentree::client {

namespace {
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
}

bool EventParser::feed(std::string_view bytes, const Visit& visit) {
    for (const char c : bytes) {
        // A line ends with LF, CR, or both.
        const bool is_rest = c == '\n' && was_return_;
        was_return_ = c == '\r';
        if (is_rest) continue;
        if (c == '\n' || c == '\r') {
            if (!take_line(visit)) return false;
            continue;
        }
        line_ += c;
        if (line_.size() + event_.data.size() > event_bytes_max) return false;
    }
    return true;
}

bool EventParser::take_line(const Visit& visit) {
    std::string line = std::move(line_);
    line_.clear();
    if (!is_begun_ && line.starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
    is_begun_ = true;
    if (line.empty()) {
        // What has no data is no event.
        const bool is_event = std::exchange(has_data_, false);
        ServerEvent event = std::move(event_);
        event_ = {};
        return !is_event || visit(event);
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view field = std::string_view(line).substr(0, colon);
    std::string_view value = std::string_view(line).substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
        if (has_data_) event_.data += '\n';
        event_.data += value;
        has_data_ = true;
    } else if (field == "event") {
        event_.name = value;
    } else if (field == "id") {
        event_.id = value;
    }
    return true;
}

}  // namespace consentree::client
