// The same history in processes that differ in all that must not matter.
#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

namespace {

// What this program's hidden test prints, run with `env`.
std::string root_under(const std::string& environment) {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    const std::string command = "env " + environment + " '" + self + "' '[.root]'";
    std::string output;
    FILE* const pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 256> part{};
    while (std::fgets(part.data(), part.size(), pipe) != nullptr) output += part.data();
    INFO(command << "\n" << output);
    REQUIRE(pclose(pipe) == 0);
    const std::size_t at = output.find("root ");
    REQUIRE(at != std::string::npos);
    return output.substr(at + 5, 64);
}

}  // namespace

TEST_CASE("determinism: time zone, locale, memory and cores do not change the root") {
    const std::string root = root_under("TZ=UTC LC_ALL=C");
    CHECK(root.size() == 64);
    // Memory that is not what it was when it was freed, or given out, at other addresses.
    CHECK(root_under("TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 MALLOC_PERTURB_=165 setarch -R") ==
          root);
    CHECK(root_under("TZ=America/St_Johns MODEL_PUNCTUATION=1 MALLOC_PERTURB_=90 taskset 1") ==
          root);
}
