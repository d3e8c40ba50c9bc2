// Runs the tool in this process and keeps what it said.
#pragma once

#include "client/cli/cli.h"

#include <iostream>
#include <sstream>

namespace consentree::client::test {

struct Ran {
    int code = 0;
    std::string out, err;
};

inline Ran run_cli(std::vector<std::string> words, const cli::Programs& programs = {}) {
    words.insert(words.begin(), "consentree");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::ostringstream out;
    std::ostringstream err;
    std::streambuf* const old_out = std::cout.rdbuf(out.rdbuf());
    std::streambuf* const old_err = std::cerr.rdbuf(err.rdbuf());
    Ran ran;
    ran.code = cli::run(static_cast<int>(words.size()), argv.data(), programs);
    std::cout.rdbuf(old_out);
    std::cerr.rdbuf(old_err);
    ran.out = out.str();
    ran.err = err.str();
    return ran;
}

}  // namespace consentree::client::test
