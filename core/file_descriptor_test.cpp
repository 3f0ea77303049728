#include "core/file_descriptor.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>

#include "core/testing/temp_dir.h"

namespace avow::core::file_descriptor_test {
namespace {

bool is_open(int number) {
  return ::fcntl(number, F_GETFD) != -1;
}

int open_null() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST_CASE("a descriptor is closed when its owner goes", "[core][file_descriptor]") {
  const int number = open_null();
  {
    const FileDescriptor owner(number);
    CHECK(owner.is_open());
    CHECK(owner.get() == number);
  }
  CHECK_FALSE(is_open(number));
  CHECK_FALSE(FileDescriptor().is_open());
}

TEST_CASE("a descriptor that is moved or released has one owner", "[core][file_descriptor]") {
  const int first = open_null();
  const int second = open_null();
  FileDescriptor owner(first);
  owner = FileDescriptor(second);
  CHECK_FALSE(is_open(first));
  {
    const FileDescriptor taken(std::move(owner));
    CHECK(taken.get() == second);
  }
  CHECK_FALSE(is_open(second));

  const int third = open_null();
  { CHECK(FileDescriptor(third).release() == third); }
  CHECK(is_open(third));
  ::close(third);
}

TEST_CASE("a text is written whole, and a failure says why", "[core][file_descriptor]") {
  const testing::TempDir folder;
  const auto path = folder / "text";
  const std::string text(300'000, 'x');
  {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(file.is_open());
    CHECK(write_durably(file, text));
  }
  std::ifstream in(path);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == text);

  const FileDescriptor read_only(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  errno = 0;
  CHECK_FALSE(write_durably(read_only, "y"));
  CHECK(errno == EBADF);
}

TEST_CASE("a folder is synced, a file or nothing is not", "[core][file_descriptor]") {
  const testing::TempDir folder;
  CHECK(sync_folder(folder.path()));
  std::ofstream(folder / "file") << "x";
  CHECK_FALSE(sync_folder(folder / "file"));
  CHECK(errno == ENOTDIR);
  CHECK_FALSE(sync_folder(folder / "absent"));
  CHECK(errno == ENOENT);
  CHECK(folder_of("a/b") == "a");
  CHECK(folder_of("b") == ".");
}

}  // namespace
}  // namespace avow::core::file_descriptor_test
