#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace avow::interop {

/// The program that all of this is about.
std::string avow_binary();

/// What a child runs as and where its output goes. Standard input is empty.
struct ProcessOptions {
  std::filesystem::path out;  // files, written anew
  std::filesystem::path err;
  std::optional<uid_t> user = {};  // run as this user and group: only root can ask for it
  /// Under ASan: what it leaves behind is looked for as it ends, which takes as long as a short command itself.
  bool looks_for_leaks = true;
};

/// A child process. It never outlives this object, nor the thread that made it (PR_SET_PDEATHSIG).
class Process {
 public:
  /// `argv[0]` is a path. Throws std::runtime_error if it cannot be forked; a program that cannot be
  /// run exits with 127.
  Process(const std::vector<std::string>& argv, ProcessOptions options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// The exit code, 128 + signal if a signal ended it; nothing if it still runs at the deadline.
  std::optional<int> wait(std::chrono::milliseconds deadline);
  bool running() { return !wait(std::chrono::milliseconds(0)).has_value(); }
  /// SIGKILL, and reaped.
  void kill();

  std::string out() const;  // what it has written so far
  std::string err() const;

 private:
  const ProcessOptions options_;
  pid_t pid_ = -1;
  int descriptor_ = -1;  // pidfd
  std::optional<int> exit_code_;
};

/// A command that has ended.
struct Finished {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Runs a command to its end, without a look for leaks: what it leaks goes with it. Throws if it takes longer than a
/// minute.
Finished run(const std::vector<std::string>& argv, std::optional<uid_t> user = {});

/// A whole file; empty if there is none.
std::string read_file(const std::filesystem::path& file);
/// Replaces a file's content. Throws if it cannot.
void write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace avow::interop
