// What a call of the library gives: a value, or a failure that says what happened, why, and what
// to do. Part of the public interface: standard types only, never throws on failure paths.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace consentree::client {

enum class FailureKind : std::uint8_t {
    failed,       // Anything not below.
    usage,        // The call itself is wrong: a missing member, a bad value.
    unreachable,  // No node answered in time. A submission is safe to repeat.
    not_allowed,  // A key, role or rule of the ledger says no.
    not_found,
    conflict,             // Another version, or an id used with other content.
    verification_failed,  // A proof or signature does not hold: tampering or a fork.
    undecidable,          // Cannot be verified with what is at hand.
};

struct Failure {
    FailureKind kind = FailureKind::failed;
    std::string code{};      // Stable: "consent-unknown"; `consentree explain` knows them.
    std::string what{};      // What happened.
    std::string why{};       // Because of what, where known.
    std::string hint{};      // What to do, where known.
    std::string pointer{};   // JSON Pointer into the input, where it applies.
    std::string evidence{};  // A file written as evidence (verification_failed), if any.

    // One or two sentences for a person.
    std::string what_to_do() const {
        std::string text = what;
        if (!why.empty()) text += ": " + why;
        if (!hint.empty()) text += ". " + hint;
        return text;
    }
};

template <class T>
class [[nodiscard]] Outcome {
public:
    Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Outcome(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}

    explicit operator bool() const { return state_.index() == 0; }
    bool has_value() const { return state_.index() == 0; }
    // Asking a failure for its value is a programmer error and ends the process.
    T& value() & {
        if (!has_value()) std::abort();
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        if (!has_value()) std::abort();
        return *std::get_if<0>(&state_);
    }
    T&& value() && { return std::move(value()); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    const Failure& error() const {
        if (has_value()) std::abort();
        return *std::get_if<1>(&state_);
    }

private:
    std::variant<T, Failure> state_;
};

struct Done {};

}  // namespace consentree::client
