#include "interop-tests/harness/strace.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

#include "interop-tests/harness/wait.h"

namespace avow::interop {
namespace {

constexpr const char* kStrace = "/usr/bin/strace";

/// What strace is told of the calls and the files.
void append_injection(std::vector<std::string>& words, const std::string& calls,
                      const std::string& effect, const std::vector<std::string>& only) {
  words.insert(words.end(), {"-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls});
  words.insert(words.end(), {"-e", "inject=" + calls + ":" + effect});
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

std::vector<std::string> with_faults_noted(const std::string& calls, const std::string& effect,
                                           const std::filesystem::path& file,
                                           const std::filesystem::path& notes) {
  return {"/usr/bin/env", "ASAN_OPTIONS=detect_leaks=0",
          kStrace,        "-D",
          "-f",           "-q",
          "-s",           "0",
          "-o",           notes,
          "-e",           "trace=pwrite64,fdatasync",
          "-e",           "inject=" + calls + ":" + effect,
          "-P",           file};
}

std::uintmax_t synced_bytes(const std::filesystem::path& notes, pid_t process) {
  std::string text;
  const auto has_ended = [&] {
    text = read_file(notes);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (std::stol(line) == process && line.ends_with(" +++ killed by SIGKILL +++")) return true;
    }
    return false;
  };
  if (!eventually(has_ended)) throw std::runtime_error("strace noted no end: " + text);
  std::uintmax_t written = 0;
  std::uintmax_t synced = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    // 812   pwrite64(7, ""..., 4096, 317296) = 4096
    const std::size_t size = line.find("..., ");
    if (line.find(" pwrite64(") != std::string::npos && size != std::string::npos) {
      std::size_t offset = 0;
      const std::uintmax_t count = std::stoull(line.substr(size + 5), &offset);
      written = std::max<std::uintmax_t>(written,
                                         count + std::stoull(line.substr(size + 5 + offset + 2)));
    } else if (line.find("fdatasync") != std::string::npos && line.ends_with(" = 0")) {
      synced = written;
    }
  }
  return synced;
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
