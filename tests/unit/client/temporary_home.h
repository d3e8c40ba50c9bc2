// A user of their own for a test: empty XDG folders that go with it, and a folder to work in.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace consentree::client::test {

class TemporaryHome {
public:
    TemporaryHome() {
        std::string name = (std::filesystem::temp_directory_path() / "ct-client-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        folder_ = name;
        ::setenv("XDG_CONFIG_HOME", (folder_ / "config").c_str(), 1);
        ::setenv("XDG_STATE_HOME", (folder_ / "state").c_str(), 1);
        ::setenv("XDG_DATA_HOME", (folder_ / "data").c_str(), 1);
        ::unsetenv("CONSENTREE_CONTEXT");
    }
    ~TemporaryHome() {
        std::error_code error;
        std::filesystem::remove_all(folder_, error);
    }
    TemporaryHome(const TemporaryHome&) = delete;
    TemporaryHome& operator=(const TemporaryHome&) = delete;
    const std::filesystem::path& folder() const { return folder_; }
    std::string file(const std::string& name) const { return (folder_ / name).string(); }

private:
    std::filesystem::path folder_;
};

}  // namespace consentree::client::test
