// A mapping of a source standard that a network has approved, by its hash: the document of a policy
// (docs/schemes.md, "Mappings"). The mapping itself is applied where documents are imported.
#pragma once

#include "ledger/overlay.h"

namespace consentree::ledger {

inline constexpr std::string_view mapping_policy_prefix = "mapping:";

struct MappingPin {
    std::string id, title;  // "mapping:ob-uk"
    std::uint32_t version = 0;
    std::string mapping_id;  // As records name it: "ob-uk-3".
    std::string sha256;      // Of the mapping in canonical JSON, lower-case hexadecimal.
};
// Refusals as those of parse_scheme.
Checked<MappingPin> parse_mapping_pin(std::string_view json);

// A record that says by which mapping it was made, of a mapping that the network approves: it must
// be one of those versions. event: of a kind that brings a record.
std::optional<Refusal> check_mapping(Overlay& overlay, std::string_view event);

}  // namespace consentree::ledger
