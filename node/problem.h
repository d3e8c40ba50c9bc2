// Problems of the API (RFC 9457): their stable names and codes, and how one becomes an answer.
// The table is served at /problems and repeated in docs/api.md, which a test compares. Pure.
#pragma once

#include "client/api.h"
#include "common/error.h"

#include <span>
#include <string>
#include <string_view>

namespace consentree::node {

namespace api = client::api;

struct ProblemKind {
    std::string_view name;  // "consent-state": the last part of type.
    std::string_view code;  // "CT-1203"
    unsigned status;
    std::string_view title;
    std::string_view hint;
};

std::span<const ProblemKind> problem_kinds();
// By name or code; nullptr if there is none.
const ProblemKind* find_problem_kind(std::string_view name_or_code);
// The kind of a refusal's code; a code that the table lacks is "rejected".
const ProblemKind& problem_kind_of(const Refusal& refusal);

// The refusal's own hint goes before the kind's.
api::Problem make_problem(const Refusal& refusal);

}  // namespace consentree::node
