// Gives a consent and prints its id: submit URL... with partner.key, trust.policy and
// agreement.json in the current folder.
#include <consentree/consentree.hpp>
#include <iostream>

int main(int argc, char** argv) {
    auto key = consentree::SigningKey::load("partner.key");
    if (!key) {
        std::cerr << key.error().what_to_do() << "\n";
        return 1;
    }
    auto client = consentree::Client::connect({.urls = {argv + 1, argv + argc},
                                               .trust = "trust.policy",
                                               .key = *key,
                                               .agreement = "agreement.json"});
    if (!client) {
        std::cerr << client.error().what_to_do() << "\n";
        return 1;
    }
    auto result = client->submit(consentree::Grant{.subject = "sub:8f2c",
                                                   .recipient = "unilab",
                                                   .purpose = "research",
                                                   .data = {"lab-results"},
                                                   .expires = "2027-06-30T00:00:00Z"},
                                 consentree::wait::committed);
    if (!result) {
        std::cerr << result.error().what_to_do() << "\n";
        return 1;
    }
    std::cout << result->consent_id << " verified=" << std::boolalpha << result->receipt.verified()
              << "\n";
}
