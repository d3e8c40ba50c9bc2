// The JSON form of receipts.
#include "common/limits.h"
#include "ledger/proof_json.h"
#include "ledger/receipt.h"

namespace consentree::ledger {
namespace {

using namespace proof_json;

constexpr int depth_max = 4;  // The object, "receipts", one of them, "events_path".
constexpr std::size_t path_max = 64;

Refusal malformed(std::string pointer, std::string detail) {
    return {"receipt-malformed", std::move(detail), std::move(pointer), {}};
}

Checked<ReceiptEntry> entry_of(const Json& json, const std::string& at) {
    if (!has_members(json, {"position", "entry", "events_path", "proof"})) {
        return malformed(at, "expected position, entry, events_path and proof, and no more");
    }
    ReceiptEntry entry;
    const Json& position = json["position"];
    if (!position.is_number_unsigned() ||
        position.get<std::uint64_t>() >= limits::transaction_events) {
        return malformed(at + "/position", "not the position of an event");
    }
    entry.position = position.get<std::uint32_t>();
    auto bytes = base64_of(json["entry"]);
    if (!bytes || bytes->size() > limits::entry_bytes) {
        return malformed(at + "/entry", "not base64 of a log entry");
    }
    entry.entry = std::move(*bytes);
    auto path = hashes_of(json["events_path"], path_max);
    if (!path) return malformed(at + "/events_path", "not a list of hashes");
    entry.events_path = std::move(*path);
    const auto proof = text_of(json["proof"]);
    if (!proof) return malformed(at + "/proof", "not a text");
    entry.proof = *proof;
    return entry;
}

}  // namespace

std::string format_receipt(const Receipt& receipt) {
    nlohmann::ordered_json json;
    json["version"] = 1;
    json["network"] = to_hex(receipt.network.view());
    json["transaction"]["header"] = to_base64(as_bytes(receipt.header));
    json["transaction"]["signature"] = to_base64(receipt.signature.view());
    json["receipts"] = nlohmann::ordered_json::array();
    for (const ReceiptEntry& each : receipt.entries) {
        nlohmann::ordered_json entry;
        entry["position"] = each.position;
        entry["entry"] = to_base64(each.entry);
        entry["events_path"] = nlohmann::ordered_json::array();
        for (const Hash& hash : each.events_path) {
            entry["events_path"].push_back(to_base64(hash.view()));
        }
        entry["proof"] = each.proof;
        json["receipts"].push_back(std::move(entry));
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Checked<Receipt> parse_receipt(std::string_view text) {
    Json json;
    if (auto refusal = parse_file(text, "receipt", limits::receipt_bytes, depth_max,
                                  {"version", "network", "transaction", "receipts"}, json)) {
        return std::move(*refusal);
    }
    Receipt receipt;
    const auto network = network_of(json["network"]);
    if (!network) return malformed("/network", "not a network id in lower-case hexadecimal");
    receipt.network = *network;
    const Json& transaction = json["transaction"];
    if (!has_members(transaction, {"header", "signature"})) {
        return malformed("/transaction", "expected header and signature, and no more");
    }
    const auto header = base64_of(transaction["header"]);
    if (!header || header->size() > limits::header_bytes) {
        return malformed("/transaction/header", "not base64 of a transaction header");
    }
    receipt.header = as_text(*header);
    const auto signature = fixed_of<Signature>(transaction["signature"]);
    if (!signature) return malformed("/transaction/signature", "not base64 of a signature");
    receipt.signature = *signature;
    const Json& entries = json["receipts"];
    if (!entries.is_array() || entries.empty() || entries.size() > limits::transaction_events) {
        return malformed("/receipts", "not a list of 1 to 1,024 entries");
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::string at = "/receipts/" + std::to_string(i);
        auto entry = entry_of(entries[i], at);
        if (!entry) return entry.error();
        if (i > 0 && entry->position <= receipt.entries.back().position) {
            return malformed(at + "/position", "positions must ascend");
        }
        receipt.entries.push_back(std::move(*entry));
    }
    return receipt;
}

}  // namespace consentree::ledger
