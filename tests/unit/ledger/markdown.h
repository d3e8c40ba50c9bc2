// Tables of the documentation, which tests read so that it cannot say otherwise than the code.
#pragma once

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <vector>

namespace consentree::ledger::test {

// The cells of a line of a table, trimmed.
inline std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::size_t from = 1;
    for (std::size_t to; (to = line.find('|', from)) != std::string::npos; from = to + 1) {
        std::string cell = line.substr(from, to - from);
        cell.erase(0, std::min(cell.find_first_not_of(' '), cell.size()));
        cell.erase(cell.find_last_not_of(' ') + 1);
        cells.push_back(std::move(cell));
    }
    return cells;
}

// The rows of the table whose first line begins with `head`, that line first. path: from the
// project's folder, where tests run.
inline std::vector<std::vector<std::string>> table_in(const std::string& path,
                                                      const std::string& head) {
    std::ifstream file(path);
    REQUIRE(file);
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        if (rows.empty() ? !line.starts_with(head) : line.empty()) {
            if (!rows.empty()) break;
            continue;
        }
        if (!line.starts_with("|---")) rows.push_back(cells_of(line));
    }
    REQUIRE(rows.size() > 1);
    return rows;
}

}  // namespace consentree::ledger::test
