#include "interop-tests/harness/strace.h"

#include <csignal>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include <unistd.h>

#include "interop-tests/harness/wait.h"

namespace avow::interop {
namespace {

constexpr const char* kStrace = "/usr/bin/strace";

/// What strace is told of the calls and the files.
void append_injection(std::vector<std::string>& words, const std::string& calls,
                      const std::string& effect, const std::vector<std::string>& only) {
  words.insert(words.end(), {"-f", "-qq", "-o", "/dev/null"});
  words.insert(words.end(), {"-e", "trace=" + calls, "-e", "inject=" + calls + ":" + effect});
  for (const std::string& file : only) words.insert(words.end(), {"-P", file});
}

std::vector<std::string> attached(pid_t process, const std::string& calls,
                                  const std::string& effect, const std::vector<std::string>& only) {
  std::vector<std::string> words{kStrace, "-p", std::to_string(process)};
  append_injection(words, calls, effect, only);
  return words;
}

/// All its threads are.
bool is_traced(pid_t process) {
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    if (read_file(thread.path() / "status").find("TracerPid:\t0\n") != std::string::npos)
      return false;
  }
  return true;
}

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
  words.insert(words.end(), {kStrace, "-D"});
  append_injection(words, calls, effect, only);
  return words;
}

bool may_attach(const std::string& name) {
  if (!may_trace(name)) return false;
  if (::geteuid() == 0) return true;
  std::cout << name << ": NOT RUN, only root may trace a node that runs already" << std::endl;
  return false;
}

Faults::Faults(pid_t process, const std::string& calls, const std::string& effect,
               const std::vector<std::string>& only)
    : tracer_(attached(process, calls, effect, only),
              {notes_ / "strace.out", notes_ / "strace.err"}) {
  if (!eventually([&] { return is_traced(process); }))
    throw std::runtime_error("strace: " + tracer_.err());
}

Faults::~Faults() {
  tracer_.signal(SIGTERM);
  tracer_.wait(std::chrono::seconds(30));
}

}  // namespace avow::interop
