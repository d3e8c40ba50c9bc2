#include "ledger/note.h"
#include "ledger/checkpoint.h"
#include "ledger/tlog_proof.h"
#include "ledger/tlog_tiles.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    using namespace ledger;
    const std::string_view text = as_text(input);
    const auto note = parse_note(text);
    if (note) {
        CT_ASSERT(format_note(*note) == text);
        for (const NoteSignature& signature : note->signatures) (void)parse_cosignature(signature);
    }
    const auto checkpoint = parse_checkpoint(text);
    if (checkpoint) CT_ASSERT(format_checkpoint(*checkpoint) == text);
    const auto proof = parse_tlog_proof(text);
    if (proof) CT_ASSERT(format_tlog_proof(*proof) == text);
    if (const auto tile = parse_tile_name(text)) {
        const std::string mark =
            tile->width < tile_width ? ".p/" + std::to_string(tile->width) : "";
        CT_ASSERT(tile_path(tile->number) + mark == text);
    }
    const auto key = parse_vkey(text);
    if (key) CT_ASSERT(format_vkey(*key) == text);
}

}  // namespace consentree
