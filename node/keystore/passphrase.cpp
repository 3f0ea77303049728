#include "node/keystore/passphrase.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "core/file_descriptor.h"

namespace avow::node {
namespace {

constexpr std::uint8_t kInterrupt = 3;  // what Ctrl-C types while the terminal raises no signals

Error not_locked(const core::Error& error) {
  return {ErrorCode::memory_lock, "the passphrase cannot be kept in locked memory", error.detail,
          "raise the limit of locked memory (ulimit -l, LimitMEMLOCK=)"};
}

Error refused(std::string why) {
  return {ErrorCode::usage, "that is no passphrase", std::move(why),
          "give one line of 1 to 1024 bytes"};
}

/// Byte by byte, so that what follows the line stays for whoever reads next.
Result<core::SecretBytes, Error> read_line(int descriptor) {
  auto buffer = core::SecretBytes::allocate(kMaxPassphraseBytes + 1);
  if (!buffer) return fail(not_locked(buffer.error()));
  const auto line = buffer->reveal_mutable();
  std::size_t size = 0;
  while (size < line.size()) {
    const ssize_t got = ::read(descriptor, &line[size], 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return fail(Error{ErrorCode::invalid_input, "the passphrase cannot be read",
                        std::strerror(errno), "check the file or the descriptor"});
    }
    if (got == 0 || line[size] == '\n') break;
    ++size;
  }
  if (size == 0) return fail(refused("it is empty"));
  if (size > kMaxPassphraseBytes) return fail(refused("it is longer than 1024 bytes"));
  auto passphrase = core::SecretBytes::copy_of(line.first(size));
  if (!passphrase) return fail(not_locked(passphrase.error()));
  return std::move(*passphrase);
}

/// A terminal that shows nothing of what is typed and raises no signals, until this goes: a process killed by Ctrl-C
/// would leave it silent.
class SilentTerminal {
 public:
  explicit SilentTerminal(int descriptor) : descriptor_(descriptor) {
    if (::tcgetattr(descriptor_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ISIG);
    silent.c_lflag |= static_cast<tcflag_t>(ICANON);
    silenced_ = ::tcsetattr(descriptor_, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (silenced_) ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  bool is_silenced() const { return silenced_; }

 private:
  int descriptor_;
  termios before_{};
  bool silenced_ = false;
};

bool show(int descriptor, std::string_view text) {
  return ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

Result<void, Error> check_new_passphrase(const core::SecretBytes& passphrase) {
  const auto bytes = passphrase.reveal();
  const auto characters =
      std::count_if(bytes.begin(), bytes.end(), [](std::uint8_t b) { return (b & 0xC0) != 0x80; });
  if (static_cast<std::size_t>(characters) >= kMinNewPassphraseCharacters) return {};
  return fail(Error{ErrorCode::usage, "that passphrase is too short",
                    "whoever copies the key file can try every short one",
                    "give one of at least " + std::to_string(kMinNewPassphraseCharacters) +
                        " characters, e.g. from: head -c 24 /dev/urandom | base64"});
}

bool is_readable_by_others(const std::filesystem::path& file) {
  struct stat facts {};
  return ::stat(file.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
         (facts.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

Result<core::SecretBytes, Error> passphrase_from_file(const std::filesystem::path& file) {
  const core::FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.is_open()) return read_line(opened.get());
  const int reason = errno;
  const auto code = reason == ENOENT ? ErrorCode::not_found : ErrorCode::configuration;
  return fail(Error{code, "cannot open the passphrase file " + file.string(), std::strerror(reason),
                    "check the path and its permissions"});
}

Result<core::SecretBytes, Error> passphrase_from_descriptor(int descriptor) {
  return read_line(descriptor);
}

Result<core::SecretBytes, Error> passphrase_from_terminal(std::string_view prompt,
                                                          const std::filesystem::path& terminal) {
  const Error none{ErrorCode::usage, "there is no terminal to ask for the passphrase on",
                   terminal.string() + " cannot be used",
                   "give --passphrase-file or --passphrase-fd"};
  const core::FileDescriptor opened(::open(terminal.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!opened.is_open()) return fail(none);
  const SilentTerminal silent(opened.get());
  if (!silent.is_silenced() || !show(opened.get(), prompt)) return fail(none);
  auto passphrase = read_line(opened.get());
  show(opened.get(), "\n");
  if (!passphrase) return passphrase;
  const auto typed = passphrase->reveal();
  if (std::find(typed.begin(), typed.end(), kInterrupt) != typed.end()) {
    return fail(refused("it was cancelled"));
  }
  return passphrase;
}

}  // namespace avow::node
