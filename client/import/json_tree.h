// Reading and writing places of a JSON tree by pointer, without exceptions.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace consentree::client::mapping {

// Null if there is nothing.
const nlohmann::json* value_at(const nlohmann::json& tree, std::string_view pointer);
// Makes what is missing on the way: arrays where the token is a number, else objects. False if
// something else stands in the way or an array would get a hole.
bool put_at(nlohmann::json& tree, std::string_view pointer, nlohmann::json value);

}  // namespace consentree::client::mapping
