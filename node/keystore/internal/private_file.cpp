#include "node/keystore/internal/private_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file_descriptor.h"

namespace avow::node::internal {
namespace {

Error system_error(const std::string& what, const std::filesystem::path& file) {
  const int reason = errno;
  ErrorCode code = ErrorCode::storage;
  std::string fix = "see that it belongs to this user, and that the disk can be written";
  if (reason == ENOSPC || reason == EDQUOT) {
    code = ErrorCode::storage_full;
    fix = "make room on that disk, then try again";
  }
  if (reason == ENOENT) {
    code = ErrorCode::not_found;
    fix = "name a path that exists; a file that is lost comes from a backup";
  }
  return {code, what + " " + file.string(), std::strerror(reason), std::move(fix)};
}

Error exposed(const std::filesystem::path& file, std::string why, std::string fix) {
  return {ErrorCode::keystore_exposed, file.string() + " is not safe with the secrets in it",
          std::move(why), std::move(fix)};
}

Result<void, Error> sync_folder(const std::filesystem::path& folder) {
  if (!core::sync_folder(folder)) return fail(system_error("cannot sync", folder));
  return {};
}

Result<void, Error> check_private(const core::FileDescriptor& opened,
                                  const std::filesystem::path& file) {
  struct stat found {};
  if (::fstat(opened.get(), &found) != 0) return fail(system_error("cannot examine", file));
  if (!S_ISREG(found.st_mode)) return fail(exposed(file, "it is not a regular file", "remove it"));
  if (found.st_uid != ::geteuid()) {
    return fail(exposed(file, "it belongs to another user", "chown it to the node's user"));
  }
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(exposed(file, "others have permissions on it", "chmod 600 " + file.string()));
  }
  return {};
}

}  // namespace

Result<std::string, Error> read_private_file(const std::filesystem::path& file,
                                             std::size_t max_bytes) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const core::FileDescriptor opened(
      ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!opened.is_open() && errno == ELOOP) {
    return fail(exposed(file, "it is a symbolic link", "put the file itself there"));
  }
  if (!opened.is_open()) return fail(system_error("cannot open", file));
  if (auto checked = check_private(opened, file); !checked) return fail(checked.error());
  std::string text(max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(opened.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error("cannot read", file));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > max_bytes) {
    return fail(Error{ErrorCode::keystore_corrupt, file.string() + " is damaged",
                      "it is larger than " + std::to_string(max_bytes) + " bytes",
                      "restore it from a backup"});
  }
  text.resize(size);
  return text;
}

Result<void, Error> write_private_file(const std::filesystem::path& file, std::string_view text) {
  struct stat found {};
  if (::lstat(file.c_str(), &found) == 0) {
    return fail(Error{ErrorCode::conflict, file.string() + " is already there",
                      "a key is never written over", "choose another name"});
  }
  std::filesystem::path beside = file;
  beside += ".new";
  ::unlink(beside.c_str());  // what a crash may have left
  {
    const core::FileDescriptor opened(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!opened.is_open()) return fail(system_error("cannot create", beside));
    if (!core::write_durably(opened, text)) {
      const Error error = system_error("cannot write", beside);
      ::unlink(beside.c_str());
      return fail(error);
    }
  }
  if (::rename(beside.c_str(), file.c_str()) != 0) {
    const Error error = system_error("cannot put in place", file);
    ::unlink(beside.c_str());
    return fail(error);
  }
  return sync_folder(core::folder_of(file));
}

Result<void, Error> remove_private_file(const std::filesystem::path& file) {
  if (::unlink(file.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return fail(system_error("cannot remove", file));
  }
  return sync_folder(core::folder_of(file));
}

Result<void, Error> make_private_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), S_IRWXU) == 0) return sync_folder(core::folder_of(folder));
  if (errno != EEXIST) return fail(system_error("cannot create", folder));
  struct stat found {};
  if (::stat(folder.c_str(), &found) != 0) return fail(system_error("cannot examine", folder));
  if (!S_ISDIR(found.st_mode)) return fail(exposed(folder, "it is not a folder", "remove it"));
  if (found.st_uid != ::geteuid()) {
    return fail(exposed(folder, "it belongs to another user", "chown it to the node's user"));
  }
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(exposed(folder, "others may write into it", "chmod 700 " + folder.string()));
  }
  return {};
}

}  // namespace avow::node::internal
