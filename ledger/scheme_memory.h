// Schemes as execution has parsed them, kept from block to block. By the hash of their document,
// so that nothing in here can be out of date. Bounded: beyond, all are parsed anew. One thread.
#pragma once

#include "ledger/scheme.h"

#include <unordered_map>

namespace consentree::ledger {

class SchemeMemory {
public:
    std::shared_ptr<const Scheme> find(const Hash& document) const {
        const auto found = schemes_.find(document);
        return found == schemes_.end() ? nullptr : found->second;
    }
    void put(const Hash& document, std::shared_ptr<const Scheme> scheme) {
        if (schemes_.size() == capacity) schemes_.clear();
        schemes_.emplace(document, std::move(scheme));
    }

private:
    static constexpr std::size_t capacity = 64;
    std::unordered_map<Hash, std::shared_ptr<const Scheme>, UniformHash> schemes_;
};

}  // namespace consentree::ledger
