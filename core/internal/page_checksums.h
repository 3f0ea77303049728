#pragma once

namespace avow::core {

inline constexpr int kPageBytes = 4096;
/// At the end of each page: the SHA-256 of what stands before it.
inline constexpr int kPageChecksumBytes = 32;

/// The name of SQLite's default file layer with a checksum in each page of a database's main file: computed when the
/// page is written, compared when it is read. A page that does not match is SQLITE_IOERR_DATA. Whoever opens a
/// database through it reserves kPageChecksumBytes at the end of the pages before the first is written.
///
/// What waits in the write-ahead log has SQLite's own checksums, which are compared when the log is recovered.
const char* checksummed_files();

}  // namespace avow::core
