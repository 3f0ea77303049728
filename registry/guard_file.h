#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "registry/error.h"

namespace avow::registry {

/// The last position of our own feed that may have left this node.
struct GuardMark {
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  std::string hash;

  friend bool operator==(const GuardMark&, const GuardMark&) = default;
};

/// Port: a mark kept apart from the database, so that a restored backup of the one shows.
class GuardFile {
 public:
  virtual ~GuardFile() = default;
  /// Is there one? That there is none tells less than one which says that nothing was signed: it may be lost, with what
  /// it knew.
  virtual bool exists() const = 0;
  /// Nothing if it says that nothing was signed, or there is no file.
  /// fails guard_file (unreadable or malformed)
  virtual Result<std::optional<GuardMark>, Error> read() const = 0;
  /// Returns when the mark is durable. Nothing: nothing was signed yet.
  /// fails guard_file
  virtual Result<void, Error> write(const std::optional<GuardMark>& mark) = 0;
};

/// {"epoch":1,"sequence":41,"hash":"u…"}, or {"signed":"nothing"}, in one file, replaced atomically: written beside it,
/// fsynced, renamed, and the directory fsynced.
class DiskGuardFile final : public GuardFile {
 public:
  explicit DiskGuardFile(std::filesystem::path path) : path_(std::move(path)) {}
  bool exists() const override;
  Result<std::optional<GuardMark>, Error> read() const override;
  Result<void, Error> write(const std::optional<GuardMark>& mark) override;

 private:
  const std::filesystem::path path_;
};

}  // namespace avow::registry
