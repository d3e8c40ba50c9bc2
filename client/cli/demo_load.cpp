#include "client/cli/demo_load.h"

#include "client/client.h"
#include "client/import/built_in.h"
#include "client/import/standardise.h"
#include "client/record.h"
#include "common/files.h"
#include "common/hash.h"
#include "common/limits.h"
#include "common/time.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t events_each = 100;   // Per transaction.
constexpr std::size_t accesses_each = 22;  // Per active consent.
constexpr std::size_t refused_each = 3;    // Of each of four kinds.

// One kind of sharing between institutions of the demo.
struct Sharing {
    std::size_t provider;  // Node whose institution keeps consent and data.
    const char *recipient, *purpose;
    std::vector<std::string> data;
    const char* expires;
    std::size_t consents;
};

const std::vector<Sharing>& sharings() {
    static const std::vector<Sharing> all = {
        {0, "unilab", "research", {"accounts", "transactions"}, "1y", 60},
        {0, "citygov", "income-check", {"balances", "salary"}, "90d", 45},
        {0, "medcare", "payment", {"accounts"}, "30d", 20},
        {1, "unilab", "research", {"demographics", "lab-results"}, "1y", 50},
        {1, "citygov", "benefit-decision", {"diagnoses"}, "60d", 25},
        {2, "northbank", "mortgage", {"tax-record", "address"}, "30d", 25},
        {3, "medcare", "treatment", {"trial-results"}, "1y", 15},
    };
    return all;
}

struct Given {
    const Sharing* sharing;
    std::string id, subject;
    std::string ended;  // "", "withdraw", "suspend"
};

Failure stopped() {
    Failure failure;
    failure.code = "stopped";
    failure.what = "stopped while the sample data was loading";
    return failure;
}

class Loader {
public:
    Loader(const Demo& demo, std::string tag, const std::function<bool()>& keep_going)
        : demo_(demo), tag_(std::move(tag)), keep_going_(keep_going) {}

    Outcome<Loaded> run() {
        if (auto failure = connect()) return *failure;
        if (auto failure = give_consents()) return *failure;
        if (auto failure = import_consents()) return *failure;
        if (auto failure = end_consents()) return *failure;
        if (auto failure = record_accesses()) return *failure;
        if (auto failure = keep_receipt()) return *failure;
        return loaded_;
    }

private:
    using Step = std::optional<Failure>;

    Step connect() {
        auto agreement = Agreement::load(demo_.agreement().string());
        if (!agreement) return agreement.error();
        agreement_ = std::move(*agreement);
        for (std::size_t i = 0; i < 4; ++i) {
            auto key = SigningKey::load(demo_.submit_key(i).string());
            if (!key) return key.error();
            Options options;
            options.urls = demo_.urls();
            options.trust = demo_.trust().string();
            options.key = std::move(*key);
            options.institution = demo_.nodes[i].institution;
            options.coalesce = std::chrono::milliseconds(0);
            options.state_dir = "none";
            auto client = Client::connect(std::move(options));
            if (!client) return client.error();
            clients_.push_back(std::move(*client));
        }
        return std::nullopt;
    }

    // Collects an institution's events into transactions of at most events_each, whole groups.
    Step add(std::size_t institution, std::vector<std::string> events) {
        auto& waiting = waiting_[institution];
        if (waiting.size() + events.size() > events_each) {
            if (auto failure = send(institution)) return failure;
        }
        for (std::string& event : events) waiting.push_back(std::move(event));
        return std::nullopt;
    }

    Step send(std::size_t institution) {
        auto& waiting = waiting_[institution];
        if (waiting.empty()) return std::nullopt;
        if (!keep_going_()) return stopped();
        auto sent = clients_[institution].submit_events(std::move(waiting), Wait::accepted);
        waiting.clear();
        if (!sent) return sent.error();
        sent_.push_back({institution, sent->tx_id});
        return std::nullopt;
    }

    // Until all that was added is committed.
    Step settle() {
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            if (auto failure = send(i)) return failure;
        }
        for (const auto& [institution, tx_id] : sent_) {
            auto status = clients_[institution].wait_for(tx_id);
            if (!status) return status.error();
            if (status->status == "committed") continue;
            Failure failure;
            failure.code = status->code;
            failure.what = "the ledger refused a transaction of the sample data";
            failure.why = status->detail;
            failure.pointer = status->pointer;
            return failure;
        }
        sent_.clear();
        return std::nullopt;
    }

    std::string number(std::size_t n) const {
        std::string digits = std::to_string(n);
        return std::string(4 - std::min<std::size_t>(4, digits.size()), '0') + digits;
    }

    Step give_consents() {
        std::size_t n = 0;
        for (const Sharing& sharing : sharings()) {
            for (std::size_t i = 0; i < sharing.consents; ++i) {
                ++n;
                const std::string& provider = demo_.nodes[sharing.provider].institution;
                Grant grant;
                // About three consents a person.
                grant.subject = subject_of(n % 80);
                grant.recipient = sharing.recipient;
                grant.purpose = sharing.purpose;
                grant.data = sharing.data;
                grant.expires = sharing.expires;
                grant.consent_id = "cns_" + tag_ + "_" + number(n);
                grant.issuer = provider;
                grant.provider = provider;
                auto built = build_grant(grant, agreement_, provider, wall_clock());
                if (!built) return built.error();
                if (auto failure = add(sharing.provider, built->events)) return failure;
                given_.push_back({&sharing, grant.consent_id, grant.subject, ""});
            }
        }
        loaded_.consents = n;
        return settle();
    }

    std::string subject_of(std::size_t n) const {
        const Hash hash = sha256(as_bytes("sample person " + std::to_string(n)));
        return "sub:" + to_hex(hash.view()).substr(0, 12);
    }

    // The records of other standards that come with the program: northbank imports them.
    Step import_consents() {
        for (const std::string name : {"rebit-aa", "ob-uk"}) {
            const auto text = mapping::built_in_file("mappings/" + name + ".json");
            auto parsed = mapping::parse_mapping(text ? *text : "");
            const auto agreement =
                read_file(demo_.folder / ("agreement-" + name + ".json"), limits::mapping_bytes);
            auto key = pseudonym_key();
            if (!parsed || !agreement || !key) continue;
            const auto terms = nlohmann::json::parse(*agreement, nullptr, false);
            for (const std::string_view path : mapping::built_in_files()) {
                if (!path.starts_with("mappings/samples/" + name)) continue;
                auto outcome = mapping::standardise(
                    {*mapping::built_in_file(path), *parsed, terms, *key, {}, false});
                if (!outcome.value) continue;  // Samples that break their standard's rules.
                if (!keep_going_()) return stopped();
                const std::string now = format_time(wall_clock());
                auto sent = clients_[0].submit_events(mapping::events_of(*outcome.value, now),
                                                      Wait::committed);
                if (sent) {
                    ++loaded_.imported;
                } else if (sent.error().kind != FailureKind::conflict) {
                    return sent.error();  // A conflict: an earlier load has brought it.
                }
            }
        }
        loaded_.consents += loaded_.imported;
        return std::nullopt;
    }

    std::optional<Bytes> pseudonym_key() const {
        auto text = read_file(demo_.pseudonym_key(), 256);
        if (!text || text->size() < 64) return std::nullopt;
        return from_hex(std::string_view(*text).substr(0, 64));
    }

    // Every 25th consent is withdrawn, every 60th suspended.
    Step end_consents() {
        for (std::size_t i = 0; i < given_.size(); ++i) {
            Given& given = given_[i];
            given.ended = i % 25 == 24 ? "withdraw" : i % 60 == 59 ? "suspend" : "";
            if (given.ended.empty()) continue;
            Json event;
            event["type"] = "consent." + given.ended;
            event["issuer"] = demo_.nodes[given.sharing->provider].institution;
            event["consent_id"] = given.id;
            event["version"] = 1;
            event["reason"] = given.ended == "withdraw" ? "changed-my-mind" : "under-review";
            event["occurred_at"] = format_time(wall_clock());
            if (auto failure = add(given.sharing->provider, {event.dump()})) return failure;
        }
        return settle();
    }

    AccessRecord access_of(const Given& given) const {
        AccessRecord access;
        access.subject = given.subject;
        access.consent_id = given.id;
        access.issuer = demo_.nodes[given.sharing->provider].institution;
        access.actor = given.sharing->recipient;
        access.actor_user = "user-" + std::to_string(loaded_.accesses % 7 + 1);
        access.purpose = given.sharing->purpose;
        access.data = {given.sharing->data[loaded_.accesses % given.sharing->data.size()]};
        return access;
    }

    Step record(const Given& given, const AccessRecord& access) {
        const std::string& provider = demo_.nodes[given.sharing->provider].institution;
        auto built = build_access(access, provider, wall_clock());
        if (!built) return built.error();
        ++loaded_.accesses;
        return add(given.sharing->provider, built->events);
    }

    Step record_accesses() {
        std::size_t wrong_purpose = 0, wrong_data = 0, wrong_recipient = 0, withdrawn = 0;
        for (std::size_t round = 0; round < accesses_each; ++round) {
            for (const Given& given : given_) {
                AccessRecord access = access_of(given);
                if (!given.ended.empty()) {
                    if (given.ended != "withdraw" || withdrawn == refused_each) continue;
                    ++withdrawn;
                } else if (round == 1 && wrong_purpose < refused_each) {
                    ++wrong_purpose;
                    access.purpose = "marketing";
                } else if (round == 2 && wrong_data < refused_each) {
                    ++wrong_data;
                    access.data = {"criminal-record"};
                } else if (round == 3 && wrong_recipient < refused_each) {
                    ++wrong_recipient;
                    access.actor = given.sharing->provider == 1 ? "northbank" : "medcare";
                }
                if (auto failure = record(given, access)) return failure;
            }
        }
        if (auto failure = settle()) return failure;
        return count_refused();
    }

    // As the ledger judged, not as this program meant it.
    Step count_refused() {
        auto answer = clients_[0].accesses({{"verdict", "DENY"}, {"limit", "500"}});
        if (!answer) return answer.error();
        const Json page = Json::parse(answer->json, nullptr, false);
        if (page.is_object() && page.contains("items")) loaded_.refused = page["items"].size();
        return std::nullopt;
    }

    Step keep_receipt() {
        AccessRecord access = access_of(given_.front());
        auto submitted = clients_[0].submit(access, Wait::committed);
        if (!submitted) return submitted.error();
        ++loaded_.accesses;
        if (!replace_file(demo_.receipt(), submitted->receipt.json)) {
            Failure failure;
            failure.code = "file-not-written";
            failure.what = "cannot write " + demo_.receipt().string();
            return failure;
        }
        return std::nullopt;
    }

    const Demo& demo_;
    std::string tag_;
    const std::function<bool()>& keep_going_;
    Agreement agreement_;
    std::vector<Client> clients_;
    std::vector<std::string> waiting_[4];
    std::vector<std::pair<std::size_t, std::string>> sent_;  // Institution, transaction.
    std::vector<Given> given_;
    Loaded loaded_;
};

}  // namespace

std::string load_tag() {
    return new_id("", wall_clock());
}

Outcome<Loaded> load_samples(const Demo& demo,
                             const std::string& tag,
                             const std::function<bool()>& keep_going) {
    return Loader(demo, tag, keep_going).run();
}

}  // namespace consentree::client::cli
