#include "core/internal/page_checksums.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>

#include <sqlite3.h>

#include "core/sha256.h"

namespace avow::core {
namespace {

constexpr int kContentBytes = kPageBytes - kPageChecksumBytes;
constexpr int kSmallestPage = 512;  // what SQLite reads less of is a header

using Page = std::array<std::uint8_t, kPageBytes>;

/// SQLite hands us room for this and, right behind it, for the file of the layer below.
struct ChecksummedFile {
  sqlite3_file head;

  static sqlite3_file* below(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<ChecksummedFile*>(file) + 1);
  }
};

Sha256 checksum_of(const std::uint8_t* page) {
  return sha256(ByteView(page, static_cast<std::size_t>(kContentBytes)));
}

/// Calls the layer below with the same arguments.
template <auto Method>
struct PassOn;
template <class Value, class... Arguments,
          Value (*sqlite3_io_methods::*Method)(sqlite3_file*, Arguments...)>
struct PassOn<Method> {
  static Value call(sqlite3_file* file, Arguments... arguments) {
    sqlite3_file* below = ChecksummedFile::below(file);
    return (below->pMethods->*Method)(below, arguments...);
  }
};

int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  const int done = PassOn<&sqlite3_io_methods::xRead>::call(file, into, size, offset);
  if (done != SQLITE_OK || size < kSmallestPage) return done;
  if (size != kPageBytes) return SQLITE_IOERR_DATA;  // the header names another size of pages
  const auto* page = static_cast<const std::uint8_t*>(into);
  try {
    const Sha256 computed = checksum_of(page);
    return std::equal(computed.begin(), computed.end(), page + kContentBytes) ? SQLITE_OK
                                                                              : SQLITE_IOERR_DATA;
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  if (size != kPageBytes) {
    return PassOn<&sqlite3_io_methods::xWrite>::call(file, from, size, offset);
  }
  Page page;  // a copy: what SQLite gives is its cache
  std::memcpy(page.data(), from, page.size());
  try {
    const Sha256 computed = checksum_of(page.data());
    std::copy(computed.begin(), computed.end(), page.begin() + kContentBytes);
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
  return PassOn<&sqlite3_io_methods::xWrite>::call(file, page.data(), size, offset);
}

/// A mapped file would be read past us.
int fetch(sqlite3_file* /*file*/, sqlite3_int64 /*offset*/, int /*size*/, void** mapped) {
  *mapped = nullptr;
  return SQLITE_OK;
}

int unfetch(sqlite3_file* /*file*/, sqlite3_int64 /*offset*/, void* /*mapped*/) {
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods{
    3,
    PassOn<&sqlite3_io_methods::xClose>::call,
    read,
    write,
    PassOn<&sqlite3_io_methods::xTruncate>::call,
    PassOn<&sqlite3_io_methods::xSync>::call,
    PassOn<&sqlite3_io_methods::xFileSize>::call,
    PassOn<&sqlite3_io_methods::xLock>::call,
    PassOn<&sqlite3_io_methods::xUnlock>::call,
    PassOn<&sqlite3_io_methods::xCheckReservedLock>::call,
    PassOn<&sqlite3_io_methods::xFileControl>::call,
    PassOn<&sqlite3_io_methods::xSectorSize>::call,
    PassOn<&sqlite3_io_methods::xDeviceCharacteristics>::call,
    PassOn<&sqlite3_io_methods::xShmMap>::call,
    PassOn<&sqlite3_io_methods::xShmLock>::call,
    PassOn<&sqlite3_io_methods::xShmBarrier>::call,
    PassOn<&sqlite3_io_methods::xShmUnmap>::call,
    fetch,
    unfetch,
};

/// SQLite's default layer; what opens files is ours.
struct ChecksummedFiles : sqlite3_vfs {
  sqlite3_vfs* below;
};

int open(sqlite3_vfs* files, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs* below = static_cast<ChecksummedFiles*>(files)->below;
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return below->xOpen(below, name, file, flags, flags_out);
  file->pMethods = nullptr;
  const int done = below->xOpen(below, name, ChecksummedFile::below(file), flags, flags_out);
  if (done == SQLITE_OK) file->pMethods = &kMethods;
  return done;
}

ChecksummedFiles make_files() {
  sqlite3_vfs* below = sqlite3_vfs_find(nullptr);
  if (below == nullptr) throw std::runtime_error("SQLite has no file layer");
  ChecksummedFiles files{*below, below};
  files.zName = "avow";
  files.pNext = nullptr;
  files.szOsFile += static_cast<int>(sizeof(ChecksummedFile));
  files.xOpen = open;
  return files;
}

}  // namespace

const char* checksummed_files() {
  // SQLite keeps the address for as long as the process runs: the one thing here that outlives its maker.
  static ChecksummedFiles files = make_files();
  static const int registered = sqlite3_vfs_register(&files, /*makeDflt=*/0);
  if (registered != SQLITE_OK) throw std::runtime_error("SQLite takes no file layer");
  return files.zName;
}

}  // namespace avow::core
