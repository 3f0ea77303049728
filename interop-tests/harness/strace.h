#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/testing/temp_dir.h"
#include "interop-tests/harness/process.h"

namespace avow::interop {

/// Whether strace is here and may trace a child. If not, says on standard output why, and that the test `name` does
/// nothing for it.
bool may_trace(const std::string& name);

/// The words of a program that runs another with `effect` (strace's "signal=KILL:when=3", "error=EIO") on the system
/// calls `calls` ("pwrite64,fdatasync"), if `only` is not empty on those files only. The program stays the caller's own
/// child. strace counts calls by thread.
std::vector<std::string> with_faults(const std::string& calls, const std::string& effect,
                                     const std::vector<std::string>& only = {});

/// The same for `file` alone, whose writes and syncs become lines of `notes`.
std::vector<std::string> with_faults_noted(const std::string& calls, const std::string& effect,
                                           const std::filesystem::path& file,
                                           const std::filesystem::path& notes);
/// How much of the file was written when it was synced for the last time, by the notes of a process that was killed.
/// Waits until the tracer has noted that end.
std::uintmax_t synced_bytes(const std::filesystem::path& notes, pid_t process);

/// The same of a node that runs already, which keeps its memory from other processes: only root may.
bool may_attach(const std::string& name);

/// System calls of a running process that have `effect` from the constructor on (throws if it cannot be traced) until
/// this goes; then it runs on untraced.
class Faults {
 public:
  Faults(pid_t process, const std::string& calls, const std::string& effect,
         const std::vector<std::string>& only = {});
  ~Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

 private:
  const core::testing::TempDir notes_;
  Process tracer_;
};

}  // namespace avow::interop
