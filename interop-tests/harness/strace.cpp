#include "interop-tests/harness/strace.h"

#include <csignal>
#include <filesystem>
#include <iostream>

#include <unistd.h>

#include "interop-tests/harness/process.h"

namespace avow::interop {
namespace {

constexpr const char* kStrace = "/usr/bin/strace";

}  // namespace

bool may_trace(const std::string& name) {
  if (!std::filesystem::exists(kStrace)) {
    std::cout << name << ": NOT RUN, there is no " << kStrace << std::endl;
    return false;
  }
  auto words = with_faults("write", "signal=KILL");
  words.insert(words.end(), {"/bin/echo", "killed before this"});
  const Finished traced = run(words);
  if (traced.exit_code == 128 + SIGKILL) return true;
  std::cout << name << ": NOT RUN, strace may not trace here: " << traced.err << std::endl;
  return false;
}

std::vector<std::string> with_faults(const std::string& calls, const std::string& effect,
                                     const std::vector<std::string>& only) {
  std::vector<std::string> words;
  // The leak detector of a sanitized program cannot work while it is traced.
  words.insert(words.end(), {"/usr/bin/env", "ASAN_OPTIONS=detect_leaks=0"});
  words.insert(words.end(), {kStrace, "-D", "-f", "-qq", "-o", "/dev/null"});
  words.insert(words.end(), {"-e", "trace=" + calls, "-e", "inject=" + calls + ":" + effect});
  for (const std::string& file : only) words.insert(words.end(), {"-P", file});
  return words;
}

bool may_attach(const std::string& name) {
  if (!may_trace(name)) return false;
  if (::geteuid() == 0) return true;
  std::cout << name << ": NOT RUN, only root may trace a node that runs already" << std::endl;
  return false;
}

std::vector<std::string> attached_faults(pid_t pid, const std::string& calls,
                                         const std::string& effect) {
  return {kStrace,
          "-f",
          "-qq",
          "-o",
          "/dev/null",
          "-e",
          "trace=" + calls,
          "-e",
          "inject=" + calls + ":" + effect,
          "-p",
          std::to_string(pid)};
}

}  // namespace avow::interop
