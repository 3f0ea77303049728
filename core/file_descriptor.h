#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace avow::core {

/// Owns a file descriptor and closes it; -1 is none.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number = -1) : number_(number) {}
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    FileDescriptor taken(std::move(other));
    std::swap(number_, taken.number_);
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  bool is_open() const { return number_ >= 0; }
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// Writes the whole text and waits until it is on disk. False: errno says why.
bool write_durably(const FileDescriptor& file, std::string_view text);

/// Waits until what was made, renamed or removed in a folder is on disk. False: errno says why.
bool sync_folder(const std::filesystem::path& folder);

/// The folder that a file lies in; "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& file);

}  // namespace avow::core
