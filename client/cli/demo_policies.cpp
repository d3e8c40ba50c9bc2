#include "client/cli/demo_policies.h"

#include "client/api_policy.h"
#include "client/client.h"
#include "client/policies.h"

#include <algorithm>

namespace consentree::client::cli {

namespace {

class Policies {
public:
    explicit Policies(const Demo& demo) : demo_(demo) {}

    // Vocabularies before the schemes that name them.
    Outcome<std::size_t> run() {
        const std::vector<PolicyFile> all = built_in_policies();
        std::vector<PolicyFile> vocabularies, schemes;
        for (const PolicyFile& policy : all) {
            (policy.is_vocabulary ? vocabularies : schemes).push_back(policy);
        }
        for (const auto& policies : {vocabularies, schemes}) {
            if (auto failure = put_in_force(policies)) return *failure;
        }
        return all.size();
    }

private:
    using Step = std::optional<Failure>;

    Outcome<Client> connect(std::size_t node) const {
        auto key = SigningKey::load(demo_.admin_key(node).string());
        if (!key) return key.error();
        Options options;
        options.urls = demo_.urls();
        options.trust = demo_.trust().string();
        options.key = std::move(*key);
        options.institution = demo_.nodes[node].institution;
        options.state_dir = "none";
        options.timeout = std::chrono::seconds(90);  // Four nodes of one machine start to work.
        return Client::connect(std::move(options));
    }

    // What this institution can do to bring them into force: propose, or approve what waits. A run
    // that was cut short is taken up where it ended.
    Outcome<std::vector<std::string>> events_of(Client& client,
                                                const std::string& institution,
                                                const std::vector<PolicyFile>& policies) const {
        auto answer = client.get("/v1/policies?limit=500");
        if (!answer) return answer.error();
        const auto page = api::parse_policies(answer->json);
        if (!page) return node_answer_invalid();
        std::vector<std::string> events;
        for (const PolicyFile& policy : policies) {
            const auto known = std::ranges::find(page->items, policy.id, &api::Policy::id);
            if (known == page->items.end()) {
                events.push_back(propose_policy(policy));
                continue;
            }
            if (known->in_force) continue;
            const auto waiting =
                std::ranges::find(known->proposals, policy.sha256, &api::PolicyDocument::sha256);
            if (waiting == known->proposals.end()) {
                events.push_back(propose_policy(policy));
            } else if (std::ranges::find(waiting->approved_by, institution) ==
                       waiting->approved_by.end()) {
                events.push_back(approve_policy(policy.id, policy.version, policy.sha256));
            }
        }
        return events;
    }

    static Failure node_answer_invalid() {
        Failure failure;
        failure.code = "node-answer-invalid";
        failure.what = "the node's answer is no list of policies";
        return failure;
    }

    // One institution after the other, until they are a quorum.
    Step put_in_force(const std::vector<PolicyFile>& policies) {
        for (std::size_t node = 0; node < demo_.nodes.size(); ++node) {
            auto client = connect(node);
            if (!client) return client.error();
            auto events = events_of(*client, demo_.nodes[node].institution, policies);
            if (!events) return events.error();
            if (events->empty()) continue;
            auto submitted = client->submit_events(std::move(*events));
            if (!submitted) return submitted.error();
        }
        return std::nullopt;
    }

    const Demo& demo_;
};

}  // namespace

Outcome<std::size_t> put_policies_in_force(const Demo& demo) {
    std::error_code error;
    if (!std::filesystem::exists(demo.admin_key(0), error)) return std::size_t{0};
    return Policies(demo).run();
}

}  // namespace consentree::client::cli
