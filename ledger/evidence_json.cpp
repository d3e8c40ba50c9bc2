// The JSON form of evidence.
#include "common/limits.h"
#include "common/time.h"
#include "ledger/entry.h"
#include "ledger/evidence.h"
#include "ledger/proof_json.h"

namespace consentree::ledger {
namespace {

using namespace proof_json;

constexpr int depth_max = 4;  // The object, "transactions", one of them, "events_path".
constexpr std::size_t path_max = 64;
constexpr std::size_t events_path_max = limits::transaction_events;
constexpr std::size_t label_bytes_max = 256;
constexpr std::size_t map_proof_bytes_max = 16 * 1024;

Refusal malformed(std::string pointer, std::string detail) {
    return {"evidence-malformed", std::move(detail), std::move(pointer), {}};
}

// Null: no bound.
bool read_time(const Json& member, std::optional<TimeMs>& time) {
    if (member.is_null()) return true;
    const auto text = text_of(member);
    time = text ? parse_time(*text) : std::nullopt;
    return time.has_value() && *time >= 0;
}

// A height, a time or null.
bool read_as_of(const Json& member, Question& question) {
    if (!member.is_number_unsigned()) return read_time(member, question.as_of_time);
    question.as_of_height = member.get<std::uint64_t>();
    return true;
}

Checked<Question> question_of(const Json& json, std::uint32_t version) {
    const bool has_all =
        version == 1 ? has_members(json, {"kind", "label", "issuer", "from", "to"})
                     : has_members(json, {"kind", "label", "issuer", "from", "to", "as_of"});
    if (!has_all) {
        return malformed("/question",
                         "expected kind, label, issuer, from, to and as_of, and no more");
    }
    Question question;
    const auto name = text_of(json["kind"]);
    const auto kind = name ? index_key_of(*name) : std::nullopt;
    if (!kind) return malformed("/question/kind", "not subject, consent, actor or provider");
    question.kind = *kind;
    const auto label = text_of(json["label"]);
    const auto issuer = text_of(json["issuer"]);
    if (!label || label->empty() || label->size() > label_bytes_max) {
        return malformed("/question/label", "not a label");
    }
    if (!issuer || issuer->size() > label_bytes_max ||
        issuer->empty() == (question.kind == IndexKey::consent)) {
        return malformed("/question/issuer", "a consent has an issuer, nothing else has one");
    }
    question.label = *label;
    question.issuer = *issuer;
    if (!read_time(json["from"], question.from) || !read_time(json["to"], question.to)) {
        return malformed("/question", "from and to are times or null");
    }
    if (version > 1 && !read_as_of(json["as_of"], question)) {
        return malformed("/question/as_of", "not a height, a time or null");
    }
    return question;
}

// A list of base64 texts; nothing if one is not, or has more bytes.
std::optional<std::vector<Bytes>> byte_list_of(const Json& json, std::size_t bytes_max) {
    if (!json.is_array() || json.size() > evidence_file_entries + 2) return std::nullopt;
    std::vector<Bytes> list;
    list.reserve(json.size());
    for (const Json& each : json) {
        auto bytes = base64_of(each);
        if (!bytes || bytes->size() > bytes_max) return std::nullopt;
        list.push_back(std::move(*bytes));
    }
    return list;
}

Json list_of(const std::vector<Bytes>& list) {
    Json json = Json::array();
    for (const Bytes& bytes : list) json.push_back(to_base64(bytes));
    return json;
}

std::optional<Refusal> read_seal(const Json& json, Evidence& evidence) {
    if (!has_members(json, {"entry", "proof"})) {
        return malformed("/seal", "expected entry and proof, and no more");
    }
    const auto seal = base64_of(json["entry"]);
    if (!seal || seal->size() != seal_bytes) return malformed("/seal/entry", "not a SEAL");
    std::copy(seal->begin(), seal->end(), evidence.seal.begin());
    const auto proof = text_of(json["proof"]);
    if (!proof) return malformed("/seal/proof", "not a text");
    evidence.seal_proof = *proof;
    return std::nullopt;
}

std::optional<Refusal> read_map(const Json& json, Evidence& evidence) {
    if (!has_members(json, {"value", "proof"})) {
        return malformed("/map", "expected value and proof, and no more");
    }
    if (!json["value"].is_null()) {
        evidence.value = base64_of(json["value"]);
        if (!evidence.value || evidence.value->size() != map_value_bytes) {
            return malformed("/map/value", "not a value of the index, nor null");
        }
    }
    auto proof = base64_of(json["proof"]);
    if (!proof || proof->size() > map_proof_bytes_max) {
        return malformed("/map/proof", "not a proof of the map");
    }
    evidence.map_proof = std::move(*proof);
    return std::nullopt;
}

Json list_of(const std::vector<Hash>& hashes) {
    Json json = Json::array();
    for (const Hash& hash : hashes) json.push_back(to_base64(hash.view()));
    return json;
}

bool read_range_proof(const Json& json, Evidence& evidence) {
    const auto bytes = base64_of(json);
    auto proof = bytes ? decode_range_proof(*bytes) : Result<RangeProof>(Errc::malformed);
    if (proof) evidence.range = std::move(*proof);
    return proof.has_value();
}

// A record or null.
bool read_record(const Json& json, std::optional<Bytes>& record) {
    if (json.is_null()) return true;
    record = base64_of(json);
    return record && record->size() == index_record_bytes;
}

std::optional<Refusal> read_range(const Json& json, Evidence& evidence) {
    if (!has_members(json, {"proof", "before", "after", "leaves"})) {
        return malformed("/range", "expected proof, before, after and leaves, and no more");
    }
    if (!read_range_proof(json["proof"], evidence)) {
        return malformed("/range/proof", "not a range proof");
    }
    if (!read_record(json["before"], evidence.before)) {
        return malformed("/range/before", "not a record, nor null");
    }
    if (!read_record(json["after"], evidence.after)) {
        return malformed("/range/after", "not a record, nor null");
    }
    const Json& leaves = json["leaves"];
    if (!leaves.is_array() || leaves.size() > evidence_file_entries) {
        return malformed("/range/leaves", "not a list of places in the log");
    }
    for (const Json& leaf : leaves) {
        if (!leaf.is_number_unsigned()) return malformed("/range/leaves", "not a place in the log");
        evidence.leaves.push_back(leaf.get<std::uint64_t>());
    }
    return std::nullopt;
}

std::optional<Refusal> read_as_of_seal(const Json& json, Evidence& evidence) {
    if (json.is_null()) return std::nullopt;
    if (!has_members(json, {"entry", "path"})) {
        return malformed("/as_of", "expected entry and path, and no more");
    }
    const auto seal = base64_of(json["entry"]);
    auto path = hashes_of(json["path"], path_max);
    if (!seal || seal->size() != seal_bytes) return malformed("/as_of/entry", "not a SEAL");
    if (!path) return malformed("/as_of/path", "not a list of hashes");
    evidence.as_of.emplace();
    std::copy(seal->begin(), seal->end(), evidence.as_of->entry.begin());
    evidence.as_of->path = std::move(*path);
    return std::nullopt;
}

// Its text; in version 2 the base64 of it.
std::optional<std::string> header_of(const Json& json, std::uint32_t version) {
    const auto text = text_of(json);
    if (!text) return std::nullopt;
    if (version > 2) return std::string(*text);
    const auto bytes = from_base64(*text);
    if (!bytes) return std::nullopt;
    return std::string(as_text(*bytes));
}

std::optional<Refusal> read_transactions(const Json& json, Evidence& evidence) {
    if (!json.is_array() || json.size() > evidence_file_entries) {
        return malformed("/transactions", "not a list of transactions");
    }
    for (std::size_t k = 0; k < json.size(); ++k) {
        const std::string at = "/transactions/" + std::to_string(k);
        const Json& each = json[k];
        if (!has_members(each, {"header", "signature", "entries", "events_path"})) {
            return malformed(at, "expected header, signature, entries and events_path, no more");
        }
        SignedRun run;
        auto header = header_of(each["header"], evidence.version);
        const auto signature = fixed_of<Signature>(each["signature"]);
        const Json& count = each["entries"];
        auto path = hashes_of(each["events_path"], events_path_max);
        if (!header || header->size() > limits::header_bytes) {
            return malformed(at + "/header", "not a transaction header");
        }
        if (!signature) return malformed(at + "/signature", "not base64 of a signature");
        if (!count.is_number_unsigned() ||
            count.get<std::uint64_t>() > limits::transaction_events) {
            return malformed(at + "/entries", "not a number of entries");
        }
        if (!path) return malformed(at + "/events_path", "not a list of hashes");
        run.header = std::move(*header);
        run.signature = *signature;
        run.entries = count.get<std::uint32_t>();
        run.events_path = std::move(*path);
        evidence.transactions.push_back(std::move(run));
    }
    return std::nullopt;
}

// Version 1 has all records instead: those of the entries must be what the entries themselves say.
std::optional<Refusal> read_range_1(const Json& json, Evidence& evidence) {
    if (!has_members(json, {"proof", "records"})) {
        return malformed("/range", "expected proof and records, and no more");
    }
    if (!read_range_proof(json["proof"], evidence)) {
        return malformed("/range/proof", "not a range proof");
    }
    const auto records = byte_list_of(json["records"], index_record_bytes);
    if (!records) return malformed("/range/records", "not a list of records");
    std::size_t at = 0, end = records->size();
    const auto time_of = [&records](std::size_t k) {
        const auto record = decode_index_record((*records)[k]);
        return record ? record->commit_time_us : 0;
    };
    if (at < end && is_before(evidence.question, time_of(at))) evidence.before = (*records)[at++];
    if (at < end && is_after(evidence.question, 0, time_of(end - 1), std::nullopt)) {
        evidence.after = (*records)[--end];
    }
    if (end - at != evidence.entries.size()) {
        return malformed("/entries", "the entries are not as many as the records");
    }
    for (const Bytes& entry : evidence.entries) {
        const auto decoded = decode_entry(entry);
        const auto record = decode_index_record((*records)[at]);
        if (!decoded || !record ||
            encode(IndexRecord{decoded->head.kind, 0, record->leaf, decoded->head.commit_time_us,
                               leaf_hash(entry)}) != encode(*record)) {
            return malformed("/range/records/" + std::to_string(at), "not the record of its entry");
        }
        evidence.leaves.push_back(record->leaf);
        ++at;
    }
    return std::nullopt;
}

bool has_all_members(const Json& json, std::uint32_t version) {
    if (version == 1) {
        return has_members(json,
                           {"version", "network", "question", "seal", "map", "range", "entries"});
    }
    return has_members(json, {"version", "network", "question", "seal", "as_of", "map", "range",
                              "entries", "transactions"});
}

std::optional<Refusal> read_parts(const Json& json, Evidence& evidence) {
    auto question = question_of(json["question"], evidence.version);
    if (!question) return question.error();
    evidence.question = std::move(*question);
    if (auto refusal = read_seal(json["seal"], evidence)) return refusal;
    if (auto refusal = read_map(json["map"], evidence)) return refusal;
    auto entries = byte_list_of(json["entries"], limits::entry_bytes);
    if (!entries) return malformed("/entries", "not a list of log entries");
    evidence.entries = std::move(*entries);
    if (evidence.version == 1) return read_range_1(json["range"], evidence);
    if (auto refusal = read_range(json["range"], evidence)) return refusal;
    if (auto refusal = read_as_of_seal(json["as_of"], evidence)) return refusal;
    return read_transactions(json["transactions"], evidence);
}

Json time_or_null(const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json(nullptr);
}

Json bytes_or_null(const std::optional<Bytes>& bytes) {
    return bytes ? Json(to_base64(*bytes)) : Json(nullptr);
}

}  // namespace

std::string format_evidence(const Evidence& evidence) {
    const Question& question = evidence.question;
    nlohmann::ordered_json json;
    json["version"] = evidence_version;
    json["network"] = to_hex(evidence.network.view());
    json["question"] = {{"kind", index_key_name(question.kind)},
                        {"label", question.label},
                        {"issuer", question.issuer},
                        {"from", time_or_null(question.from)},
                        {"to", time_or_null(question.to)},
                        {"as_of", question.as_of_height ? Json(*question.as_of_height)
                                                        : time_or_null(question.as_of_time)}};
    json["seal"] = {{"entry", to_base64(evidence.seal)}, {"proof", evidence.seal_proof}};
    json["as_of"] = nullptr;
    if (evidence.as_of) {
        json["as_of"] = {{"entry", to_base64(evidence.as_of->entry)},
                         {"path", list_of(evidence.as_of->path)}};
    }
    json["map"] = {{"value", bytes_or_null(evidence.value)},
                   {"proof", to_base64(evidence.map_proof)}};
    json["range"] = {{"proof", to_base64(encode(evidence.range))},
                     {"before", bytes_or_null(evidence.before)},
                     {"after", bytes_or_null(evidence.after)},
                     {"leaves", evidence.leaves}};
    json["entries"] = list_of(evidence.entries);
    json["transactions"] = nlohmann::ordered_json::array();
    for (const SignedRun& run : evidence.transactions) {
        json["transactions"].push_back({{"header", run.header},
                                        {"signature", to_base64(run.signature.view())},
                                        {"entries", run.entries},
                                        {"events_path", list_of(run.events_path)}});
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Checked<Evidence> parse_evidence(std::string_view text) {
    if (text.size() > evidence_file_bytes) return malformed("", "the evidence is too large");
    const auto json = parse_strict(text, depth_max);
    if (!json || !json->is_object()) return malformed("", "not a JSON object of evidence");
    if (!json->contains("version")) return malformed("", "there is no version");
    const Json& version = (*json)["version"];
    if (!version.is_number_unsigned()) return malformed("/version", "not a version number");
    if (version < 1 || version > evidence_version) {
        return Refusal{"evidence-unsupported", "version " + version.dump() + " of evidence",
                       "/version", "use a newer version of this program"};
    }
    Evidence evidence;
    evidence.version = version.get<std::uint32_t>();
    if (!has_all_members(*json, evidence.version)) {
        return malformed("", "the members are not those of this version, each once");
    }
    const auto network = network_of((*json)["network"]);
    if (!network) return malformed("/network", "not a network id in lower-case hexadecimal");
    evidence.network = *network;
    if (auto refusal = read_parts(*json, evidence)) return std::move(*refusal);
    return evidence;
}

}  // namespace consentree::ledger
