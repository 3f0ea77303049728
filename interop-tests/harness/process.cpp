#include "interop-tests/harness/process.h"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/testing/temp_dir.h"
#include "core/testing/tree.h"

namespace avow::interop {
namespace {

constexpr int kCannotRun = 127;

bool redirect(const char* file, int flags, int descriptor) {
  const int opened = ::open(file, flags | O_CLOEXEC, 0600);
  return opened >= 0 && ::dup2(opened, descriptor) >= 0;
}

/// Raw calls: the library's setuid speaks to the threads of the parent, which are not here.
bool become(uid_t user) {
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 && ::syscall(SYS_setgid, user) == 0 &&
         ::syscall(SYS_setuid, user) == 0;
}

/// The environment of this process, as `name=value`; `more` is appended to ASAN_OPTIONS.
std::vector<std::string> environment_with(const std::string& more) {
  constexpr std::string_view kOptions = "ASAN_OPTIONS=";
  std::string options(kOptions);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (text.starts_with(kOptions)) {
      options = std::string(text) + ":";
    } else {
      variables.emplace_back(text);
    }
  }
  variables.push_back(options + more);
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The child between fork and exec: only calls that are safe when other threads held locks at the fork.
[[noreturn]] void become_program(const ProcessOptions& options, char* const* arguments,
                                 char* const* environment, pid_t parent) {
  const bool ready = redirect("/dev/null", O_RDONLY, STDIN_FILENO) &&
                     redirect(options.out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO) &&
                     redirect(options.err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO) &&
                     (!options.user || become(*options.user)) &&
                     // After a change of user, which takes it back.
                     ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent;
  if (ready) ::execve(arguments[0], arguments, environment);
  ::_exit(kCannotRun);
}

}  // namespace

std::string avow_binary() {
  return core::testing::build_tree() / "avow";
}

Process::Process(const std::vector<std::string>& argv, ProcessOptions options)
    : options_(std::move(options)) {
  std::vector<std::string> words = argv;
  const std::vector<char*> arguments = pointers_to(words);
  std::vector<std::string> variables =
      environment_with(options_.looks_for_leaks ? "" : "detect_leaks=0");
  const std::vector<char*> environment = pointers_to(variables);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) become_program(options_, arguments.data(), environment.data(), parent);
  // Not pidfd_open(): glibc 2.36 declares it without C linkage.
  descriptor_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (descriptor_ < 0) {
    kill();
    throw std::runtime_error("no pidfd for a child");
  }
}

Process::~Process() {
  kill();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Process::signal(int number) const {
  if (!exit_code_) ::kill(pid_, number);
}

std::optional<int> Process::wait(std::chrono::milliseconds deadline) {
  if (exit_code_) return exit_code_;
  pollfd ended{descriptor_, POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(deadline.count())) <= 0) return std::nullopt;
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) throw std::runtime_error("cannot wait for a child");
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return exit_code_;
}

void Process::kill() {
  if (exit_code_) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string Process::out() const {
  return read_file(options_.out);
}
std::string Process::err() const {
  return read_file(options_.err);
}

Finished run(const std::vector<std::string>& argv, std::optional<uid_t> user) {
  const core::testing::TempDir folder;
  Process process(argv, {folder / "out", folder / "err", user, false});
  const auto exit_code = process.wait(std::chrono::minutes(1));
  if (!exit_code) throw std::runtime_error(argv.at(0) + " " + argv.at(1) + " does not end");
  return {*exit_code, process.out(), process.err()};
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace avow::interop
