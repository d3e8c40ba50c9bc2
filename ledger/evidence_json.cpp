// The JSON form of evidence.
#include "common/limits.h"
#include "common/time.h"
#include "ledger/evidence.h"
#include "ledger/proof_json.h"

namespace consentree::ledger {
namespace {

using namespace proof_json;

constexpr int depth_max = 3;  // The object, "range", "records".
constexpr std::size_t label_bytes_max = 256;
constexpr std::size_t map_proof_bytes_max = 16 * 1024;

Refusal malformed(std::string pointer, std::string detail) {
    return {"evidence-malformed", std::move(detail), std::move(pointer), {}};
}

// Absent or null: no bound.
bool read_time(const Json& json, const char* name, std::optional<TimeMs>& time) {
    const Json& member = json[name];
    if (member.is_null()) return true;
    const auto text = text_of(member);
    time = text ? parse_time(*text) : std::nullopt;
    return time.has_value() && *time >= 0;
}

Checked<Question> question_of(const Json& json) {
    if (!has_members(json, {"kind", "label", "issuer", "from", "to"})) {
        return malformed("/question", "expected kind, label, issuer, from and to, and no more");
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
    if (!read_time(json, "from", question.from) || !read_time(json, "to", question.to)) {
        return malformed("/question", "from and to are times or null");
    }
    return question;
}

// A list of base64 texts; nothing if one is not, or has more bytes.
std::optional<std::vector<Bytes>> byte_list_of(const Json& json, std::size_t bytes_max) {
    if (!json.is_array() || json.size() > limits::evidence_entries + 2) return std::nullopt;
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

std::optional<Refusal> read_range(const Json& json, Evidence& evidence) {
    if (!has_members(json, {"proof", "records"})) {
        return malformed("/range", "expected proof and records, and no more");
    }
    const auto bytes = base64_of(json["proof"]);
    auto proof = bytes ? decode_range_proof(*bytes) : Result<RangeProof>(Errc::malformed);
    if (!proof) return malformed("/range/proof", "not a range proof");
    evidence.range = std::move(*proof);
    auto records = byte_list_of(json["records"], index_record_bytes);
    if (!records) return malformed("/range/records", "not a list of records");
    evidence.records = std::move(*records);
    return std::nullopt;
}

}  // namespace

std::string format_evidence(const Evidence& evidence) {
    const Question& question = evidence.question;
    const auto time = [](const std::optional<TimeMs>& at) {
        return at ? Json(format_time(*at)) : Json(nullptr);
    };
    nlohmann::ordered_json json;
    json["version"] = 1;
    json["network"] = to_hex(evidence.network.view());
    json["question"] = {{"kind", index_key_name(question.kind)},
                        {"label", question.label},
                        {"issuer", question.issuer},
                        {"from", time(question.from)},
                        {"to", time(question.to)}};
    json["seal"] = {{"entry", to_base64(evidence.seal)}, {"proof", evidence.seal_proof}};
    json["map"] = {{"value", evidence.value ? Json(to_base64(*evidence.value)) : Json(nullptr)},
                   {"proof", to_base64(evidence.map_proof)}};
    json["range"] = {{"proof", to_base64(encode(evidence.range))},
                     {"records", list_of(evidence.records)}};
    json["entries"] = list_of(evidence.entries);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Checked<Evidence> parse_evidence(std::string_view text) {
    if (text.size() > limits::evidence_bytes) return malformed("", "the evidence is too large");
    const auto json = parse_strict(text, depth_max);
    if (!json || !json->is_object()) return malformed("", "not a JSON object of evidence");
    if (!json->contains("version")) return malformed("", "there is no version");
    const Json& version = (*json)["version"];
    if (!version.is_number_unsigned()) return malformed("/version", "not a version number");
    if (version != 1) {
        return Refusal{"evidence-unsupported", "version " + version.dump() + " of evidence",
                       "/version", "use a newer version of this program"};
    }
    if (!has_members(*json,
                     {"version", "network", "question", "seal", "map", "range", "entries"})) {
        return malformed(
            "", "expected version, network, question, seal, map, range and entries, and no more");
    }
    Evidence evidence;
    const auto network_text = text_of((*json)["network"]);
    const auto network = network_text ? fixed_from_hex<Hash>(*network_text) : std::nullopt;
    if (!network || to_hex(network->view()) != *network_text) {
        return malformed("/network", "not a network id in lower-case hexadecimal");
    }
    evidence.network = *network;
    auto question = question_of((*json)["question"]);
    if (!question) return question.error();
    evidence.question = std::move(*question);
    if (auto refusal = read_seal((*json)["seal"], evidence)) return std::move(*refusal);
    if (auto refusal = read_map((*json)["map"], evidence)) return std::move(*refusal);
    if (auto refusal = read_range((*json)["range"], evidence)) return std::move(*refusal);
    auto entries = byte_list_of((*json)["entries"], limits::entry_bytes);
    if (!entries) return malformed("/entries", "not a list of log entries");
    evidence.entries = std::move(*entries);
    return evidence;
}

}  // namespace consentree::ledger
