// A data-sharing agreement as a file: what the parties settled once for all consents under it, so
// that each grant need not repeat it. Fills members of a consent record that a call leaves out;
// nothing else ever does. Pure but for load().
#pragma once

#include "client/outcome.h"

#include <string>
#include <string_view>

namespace consentree::client {

// {"schema": "consentree/agreement/1", "id": "...", "title": "..."?, "record": {members of a
// consent record}}. The record may hold any member but those that name one consent: consent_id,
// version, subject, grantors, valid_from, valid_until, source.
class Agreement {
public:
    Agreement() = default;  // Supplies nothing.
    static Outcome<Agreement> load(const std::string& path);
    static Outcome<Agreement> parse(std::string_view text, const std::string& path);

    bool empty() const { return path_.empty(); }
    const std::string& path() const { return path_; }
    const std::string& id() const { return id_; }
    const std::string& record_json() const { return record_json_; }  // A JSON object.

private:
    std::string path_, id_;
    std::string record_json_ = "{}";
};

}  // namespace consentree::client
