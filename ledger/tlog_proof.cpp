#include "ledger/tlog_proof.h"

#include "common/limits.h"
#include "ledger/decimal.h"

namespace consentree::ledger {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";
constexpr std::string_view extra_start = "extra ";
constexpr std::string_view index_start = "index ";
constexpr std::size_t path_max = 64;  // Of a tree whose size fits in 64 bits.

// The line at the front; empty both for an empty line and at the end of the text.
std::string_view take_line(std::string_view& text) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    return line;
}

}  // namespace

std::string format_tlog_proof(const TlogProof& proof) {
    std::string text = std::string(first_line) + "\n";
    if (proof.extra) text += std::string(extra_start) + to_base64(*proof.extra) + "\n";
    text += std::string(index_start) + std::to_string(proof.index) + "\n";
    for (const Hash& hash : proof.path) text += to_base64(hash.view()) + "\n";
    return text + "\n" + proof.checkpoint;
}

Result<TlogProof> parse_tlog_proof(std::string_view text) {
    if (text.size() > limits::tlog_proof_bytes) return Errc::too_large;
    const std::string_view version = take_line(text);
    if (version != first_line) {
        return version.starts_with("c2sp.org/tlog-proof@") ? Errc::unsupported : Errc::malformed;
    }
    TlogProof proof;
    std::string_view line = take_line(text);
    if (line.starts_with(extra_start)) {
        proof.extra = from_base64(line.substr(extra_start.size()));
        if (!proof.extra) return Errc::malformed;
        line = take_line(text);
    }
    if (!line.starts_with(index_start)) return Errc::malformed;
    const auto index = parse_decimal(line.substr(index_start.size()));
    if (!index) return Errc::malformed;
    proof.index = *index;
    for (line = take_line(text); !line.empty(); line = take_line(text)) {
        if (proof.path.size() == path_max) return Errc::too_large;
        const auto hash = fixed_from_base64<Hash>(line);
        if (!hash) return Errc::malformed;
        proof.path.push_back(*hash);
    }
    if (text.empty()) return Errc::truncated;
    proof.checkpoint = text;
    return proof;
}

}  // namespace consentree::ledger
