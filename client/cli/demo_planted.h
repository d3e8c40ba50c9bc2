// What was planted in a demo's ledger, load by load: planted.jsonl in its folder, one JSON object a
// line. Lines are added as the load goes on, so that one that was interrupted can be read too.
#pragma once

#include "client/cli/demo_folder.h"
#include "client/synthetic/world.h"

namespace consentree::client::cli {

// One load, as far as it came.
struct PlantedLoad {
    synthetic::Settings settings;
    std::string started, ended;  // RFC 3339; ended is empty if it was interrupted.
    std::uint64_t done = 0;      // Transactions that are known to be committed,
    std::uint64_t events = 0;    // and their events.
    // Those up to here have all their events: of an interrupted load the last round's may come with
    // the next.
    std::uint64_t whole = 0;
    std::vector<synthetic::Planted> planted;
};

// Of a load that was interrupted: transactions whose later events may not have come. Nobody can
// judge what is found of them. How many planted findings are left out.
std::size_t drop_unsettled(PlantedLoad& load, std::vector<synthetic::Finding>& found);

class PlantedFile {
public:
    explicit PlantedFile(const Demo& demo) : path_(demo.folder / "planted.jsonl") {}
    const std::filesystem::path& path() const { return path_; }

    // Each adds lines to the end. Of each round first what it plants, then, once it is committed,
    // how far the load is.
    Outcome<Done> begin(const synthetic::Settings& settings) const;
    Outcome<Done> add(const std::string& tag, const std::vector<synthetic::Planted>& planted) const;
    Outcome<Done> reached(const std::string& tag, std::uint64_t done, std::uint64_t events) const;
    Outcome<Done> end(const std::string& tag, std::uint64_t done, std::uint64_t events) const;

    // In the order in which they were made. A last line that has no end was never written whole.
    Outcome<std::vector<PlantedLoad>> read() const;

private:
    Outcome<Done> append(const std::string& lines) const;
    void cut_torn_line() const;

    std::filesystem::path path_;
};

}  // namespace consentree::client::cli
