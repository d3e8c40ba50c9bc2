// The files of a new network: keys, genesis, trust file, each node's settings, and a data-sharing
// agreement to start from. Makes every secret itself and overwrites nothing.
#pragma once

#include "client/outcome.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace consentree::client {

struct NewNetwork {
    std::string name;  // "demo"; the log's origin is consentree.example/NAME.
    struct Institution {
        std::string id;    // [a-z0-9-]{1,64}
        std::string name;  // Empty: the id with a capital.
    };
    std::vector<Institution> institutions;  // 4 to 31, one validator each.
    std::filesystem::path folder;
    std::uint16_t api_port = 8501;  // Of the first node; the others follow.
    std::uint16_t peer_port = 8601;
};

// What was made. Paths are absolute.
struct NetworkFiles {
    std::string network;  // Hexadecimal id.
    std::filesystem::path genesis, trust, agreement;
    std::filesystem::path partner_key;  // Of the first institution: submit.
    std::filesystem::path officer_key;  // Of the third: audit.
    struct Node {
        std::string institution, name, api, peer;
        std::filesystem::path config;
        std::filesystem::path partner_key;  // Submits for this institution.
        std::filesystem::path admin_key;    // Proposes and approves policies for it.
    };
    std::vector<Node> nodes;
    std::size_t quorum = 0;
};

// In folder: genesis.json, trust.policy, agreement.json, notice.txt, partner.key, officer.key, and
// for each institution a folder with node.toml, validator.key, admin.key and (but for the first,
// whose is above) partner.key.
Outcome<NetworkFiles> make_network(const NewNetwork& network);

}  // namespace consentree::client
