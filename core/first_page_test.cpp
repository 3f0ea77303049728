#include "core/first_page.h"

#include <atomic>
#include <cerrno>
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/testing/notes_database.h"

namespace first_page_test {

using namespace avow::core;
using namespace avow::core::testing;

namespace {
std::atomic<bool> disk_reads_fail{false};
}  // namespace

// SQLite's reads end here instead of in the C library, so that a test can let the disk fail.
extern "C" ssize_t pread64(int descriptor, void* into, std::size_t size, off64_t offset) {
  if (!disk_reads_fail) return ::syscall(SYS_pread64, descriptor, into, size, offset);
  errno = EIO;
  return -1;
}

TEST_CASE("a disk that reads nothing is noticed while connections answer from memory",
          "[database][STORE-03]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  REQUIRE(add(*database, 1, "before"));
  REQUIRE(count(*database) == 1);
  CHECK(read_first_page(dir / "a.db"));
  disk_reads_fail = true;
  const std::int64_t from_memory = count(*database);
  const auto failed = read_first_page(dir / "a.db");
  disk_reads_fail = false;
  CHECK(from_memory == 1);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::storage);
  CHECK(read_first_page(dir / "a.db"));
  // It holds nothing open and locks nothing.
  REQUIRE(add(*database, 2, "after"));
  CHECK(count(*database) == 2);
}

TEST_CASE("a first page that is damaged or gone is a storage error", "[database][STORE-03]") {
  const TempDir dir;
  CHECK(read_first_page(dir / "a.db").error().code == ErrorCode::storage);
  { REQUIRE(add(*open_notes(dir), 1, "kept")); }
  const auto file = dir / "a.db";
  std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
  bytes.seekp(200);
  bytes.put('\x7f');
  bytes.close();
  const auto damaged = read_first_page(file);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().code == ErrorCode::storage);
}

}  // namespace first_page_test
