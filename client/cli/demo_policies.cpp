#include "client/cli/demo_policies.h"

#include "client/api_policy.h"
#include "client/client.h"
#include "client/policies.h"
#include "ledger/genesis.h"

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
        return Client::connect(std::move(options));
    }

    // Those that no version of is in force.
    static Outcome<std::vector<PolicyFile>> missing(Client& client,
                                                    const std::vector<PolicyFile>& policies) {
        auto answer = client.get("/v1/policies?limit=500");
        if (!answer) return answer.error();
        const auto page = api::parse_policies(answer->json);
        std::vector<PolicyFile> missing;
        for (const PolicyFile& policy : policies) {
            const auto is_in_force = [&policy](const api::Policy& one) {
                return one.id == policy.id && one.in_force;
            };
            if (!page || std::none_of(page->items.begin(), page->items.end(), is_in_force)) {
                missing.push_back(policy);
            }
        }
        return missing;
    }

    // The first institution proposes, the others approve until they are a quorum.
    Step put_in_force(const std::vector<PolicyFile>& policies) {
        const std::size_t quorum = ledger::quorum_of(demo_.nodes.size());
        std::vector<PolicyFile> wanted;
        for (std::size_t node = 0; node < quorum; ++node) {
            auto client = connect(node);
            if (!client) return client.error();
            if (node == 0) {
                auto found = missing(*client, policies);
                if (!found) return found.error();
                wanted = std::move(*found);
                if (wanted.empty()) return std::nullopt;
            }
            std::vector<std::string> events;
            for (const PolicyFile& policy : wanted) {
                events.push_back(node == 0
                                     ? propose_policy(policy)
                                     : approve_policy(policy.id, policy.version, policy.sha256));
            }
            auto submitted = client->submit_events(std::move(events));
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
