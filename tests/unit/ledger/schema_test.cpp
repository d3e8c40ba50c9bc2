// Every member of every kind of event: missing, null, of another type, empty, too long, out of
// range, or not known, it is refused with its pointer. The members and their values stand in
// schemas() as in docs/events.md; samples and faults are made from that.
#include "ledger/event.h"

#include <catch2/catch.hpp>

#include <functional>
#include <map>

namespace consentree::ledger::test {
namespace {

struct Member;
using Members = std::vector<Member>;
// JSON, and where in the value the fault is.
using Faults = std::vector<std::pair<std::string, std::string>>;

// A value's type: an example, and what it may not be.
struct Value {
    Value(std::string json, Faults not_this, Members parts, bool list = false);
    std::string sample;
    Faults faults;
    Members members;  // Of an object, or of the items of a list of objects.
    bool is_list;     // Of objects.
    bool may_be_null = false;
};
struct Member {
    Member(std::string n, Value v, bool required = true, std::string missing = "")
        : name(std::move(n)),
          value(std::move(v)),
          is_required(required),
          if_missing(std::move(missing)) {}
    std::string name;
    Value value;
    bool is_required;
    std::string if_missing;  // Where the fault is then, if not at the member.
};
Value::Value(std::string json, Faults not_this, Members parts, bool list)
    : sample(std::move(json)),
      faults(std::move(not_this)),
      members(std::move(parts)),
      is_list(list) {}

std::string quoted(const std::string& text) {
    return "\"" + text + "\"";
}

Value text_like(const std::string& sample, const std::vector<std::string>& bad) {
    Value value{quoted(sample), {{"7", ""}, {"true", ""}, {"[]", ""}, {"{}", ""}}, {}};
    for (const std::string& one : bad) value.faults.emplace_back(quoted(one), "");
    return value;
}
Value code(const std::string& sample = "c1") {
    return text_like(sample, {"", "a b", "a/b", std::string(129, 'a')});
}
Value institution() {
    return text_like("northbank", {"", "North", "a.b", std::string(65, 'a')});
}
Value subject() {
    return text_like("sub:8f2c", {"", "sub:", "alice", "sub:a|b", "sub:" + std::string(65, 'a')});
}
Value text(std::size_t longest) {
    return text_like("words", {"", std::string(longest + 1, 'a')});
}
Value sha256() {
    return text_like(std::string(64, 'a'),
                     {"", std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A')});
}
Value time(const std::string& sample = "2026-06-01T00:00:00.000Z") {
    return text_like(sample, {"", "2026-06-01", "2026-06-01T00:00:00Z", "2026-13-01T00:00:00.000Z",
                              "2026-06-01T00:00:00.000+01:00"});
}
Value time_or_null(const std::string& sample = "2026-06-01T00:00:00.000Z") {
    Value value = time(sample);
    value.may_be_null = true;
    return value;
}
Value word(const std::string& sample) {
    return text_like(sample, {"", "else", sample + "s"});
}
Value boolean() {
    return {"true", {{"7", ""}, {"\"true\"", ""}, {"[]", ""}}, {}};
}
Value integer(std::int64_t least, std::int64_t most) {
    return {std::to_string(least),
            {{std::to_string(least - 1), ""},
             {std::to_string(most + 1), ""},
             {quoted(std::to_string(least)), ""},
             {"true", ""},
             {"[]", ""}},
            {}};
}
Value codes(std::size_t least, const std::string& sample = "c1") {
    std::string many = "[";
    for (int k = 0; k < 65; ++k) many += (k == 0 ? "\"k" : ",\"k") + std::to_string(k) + "\"";
    Value value{"[" + quoted(sample) + "]",
                {{"7", ""},
                 {quoted(sample), ""},
                 {"{}", ""},
                 {many + "]", ""},
                 {"[" + quoted(sample) + ",7]", "/1"},
                 {"[null]", "/0"},
                 {"[\"\"]", "/0"},
                 {"[\"" + std::string(129, 'a') + "\"]", "/0"},
                 {"[" + quoted(sample) + "," + quoted(sample) + "]", "/1"}},
                {}};
    if (least > 0) value.faults.emplace_back("[]", "");
    return value;
}
Value countries(std::size_t least = 1) {
    Value value = codes(least, "DE");
    value.faults.emplace_back(R"(["de"])", "/0");
    value.faults.emplace_back(R"(["DE","DEU"])", "/1");
    return value;
}
Value resources() {
    return {R"(["r1"])",
            {{"7", ""}, {quoted("some"), ""}, {"[]", ""}, {"{}", ""}, {"[\"a b\"]", "/0"}},
            {}};
}
Value object(Members members) {
    return {"", {{"7", ""}, {"\"x\"", ""}, {"[]", ""}}, std::move(members)};
}
Value objects(std::size_t least, Members members) {
    Value value{
        "", {{"7", ""}, {"\"x\"", ""}, {"{}", ""}, {"[7]", "/0"}}, std::move(members), true};
    if (least > 0) value.faults.emplace_back("[]", "");
    return value;
}
Member maybe(std::string name, Value value) {
    return {std::move(name), std::move(value), false, ""};
}

Value purposes() {
    return objects(1, {{"code", code()}, maybe("text_hash", sha256())});
}
Value legal_basis() {
    return word("consent");
}
Value notice() {
    return object({{"uri", text(2048)},
                   {"version", text(512)},
                   {"sha256", sha256()},
                   {"language", code("en")}});
}
Value retention() {
    return object({{"unit", word("day")},
                   {"value", integer(0, 1'000'000)},
                   {"basis", word("until_time")},
                   {"until", time()}});
}

Members who_members() {
    const Value authorisation{R"({"threshold":1})",
                              {{"7", ""},
                               {quoted("most"), ""},
                               {"[]", ""},
                               {"{}", "/threshold"},
                               {R"({"threshold":0})", "/threshold"},
                               {R"({"threshold":2})", "/threshold"},
                               {R"({"threshold":1,"zzz":1})", "/zzz"}},
                              {}};
    return {{"schema", word("consentree/consent/1")},
            {"consent_id", code()},
            {"issuer", institution()},
            {"version", integer(1, 1'000'000)},
            maybe("arrangement_id", code()),
            maybe("supersedes", code("c0")),
            {"subject", subject()},
            maybe("subject_kind", word("person")),
            {"grantors", objects(1, {{"party", code()},
                                     {"capacity", word("guardian")},
                                     {"authority_ref", text(512)},
                                     maybe("authority_until", time_or_null()),
                                     maybe("authorised_at", time()),
                                     maybe("method", code())})},
            maybe("authorisation", authorisation),
            {"provider", code()},
            {"recipients", objects(1, {{"party", code()},
                                       maybe("role", word("recipient")),
                                       maybe("onward", boolean())})},
            maybe("manager", code()),
            maybe("scheme", code()),
            maybe("template_id", code()),
            maybe("agreement", code()),
            maybe("needs_review", text(512))};
}

// What, for what, when.
Members what_members() {
    Value actions = codes(1, "view");
    actions.faults.emplace_back(R"(["view","look"])", "");
    Member count = maybe("count", integer(1, 1'000'000'000));
    count.if_missing = "/consent/fetch/unit";
    Value uses = integer(1, 1'000'000'000);
    uses.may_be_null = true;
    return {
        {"purposes", purposes()},
        {"legal_basis", legal_basis()},
        maybe("special_basis", code()),
        {"categories", codes(1)},
        maybe("filters", objects(0, {{"type", code()}, {"op", word(">=")}, {"value", text(512)}})),
        {"resources", resources()},
        {"actions", actions},
        {"valid_from", time()},
        {"valid_until", time_or_null("2027-06-01T00:00:00.000Z")},
        maybe("data_from", time_or_null("2025-06-01T00:00:00.000Z")),
        maybe("data_until", time_or_null("2026-06-01T00:00:00.000Z")),
        {"fetch", object({{"kind", word("periodic")},
                          count,
                          {"unit", word("day")},
                          maybe("window", word("sliding"))})},
        maybe("max_uses", uses),
        {"retention", retention()},
        {"storage_places", countries()},
        maybe("geo_limit", countries(0)),
        {"jurisdiction", countries()},
        {"notice", notice()},
        {"expression", object({{"type", word("explicit")}, {"method", code()}, {"at", time()}})},
        {"withdrawal_uri", text(2048)},
        maybe("rights_uri", text(2048)),
        maybe("dpia_ref", text(2048)),
        maybe("conduct_ref", text(2048)),
        maybe("source", object({{"format", code()},
                                {"format_version", text(512)},
                                {"sha256", sha256()},
                                {"mapping_id", code()},
                                {"mapping_sha256", sha256()},
                                maybe("agreement_sha256", sha256())})),
        maybe("evidence_sig", text(8192)),
        maybe("private_commitment", sha256())};
}

Members record_members() {
    Members members = who_members();
    const Members more = what_members();
    members.insert(members.end(), more.begin(), more.end());
    return members;
}

Members agreement_members() {
    const Value clause =
        object({{"sha256", sha256()}, maybe("uri", text(2048)), maybe("summary", text(512))});
    const Value parties{R"(["medcare","unilab"])",
                        {{"7", ""},
                         {"{}", ""},
                         {"[]", ""},
                         {R"(["medcare"])", ""},
                         {R"(["medcare",7])", "/1"},
                         {R"(["medcare","medcare"])", "/1"},
                         {R"(["medcare","Uni"])", ""}},
                        {}};
    return {{"schema", word("consentree/agreement-record/1")},
            {"agreement_id", code()},
            {"version", integer(1, 1'000'000)},
            {"parties", parties},
            {"purposes", purposes()},
            maybe("categories", codes(1)),
            {"valid_from", time()},
            {"valid_until", time_or_null("2027-06-01T00:00:00.000Z")},
            {"retention", retention()},
            {"onward_transfer", object({{"allowed", boolean()},
                                        maybe("parties", codes(0)),
                                        maybe("places", countries(0))})},
            {"confidentiality", clause},
            {"penalty", clause},
            maybe("notice", notice()),
            maybe("legal_basis", legal_basis()),
            maybe("storage_places", countries()),
            maybe("jurisdiction", countries()),
            maybe("withdrawal_uri", text(2048))};
}

Members party_members() {
    return {{"schema", word("consentree/party/1")},
            {"party_id", code()},
            {"name", text(512)},
            {"type", word("institution")},
            maybe("role", code()),
            maybe("address", text(512)),
            maybe("contact", text(512)),
            maybe("url", text(2048)),
            maybe("email", text(512)),
            maybe("phone", text(512)),
            maybe("country", text_like("DE", {"", "de", "DEU"}))};
}

Members lifecycle(const std::string& type) {
    Members members{
        {"issuer", institution()}, {"consent_id", code()}, {"version", integer(1, 1'000'000)}};
    if (type == "consent.authorise") {
        members.push_back({"grantor", code()});
        members.push_back(maybe("method", code()));
        return members;
    }
    if (type.starts_with("consent.resource_")) members.push_back({"resources", codes(1)});
    members.insert(members.end(), {maybe("reason", text(512)), maybe("by", code())});
    return members;
}

// Members of its own of each access event.
std::map<std::string, Members> access_members() {
    constexpr std::int64_t counts = 1'000'000'000'000'000;
    const Members use{{"purpose", code()},
                      {"categories", codes(1)},
                      maybe("place", code()),
                      {"legal_basis", legal_basis()}};
    const auto with = [](Members members, const Members& more) {
        members.insert(members.end(), more.begin(), more.end());
        return members;
    };
    const Members range{maybe("data_from", time("2025-06-01T00:00:00.000Z")),
                        maybe("data_until", time())};
    const Members result{{"request", code()}, {"result", word("partial")}, {"ground", code()}};
    return {
        {"request",
         with(with(use, range),
              {{"resources", resources()}, {"action", code()}, {"attended", boolean()}})},
        {"decision",
         {{"claimed", word("permit")}, {"reasons", codes(0)}, {"policy_version", code()}}},
        {"delivery",
         with(range, {{"status", objects(1, {{"resource", code()}, {"status", word("pending")}})},
                      maybe("record_count", integer(0, counts)),
                      maybe("byte_count", integer(0, counts)),
                      maybe("content_commitment", sha256())})},
        {"receipt", {{"delivery", code()}, maybe("content_commitment", sha256())}},
        {"denial", {{"reasons", codes(1)}}},
        {"use", with(use, {maybe("delivery", code()), {"action", code()}})},
        {"disclosure", with(use, {{"delivery", code()}, {"onward_party", code()}})},
        {"deletion", {{"deliveries", codes(1)}, {"method", code()}, {"attestation", text(512)}}},
        {"erasure_request", {{"scope", codes(1)}, {"ground", code()}, {"due", time()}}},
        {"erasure_result", result},
        {"rights_request", {{"right", word("restrict")}, maybe("due", time())}},
        {"rights_result", result},
        {"breach",
         {{"detected_at", time()},
          maybe("notified_authority_at", time()),
          maybe("notified_subjects_at", time()),
          {"query",
           object({{"actor_org", code()},
                   {"from", time("2025-06-01T00:00:00.000Z")},
                   {"until", time()}}),
           true, "/sessions"},
          {"categories", codes(1)},
          {"count", integer(0, counts)},
          maybe("cause", text(512))}},
        {"override", {{"reason", text(512)}, {"approver", code()}, {"until", time()}}},
        {"correction",
         {{"target_tx", sha256()},
          {"target_position", integer(0, 1'000'000)},
          {"reason", text(512)}}},
    };
}

Members access(const std::string& kind, const Members& own) {
    static const std::vector<std::string> alone = {"erasure_request", "erasure_result",
                                                   "rights_request",  "rights_result",
                                                   "breach",          "correction"};
    const bool is_of_session = std::find(alone.begin(), alone.end(), kind) == alone.end();
    Members members{{"event_id", code()},
                    {"session_id", code(), is_of_session, ""},
                    {"issuer", institution()},
                    {"consent_id", code()},
                    maybe("version", integer(1, 1'000'000)),
                    maybe("agreement", code()),
                    {"actor_org", code()},
                    maybe("actor_user", code()),
                    {"subject", subject(), kind != "breach", ""},
                    maybe("trace_id", code())};
    members.insert(members.end(), own.begin(), own.end());
    return members;
}

// Type -> members besides `type` and `occurred_at`.
std::map<std::string, Members> schemas() {
    std::map<std::string, Members> all;
    for (const char* type : {"consent.request", "consent.amend", "consent.renew"}) {
        all[type] = {{"consent", object(record_members())}};
    }
    for (const char* name : {"authorise", "reject", "suspend", "resume", "withdraw", "revoke",
                             "resource_add", "resource_remove", "invalidate"}) {
        const std::string type = std::string("consent.") + name;
        all[type] = lifecycle(type);
    }
    all["party.register"] = {{"party", object(party_members())}};
    all["agreement.propose"] = {{"agreement", object(agreement_members())}};
    all["agreement.accept"] = {
        {"agreement_id", code()}, {"version", integer(1, 1'000'000)}, {"sha256", sha256()}};
    all["agreement.end"] = {{"agreement_id", code()}, maybe("reason", text(512))};
    for (const auto& [kind, own] : access_members()) all["access." + kind] = access(kind, own);
    return all;
}

// What to write at a pointer instead of the sample: JSON, or nothing to leave the member out. At
// the pointer of an object: a member more.
struct Change {
    std::string pointer;
    std::optional<std::string> json;
    bool is_addition = false;
};

std::string write(const Value& value, const std::string& pointer, const Change& change);

std::string write_object(const Members& members, const std::string& at, const Change& change) {
    std::string out = "{";
    const auto add = [&](const std::string& name, const std::string& json) {
        out += (out.size() == 1 ? "" : ",") + quoted(name) + ":" + json;
    };
    for (const Member& member : members) {
        const std::string pointer = at + "/" + member.name;
        const bool is_changed = !change.is_addition && pointer == change.pointer;
        if (!is_changed) {
            add(member.name, write(member.value, pointer, change));
        } else if (change.json) {
            add(member.name, *change.json);
        }
    }
    if (change.is_addition && at == change.pointer) add("zzz", *change.json);
    return out + "}";
}

std::string write(const Value& value, const std::string& pointer, const Change& change) {
    if (value.members.empty()) return value.sample;
    const std::string inner = pointer + (value.is_list ? "/0" : "");
    const std::string object = write_object(value.members, inner, change);
    return value.is_list ? "[" + object + "]" : object;
}

class Checker {
public:
    Checker(std::string type, const Members& members) : type_(std::move(type)), members_(members) {
        members_.insert(members_.begin(), {"type", word(type_)});
        members_.push_back({"occurred_at", time()});
    }
    void run() {
        expect({"-", std::nullopt}, "accepted");
        walk(members_, "");
    }
    std::size_t faults = 0;

private:
    void walk(const Members& members, const std::string& at) {
        expect({at, "1", true}, at + "/zzz");
        for (const Member& member : members) {
            const std::string pointer = at + "/" + member.name;
            std::string missing = member.is_required ? pointer : "accepted";
            if (!member.if_missing.empty()) missing = member.if_missing;
            expect({pointer, std::nullopt}, missing);
            expect({pointer, "null"}, member.value.may_be_null ? "accepted" : pointer);
            for (const auto& [json, where] : member.value.faults) {
                expect({pointer, json}, pointer + where);
            }
            if (!member.value.members.empty()) {
                walk(member.value.members, pointer + (member.value.is_list ? "/0" : ""));
            }
        }
    }
    void expect(const Change& change, const std::string& expected) {
        const std::string json = write_object(members_, "", change);
        const auto event = parse_event(json);
        std::string found = event ? "accepted" : event.error().pointer;
        if (!event && event.error().code != "schema-violation") found += " " + event.error().code;
        ++faults;
        if (found == expected) return;
        UNSCOPED_INFO(type_ << ": " << change.pointer << " = " << change.json.value_or("nothing")
                            << "\n"
                            << json);
        CHECK(found == expected);
    }

    std::string type_;
    Members members_;
};

}  // namespace

TEST_CASE("schema: every fault of every member of every event is refused where it is") {
    std::size_t faults = 0;
    const auto all = schemas();
    for (const auto& [type, members] : all) {
        REQUIRE(kind_of(type).has_value());
        Checker checker(type, members);
        checker.run();
        faults += checker.faults;
    }
    // Each kind that has a name is here.
    std::size_t kinds = 0;
    for (unsigned byte = 0; byte < 256; ++byte) {
        const auto name = type_name(static_cast<EventKind>(byte));
        if (name.empty() || name.starts_with("policy.")) continue;
        INFO(name);
        CHECK(all.contains(std::string(name)));
        ++kinds;
    }
    CHECK(kinds == all.size());
    CHECK(faults > 5000);
}

}  // namespace consentree::ledger::test
