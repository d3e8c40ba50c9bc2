#include "client/api.h"

#include "client/api_json.h"
#include "common/codec.h"
#include "common/limits.h"

namespace consentree::client::api {

namespace {

// Invalid UTF-8 in what is quoted back must not throw.
Json json_of(const TransactionAnswer& answer) {
    Json out;
    if (!answer.tx_id.empty()) out["tx_id"] = answer.tx_id;
    out["status"] = name_of(answer.status);
    if (answer.status == TxState::committed || answer.status == TxState::rejected) {
        out["height"] = answer.height;
        out["time"] = answer.time;
    }
    if (answer.status == TxState::committed) out["leaves"] = answer.leaves;
    if (!answer.code.empty()) {
        out["code"] = answer.code;
        out["detail"] = answer.detail;
        out["pointer"] = answer.pointer;
    }
    if (answer.replayed) out["replayed"] = true;
    return out;
}

// With the receipt, which is JSON text already and the most of it.
std::string text_of(const TransactionAnswer& answer) {
    std::string text = dump(json_of(answer));
    if (answer.receipt.empty()) return text;
    text.pop_back();
    return text + ",\"receipt\":" + answer.receipt + "}";
}

TransactionAnswer read_answer(MemberReader& reader) {
    TransactionAnswer answer;
    answer.tx_id = reader.optional_text("tx_id");
    const std::string status = reader.text("status");
    bool known = false;
    for (const TxState state :
         {TxState::pending, TxState::committed, TxState::rejected, TxState::refused}) {
        if (status == name_of(state)) {
            answer.status = state;
            known = true;
        }
    }
    if (!known) reader.fail("status", "unknown status");
    answer.height = reader.optional_number("height", 0);
    answer.time = reader.optional_text("time");
    answer.leaves = reader.numbers("leaves");
    answer.code = reader.optional_text("code");
    answer.detail = reader.optional_text("detail");
    answer.pointer = reader.optional_text("pointer");
    answer.replayed = reader.boolean("replayed", false);
    answer.receipt = reader.json("receipt");
    return answer;
}

}  // namespace

std::string Problem::name() const {
    const std::size_t slash = type.rfind('/');
    return slash == std::string::npos ? type : type.substr(slash + 1);
}

std::string format(const Problem& problem) {
    Json out;
    out["type"] = problem.type;
    out["title"] = problem.title;
    out["status"] = problem.status;
    out["code"] = problem.code;
    if (!problem.detail.empty()) out["detail"] = problem.detail;
    if (!problem.instance.empty()) out["instance"] = problem.instance;
    if (!problem.request_id.empty()) out["request_id"] = problem.request_id;
    if (!problem.hint.empty()) out["hint"] = problem.hint;
    if (!problem.tx_id.empty()) out["tx_id"] = problem.tx_id;
    if (problem.decided) out["decided"] = true;
    if (!problem.errors.empty()) {
        Json errors = Json::array();
        for (const Problem::Item& item : problem.errors) {
            errors.push_back({{"pointer", item.pointer}, {"detail", item.detail}});
        }
        out["errors"] = std::move(errors);
    }
    return dump(out);
}

Result<Problem> parse_problem(std::string_view json) {
    return parse_answer<Problem>(json, [](MemberReader& reader) {
        Problem problem;
        problem.type = reader.text("type");
        problem.title = reader.optional_text("title");
        problem.status = static_cast<unsigned>(reader.number_up_to("status", 999));
        problem.code = reader.optional_text("code");
        problem.detail = reader.optional_text("detail");
        problem.instance = reader.optional_text("instance");
        problem.request_id = reader.optional_text("request_id");
        problem.hint = reader.optional_text("hint");
        problem.tx_id = reader.optional_text("tx_id");
        problem.decided = reader.boolean("decided", false);
        if (reader.array("errors", false) != nullptr) {
            problem.errors = parse_items<Problem::Item>(reader, "errors", [](MemberReader& item) {
                return Problem::Item{item.optional_text("pointer"), item.optional_text("detail")};
            });
        }
        return problem;
    });
}

std::string format(const TransactionRequest& request) {
    Json out;
    out["payloadType"] = "application/vnd.consentree.tx+json";
    out["payload"] = to_base64(as_bytes(request.payload));
    Json signature;
    signature["keyid"] = request.keyid;
    signature["sig"] = to_base64(as_bytes(request.signature));
    out["signatures"] = Json::array({std::move(signature)});
    Json events = Json::array();
    for (const std::string& event : request.events) events.push_back(to_base64(as_bytes(event)));
    out["events"] = std::move(events);
    return dump(out);
}

Checked<TransactionRequest> parse_transaction_request(std::string_view json) {
    auto document = parse_bounded(json, 4);
    if (!document) return document.error();
    MemberReader reader(document->value, "");
    TransactionRequest request;
    const auto decode = [&reader](const std::string& text, const std::string& where) {
        const auto bytes = from_base64(text);
        if (!bytes) reader.fail(where, "not base64 (RFC 4648 section 4, padded)");
        return bytes ? std::string(as_text(*bytes)) : std::string();
    };
    if (reader.text("payloadType") != "application/vnd.consentree.tx+json") {
        reader.fail("payloadType", "must be application/vnd.consentree.tx+json");
    }
    request.payload = decode(reader.text("payload"), "payload");
    if (const Json* signatures = reader.array("signatures"); signatures != nullptr) {
        if (signatures->size() != 1) {
            reader.fail("signatures", "exactly one signature is expected");
        } else {
            MemberReader signature((*signatures)[0], "/signatures/0");
            request.keyid = signature.optional_text("keyid");
            const std::string text = signature.text("sig");
            signature.refuse_unknown();
            if (signature.failed()) return signature.refusal();
            request.signature = decode(text, "signatures/0/sig");
            if (request.signature.size() != 64) reader.fail("signatures/0/sig", "not 64 bytes");
        }
    }
    const std::vector<std::string> events = reader.texts("events", true);
    if (events.empty() || events.size() > limits::transaction_events) {
        reader.fail("events", "1 to 1024 events are expected");
    }
    for (std::size_t i = 0; i < events.size() && !reader.failed(); ++i) {
        request.events.push_back(decode(events[i], "events/" + std::to_string(i)));
    }
    reader.refuse_unknown();
    if (reader.failed()) return reader.refusal();
    return request;
}

std::string format_transaction_list(const std::vector<std::string>& transactions) {
    Writer writer;
    writer.u32(static_cast<std::uint32_t>(transactions.size()));
    for (const std::string& transaction : transactions) writer.text(transaction);
    return std::string(as_text(writer.bytes()));
}

Result<std::vector<std::string_view>> parse_transaction_list(std::string_view body) {
    Reader reader(as_bytes(body));
    std::vector<std::string_view> parts;
    const std::uint32_t count = reader.count(batch_transactions_max, 4);
    parts.reserve(count);
    for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
        parts.push_back(as_text(reader.blob(limits::transaction_bytes)));
    }
    const auto finished = reader.finish();
    if (!finished) return finished.error();
    return parts;
}

std::string_view name_of(TxState state) {
    switch (state) {
        case TxState::pending: return "pending";
        case TxState::committed: return "committed";
        case TxState::rejected: return "rejected";
        case TxState::refused: return "refused";
    }
    return "pending";
}

std::string format(const TransactionAnswer& answer) {
    return text_of(answer);
}

Result<TransactionAnswer> parse_transaction_answer(std::string_view json) {
    return parse_answer<TransactionAnswer>(json, read_answer);
}

std::string format(const std::vector<TransactionAnswer>& items) {
    std::string text = R"({"items":[)";
    for (const TransactionAnswer& item : items) {
        if (text.back() != '[') text += ',';
        text += text_of(item);
    }
    return text + "]}";
}

Result<std::vector<TransactionAnswer>> parse_transaction_answers(std::string_view json) {
    return parse_answer<std::vector<TransactionAnswer>>(json, [](MemberReader& reader) {
        return parse_items<TransactionAnswer>(reader, "items", read_answer);
    });
}

}  // namespace consentree::client::api
