#include "client/cli/suggest.h"

#include <algorithm>

namespace consentree::client::cli {

namespace {

// Damerau's optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

}  // namespace

std::vector<std::string> names_below(const CLI::App& app, bool options) {
    std::vector<std::string> names;
    for (const CLI::App* at = &app; at != nullptr; at = options ? at->get_parent() : nullptr) {
        if (options) {
            for (const CLI::Option* option : at->get_options()) {
                for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
            }
        } else {
            for (const CLI::App* command : at->get_subcommands({})) {
                names.push_back(command->get_name());
            }
        }
    }
    return names;
}

std::string nearest(std::string_view word, const std::vector<std::string>& names) {
    constexpr std::size_t longest_word = 40;
    if (word.size() > longest_word) return {};
    std::string best;
    std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string& name : names) {
        const std::size_t here = distance(word, name);
        if (here < least) {
            least = here;
            best = name;
        }
    }
    return best;
}

}  // namespace consentree::client::cli
