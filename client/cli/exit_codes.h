// The exit codes of every command (docs/cli.md has the same table; a test compares them).
#pragma once

namespace consentree::client::cli {

namespace exit_code {
inline constexpr int done = 0;         // Done, healthy, verified.
inline constexpr int failed = 1;       // Anything not below.
inline constexpr int usage = 2;        // Wrong usage.
inline constexpr int unreachable = 3;  // No node answered in time; a submission is safe to repeat.
inline constexpr int not_allowed = 4;  // 401, 403, or a rule of the ledger refused it.
inline constexpr int not_found = 5;
inline constexpr int conflict = 6;     // Another version, or an id used with other content.
inline constexpr int tampered = 7;     // Verification FAILED: evidence of tampering or a fork.
inline constexpr int undecidable = 8;  // Cannot be verified with what is at hand.
inline constexpr int degraded = 9;     // Works, but not as it should.
}  // namespace exit_code

}  // namespace consentree::client::cli
