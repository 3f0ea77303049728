#include "node/keystore/passphrase.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "core/testing/temp_dir.h"

namespace passphrase_test {

using namespace avow;
using namespace avow::node;
using core::testing::TempDir;

namespace {

Result<core::SecretBytes, Error> from_file_with(std::string_view text) {
  const TempDir dir;
  std::ofstream(dir / "passphrase", std::ios::binary) << text;
  return passphrase_from_file(dir / "passphrase");
}

std::string revealed(const Result<core::SecretBytes, Error>& passphrase) {
  REQUIRE(passphrase);
  return std::string(core::as_text(passphrase->reveal()));
}

/// A terminal with us at the keyboard.
class Keyboard {
 public:
  Keyboard() : descriptor_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(descriptor_ >= 0);
    REQUIRE(::grantpt(descriptor_) == 0);
    REQUIRE(::unlockpt(descriptor_) == 0);
    terminal_ = ::ptsname(descriptor_);
    held_ = ::open(terminal_.c_str(), O_RDWR | O_NOCTTY);
    REQUIRE(held_ >= 0);
  }
  ~Keyboard() {
    ::close(held_);
    ::close(descriptor_);
  }
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  const std::string& terminal() const { return terminal_; }
  bool echoes() const {
    termios settings{};
    REQUIRE(::tcgetattr(held_, &settings) == 0);
    return (settings.c_lflag & static_cast<tcflag_t>(ECHO)) != 0;
  }
  void type(std::string_view text) const {
    REQUIRE(::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  /// What is on the screen, up to and with the first appearance of `last`.
  std::string screen_until(std::string_view last) const {
    std::string shown;
    std::array<char, 256> part{};
    while (shown.find(last) == std::string::npos) {
      const ssize_t got = ::read(descriptor_, part.data(), part.size());
      REQUIRE(got > 0);
      shown.append(part.data(), static_cast<std::size_t>(got));
    }
    return shown;
  }

 private:
  int descriptor_;
  int held_ = -1;
  std::string terminal_;
};

}  // namespace

TEST_CASE("a passphrase is the first line of a file", "[passphrase]") {
  CHECK(revealed(from_file_with("correct horse\n")) == "correct horse");
  CHECK(revealed(from_file_with("correct horse")) == "correct horse");
  CHECK(revealed(from_file_with(" spaced \nsecond line\n")) == " spaced ");
}

TEST_CASE("a passphrase has 1 to 1024 bytes", "[passphrase]") {
  CHECK(from_file_with("").error().code == ErrorCode::usage);
  CHECK(from_file_with("\nsecond\n").error().code == ErrorCode::usage);
  CHECK(revealed(from_file_with(std::string(1024, 'a') + "\n")).size() == 1024);
  CHECK(from_file_with(std::string(1025, 'a') + "\n").error().code == ErrorCode::usage);
}

TEST_CASE("a passphrase file that is not there or cannot be read is said so", "[passphrase]") {
  const TempDir dir;
  CHECK(passphrase_from_file(dir / "none").error().code == ErrorCode::not_found);
  const auto file = dir / "passphrase";
  std::ofstream(file) << "a passphrase\n";
  CHECK(passphrase_from_file(file / "x").error().code == ErrorCode::configuration);
  CHECK(passphrase_from_file(dir.path()).error().code == ErrorCode::invalid_input);
  CHECK(passphrase_from_descriptor(-1).error().code == ErrorCode::invalid_input);
}

TEST_CASE("a descriptor gives one passphrase a line and keeps the rest", "[passphrase]") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  REQUIRE(::write(pipe[1], "one\ntwo\n", 8) == 8);
  ::close(pipe[1]);
  CHECK(revealed(passphrase_from_descriptor(pipe[0])) == "one");
  CHECK(revealed(passphrase_from_descriptor(pipe[0])) == "two");
  CHECK(passphrase_from_descriptor(pipe[0]).error().code == ErrorCode::usage);
  ::close(pipe[0]);
}

TEST_CASE("a terminal asks, shows nothing of the answer, and echoes again after", "[passphrase]") {
  const Keyboard keyboard;
  REQUIRE(keyboard.echoes());
  Result<core::SecretBytes, Error> answer = fail(Error{ErrorCode::internal, "not asked"});
  std::thread asking(
      [&] { answer = passphrase_from_terminal("Passphrase: ", keyboard.terminal()); });
  CHECK(keyboard.screen_until("Passphrase: ") == "Passphrase: ");
  CHECK_FALSE(keyboard.echoes());
  keyboard.type("correct horse\n");
  CHECK(keyboard.screen_until("\n") == "\r\n");
  asking.join();
  CHECK(revealed(answer) == "correct horse");
  CHECK(keyboard.echoes());
}

TEST_CASE("Ctrl-C at the prompt cancels and leaves the terminal as it was", "[passphrase]") {
  const Keyboard keyboard;
  Result<core::SecretBytes, Error> answer = fail(Error{ErrorCode::internal, "not asked"});
  std::thread asking([&] { answer = passphrase_from_terminal("? ", keyboard.terminal()); });
  keyboard.screen_until("? ");
  keyboard.type("corr\x03\n");
  asking.join();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::usage);
  CHECK(keyboard.echoes());
}

TEST_CASE("without a terminal the person is told of the other ways", "[passphrase]") {
  const auto refused = passphrase_from_terminal("? ", "/dev/null");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::usage);
  CHECK_THAT(refused.error().fix, Catch::Contains("--passphrase-file"));
}

TEST_CASE("a new passphrase has at least 12 characters", "[passphrase]") {
  const auto is_enough = [](std::string_view text) {
    const auto passphrase = core::SecretBytes::copy_of(core::as_bytes(text));
    REQUIRE(passphrase);
    const auto checked = check_new_passphrase(*passphrase);
    if (!checked) CHECK(checked.error().code == ErrorCode::usage);
    return checked.has_value();
  };
  CHECK(is_enough("123456789012"));
  CHECK_FALSE(is_enough("12345678901"));
  CHECK_FALSE(is_enough("a"));
  // Characters are counted, not bytes: 11 and 12 of two bytes each.
  std::string umlauts;
  for (int i = 0; i < 11; ++i) umlauts += "\xC3\xBC";
  CHECK_FALSE(is_enough(umlauts));
  CHECK(is_enough(umlauts + "\xC3\xBC"));
}

TEST_CASE("a passphrase file is its owner's alone, or is known not to be", "[passphrase]") {
  const TempDir dir;
  const auto file = dir / "passphrase";
  std::ofstream(file) << "correct horse";
  const auto with_mode = [&](unsigned mode) {
    std::filesystem::permissions(file, std::filesystem::perms(mode));
    return is_readable_by_others(file);
  };
  CHECK_FALSE(with_mode(0600));
  CHECK_FALSE(with_mode(0400));
  CHECK_FALSE(with_mode(0711));
  CHECK(with_mode(0440));
  CHECK(with_mode(0404));
  CHECK(with_mode(0444));
  CHECK_FALSE(is_readable_by_others(dir.path()));
  CHECK_FALSE(is_readable_by_others(dir / "none"));
}

}  // namespace passphrase_test
