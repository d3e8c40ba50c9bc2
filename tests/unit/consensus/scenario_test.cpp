// Runs the stories in tests/scenarios: one command a line, `#` starts a comment. The commands:
//   validators N                    down I...          restart I...       connect
//   block FROM -> TO [KIND]         unblock            deliver            tick N
//   work on|off                     build I TEXT       invalid TEXT
//   propose VIEW TEXT on VIEW -> I...                   vote I KIND VIEW [TEXT] -> I...
//   install I from J                until view|height I N               expect ...
// I is a validator or `*`, KIND a message, TEXT a payload, which names its block from then on.
// expect view|height I N, expect payload I HEIGHT TEXT, expect [not] voted I KIND VIEW,
// expect evidence I AGAINST, expect catch-up I, expect silent, expect building I.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/unit/consensus/cluster.h"

using namespace consentree;
using namespace consentree::consensus;
using namespace consentree::consensus::test;

namespace {

const std::map<std::string, VoteKind> kinds = {{"notarize", VoteKind::notarize},
                                               {"nullify", VoteKind::nullify},
                                               {"finalize", VoteKind::finalize}};

std::string kind_of(const Message& message) {
    if (std::holds_alternative<Proposal>(message)) return "proposal";
    if (std::holds_alternative<Certificate>(message)) return "certificate";
    if (std::holds_alternative<Request>(message)) return "request";
    for (const auto& [name, kind] : kinds) {
        if (std::get<Vote>(message).ballot.kind == kind) return name;
    }
    return "?";
}

Bytes payload_of(const std::string& text) {
    return to_bytes(as_bytes(text));
}

class Story {
public:
    void run(const std::string& line) {
        in_ = std::istringstream(line.substr(0, line.find('#')));
        const std::string command = word();
        if (command.empty()) return;
        if (command == "validators") return start(number());
        REQUIRE(cluster_.has_value());
        if (command == "expect") return expect();
        const auto known = commands_.find(command);
        REQUIRE(known != commands_.end());
        (this->*known->second)();
    }

private:
    std::string word() {
        std::string text;
        in_ >> text;
        return text;
    }
    std::uint64_t number() {
        const std::string text = word();
        REQUIRE_FALSE(text.empty());
        return std::stoull(text);
    }
    std::vector<ValidatorIndex> validators() {
        std::vector<ValidatorIndex> list;
        for (std::string text = word(); !text.empty(); text = word()) {
            for (ValidatorIndex i = 0; i < cluster_->nodes.size(); ++i) {
                if (text == "*" || text == std::to_string(i)) list.push_back(i);
            }
        }
        REQUIRE_FALSE(list.empty());
        return list;
    }

    void start(std::size_t count) {
        cluster_.emplace(count);
        cluster_->answers_builds = false;
        cluster_->is_valid = [this](const CheckBlock& check) {
            names_[std::string(as_text(check.block.payload))] = check.id;
            return invalid_.count(std::string(as_text(check.block.payload))) == 0;
        };
        cluster_->passes = [this](ValidatorIndex from, ValidatorIndex to, const Message& message) {
            return std::none_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
                return (block.from == "*" || block.from == std::to_string(from)) &&
                       (block.to == "*" || block.to == std::to_string(to)) &&
                       (block.kind.empty() || block.kind == kind_of(message));
            });
        };
        cluster_->run();
    }
    void down() {
        for (const ValidatorIndex i : validators()) cluster_->nodes[i].down = true;
    }
    void restart() {
        for (const ValidatorIndex i : validators()) cluster_->start(i);
    }
    void connect() {
        for (ValidatorIndex i = 0; i < cluster_->nodes.size(); ++i) {
            for (ValidatorIndex j = 0; j < cluster_->nodes.size(); ++j) {
                if (i != j) cluster_->step(i, Connected{j});
            }
        }
    }
    void block() {
        Block block;
        block.from = word();
        REQUIRE(word() == "->");
        block.to = word();
        block.kind = word();
        blocks_.push_back(block);
    }
    void unblock() { blocks_.clear(); }
    void deliver() { cluster_->run(); }
    void tick() {
        for (std::uint64_t left = number(); left > 0; --left) cluster_->tick();
    }
    // Lets time pass from deadline to deadline.
    void until() {
        const bool wants_view = word() == "view";
        const Node& node = cluster_->nodes[number()];
        const std::uint64_t wanted = number();
        const auto reached = [&] {
            const Status status = node.replica->status();
            return (wants_view ? status.view : status.committed_height) >= wanted;
        };
        for (int i = 0; i < 100 && !reached(); ++i) cluster_->tick();
        REQUIRE(reached());
    }
    void work() { cluster_->work(word() == "on"); }
    void build() {
        const auto index = static_cast<ValidatorIndex>(number());
        const std::string text = word();
        REQUIRE_FALSE(cluster_->nodes[index].builds.empty());
        const View view = cluster_->nodes[index].builds.back().view;
        cluster_->step(index, PayloadBuilt{view, payload_of(text)});
        for (const Vote& vote : cluster_->nodes[index].votes) names_[text] = vote.ballot.block;
    }
    void invalid() { invalid_.insert(word()); }
    // A proposal of a Byzantine leader: its block stands on the block committed last everywhere
    // (view 0 here) or on a named parent's.
    void propose() {
        const View view = number();
        const std::string text = word();
        REQUIRE(word() == "on");
        const View parent_view = number();
        REQUIRE(word() == "->");
        consensus::Block block{view, 1, parent_view, cluster_->keys.set.network, payload_of(text)};
        const Proposal proposal = cluster_->keys.proposal(block);
        names_[text] = proposal.notarize.ballot.block;
        inject(cluster_->keys.set.leader(view), proposal);
    }
    void vote() {
        const auto voter = static_cast<ValidatorIndex>(number());
        const VoteKind kind = kinds.at(word());
        const View view = number();
        const std::string text = word();
        BlockId block;
        if (text != "->") {
            block = names_.at(text);
            REQUIRE(word() == "->");
        }
        inject(voter, cluster_->keys.vote(kind, view, block, voter));
    }
    void inject(ValidatorIndex from, const Message& message) {
        const auto verified = verify(message, cluster_->keys.set);
        REQUIRE(verified.has_value());
        for (const ValidatorIndex to : validators()) cluster_->step(to, Received{from, *verified});
    }
    void install() {
        const auto index = static_cast<ValidatorIndex>(number());
        REQUIRE(word() == "from");
        const Committed& tip = cluster_->nodes[number()].chain.back();
        REQUIRE(tip.finalization.has_value());
        cluster_->step(index, Installed{tip.block, *tip.finalization});
    }

    void expect() {
        std::string what = word();
        const bool positive = what != "not";
        if (!positive) what = word();
        if (what == "silent") {
            for (const Node& node : cluster_->nodes) CHECK((node.down || !node.deadline));
            return;
        }
        const std::string who = word();
        std::vector<ValidatorIndex> list;
        for (ValidatorIndex i = 0; i < cluster_->nodes.size(); ++i) {
            const bool meant = who == "*" ? !cluster_->nodes[i].down : who == std::to_string(i);
            if (meant) list.push_back(i);
        }
        REQUIRE_FALSE(list.empty());
        std::vector<std::string> rest;
        for (std::string text = word(); !text.empty(); text = word()) rest.push_back(text);
        for (const ValidatorIndex i : list) {
            INFO("validator " << i);
            check(what, cluster_->nodes[i], rest, positive);
        }
    }
    void check(const std::string& what,
               const Node& node,
               const std::vector<std::string>& rest,
               bool positive) {
        if (what == "view") {
            CHECK(node.replica->status().view == std::stoull(rest.at(0)));
        } else if (what == "height") {
            CHECK(node.replica->status().committed_height == std::stoull(rest.at(0)));
        } else if (what == "payload") {
            const std::size_t height = std::stoull(rest.at(0));
            REQUIRE(node.chain.size() >= height);
            CHECK(node.chain[height - 1].block.payload == payload_of(rest.at(1)));
        } else if (what == "voted") {
            const VoteKind kind = kinds.at(rest.at(0));
            const View view = std::stoull(rest.at(1));
            const bool voted =
                std::any_of(node.votes.begin(), node.votes.end(), [&](const Vote& vote) {
                    return vote.ballot.kind == kind && vote.ballot.view == view;
                });
            CHECK(voted == positive);
        } else if (what == "evidence") {
            REQUIRE_FALSE(node.evidence.empty());
            CHECK(std::to_string(node.evidence.back().first.voter) == rest.at(0));
        } else if (what == "catch-up") {
            CHECK(node.catch_ups.empty() != positive);
        } else {
            REQUIRE(what == "building");
            CHECK(node.builds.empty() != positive);
        }
    }

    struct Block {
        std::string from, to, kind;
    };
    const std::map<std::string, void (Story::*)()> commands_ = {
        {"down", &Story::down},       {"restart", &Story::restart}, {"connect", &Story::connect},
        {"block", &Story::block},     {"unblock", &Story::unblock}, {"deliver", &Story::deliver},
        {"tick", &Story::tick},       {"work", &Story::work},       {"build", &Story::build},
        {"invalid", &Story::invalid}, {"propose", &Story::propose}, {"vote", &Story::vote},
        {"install", &Story::install}, {"until", &Story::until}};
    std::istringstream in_;
    std::optional<Cluster> cluster_;
    std::vector<Block> blocks_;
    std::set<std::string> invalid_;
    std::map<std::string, BlockId> names_;
};

}  // namespace

TEST_CASE("scenario: every story in tests/scenarios ends as it says") {
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator("tests/scenarios")) {
        if (entry.path().extension() == ".txt") files.insert(entry.path());
    }
    REQUIRE(files.size() >= 8);
    for (const auto& file : files) {
        std::ifstream text(file);
        Story story;
        std::string line;
        for (int number = 1; std::getline(text, line); ++number) {
            INFO(file.string() << ":" << number << ": " << line);
            story.run(line);
        }
    }
}
