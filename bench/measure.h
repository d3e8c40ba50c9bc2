// What is read off the machine: CPU and memory of processes, percentiles, and the calibration that
// makes figures of different machines comparable.
#pragma once

#include <cstdint>
#include <vector>

namespace consentree::bench {

// User and system time of a process so far, in microseconds; 0 if it is gone.
std::uint64_t cpu_time_us(int pid);
// Resident memory of a process, in bytes.
std::uint64_t resident_bytes(int pid);
// CPU time of this process, in microseconds.
double own_cpu_us();
// libsodium Ed25519 verifications of 300-byte messages per second, on this thread.
double calibrate(double seconds);
// The value at or below which that share of the values lies (nearest rank); 0 for none.
double percentile(std::vector<double> values, double share);

}  // namespace consentree::bench
