#include "core/secret_bytes.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <type_traits>
#include <utility>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/testing/sanitizer.h"

namespace avow::core::secret_bytes_test {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);

bool equal(ByteView a, ByteView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

TEST_CASE("a secret holds a copy of what it was given", "[core][secret_bytes]") {
  const Bytes bytes{1, 2, 3, 0, 255};
  auto secret = SecretBytes::copy_of(bytes);
  REQUIRE(secret);
  CHECK(equal(secret->reveal(), bytes));
  secret->reveal_mutable()[0] = 9;
  CHECK(secret->reveal()[0] == 9);
  CHECK(bytes[0] == 1);
}

TEST_CASE("moving a secret leaves nothing behind and copies nothing", "[core][secret_bytes]") {
  const Bytes bytes{1, 2, 3};
  auto first = SecretBytes::copy_of(bytes);
  REQUIRE(first);
  const std::uint8_t* place = first->reveal().data();
  SecretBytes second(std::move(*first));
  CHECK(first->size() == 0);  // NOLINT(bugprone-use-after-move): the point of the test
  CHECK(first->reveal().data() == nullptr);
  CHECK(second.reveal().data() == place);

  auto third = SecretBytes::copy_of(Bytes{9, 9});
  REQUIRE(third);
  *third = std::move(second);
  CHECK(second.size() == 0);  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  CHECK(third->reveal().data() == place);
  CHECK(equal(third->reveal(), bytes));
}

TEST_CASE("moving a secret onto itself keeps it", "[core][secret_bytes]") {
  auto secret = SecretBytes::copy_of(Bytes{7, 8});
  REQUIRE(secret);
  SecretBytes& same = *secret;
  *secret = std::move(same);
  CHECK(equal(secret->reveal(), Bytes{7, 8}));
}

TEST_CASE("a secret of no bytes is allowed, one larger than memory is refused",
          "[core][secret_bytes]") {
  const auto none = SecretBytes::allocate(0);
  REQUIRE(none);
  CHECK(none->reveal().empty());
  const auto huge = SecretBytes::allocate(std::numeric_limits<std::size_t>::max());
  REQUIRE_FALSE(huge);
  CHECK(huge.error().code == ErrorCode::storage);
}

// The sanitizers replace mlock by nothing: what the kernel locks is tested without.
#ifndef AVOW_SANITIZED

// How much memory of this process is locked, as the kernel counts it.
std::size_t locked_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kilobytes = 0;
    if (word == "VmLck:" && status >> kilobytes) return kilobytes;
  }
  return 0;
}

TEST_CASE("a secret is on locked memory while it lives, and no longer", "[core][secret_bytes]") {
  const std::size_t before = locked_kilobytes();
  {
    auto secret = SecretBytes::allocate(32);
    REQUIRE(secret);
    CHECK(locked_kilobytes() > before);
    const SecretBytes moved(std::move(*secret));
    CHECK(locked_kilobytes() > before);
  }
  CHECK(locked_kilobytes() == before);
}

TEST_CASE("a secret whose memory cannot be locked is refused aloud [SECRET-10]",
          "[core][secret_bytes]") {
  REQUIRE(SecretBytes::allocate(1));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // root is not bound by the limit, so the child becomes nobody
    const rlimit nothing{0, 0};
    constexpr uid_t kNobody = 65534;
    if (setrlimit(RLIMIT_MEMLOCK, &nothing) != 0) _exit(2);
    if (geteuid() == 0 && setuid(kNobody) != 0) _exit(3);
    const auto secret = SecretBytes::allocate(32);
    _exit(!secret && secret.error().code == ErrorCode::storage ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

#endif  // AVOW_MLOCK_IS_REPLACED

}  // namespace
}  // namespace avow::core::secret_bytes_test
