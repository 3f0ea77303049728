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

/// What stands where a guard file is looked for: one that tells what its owner signed, also that this was nothing; none; or
/// one that says so of another owner, and tells nothing.
enum class GuardPresence { own, missing, of_another };

/// Port: a mark kept apart from the database, so that a restored backup of the one shows.
class GuardFile {
 public:
  virtual ~GuardFile() = default;
  /// That there is none tells less than one which says that nothing was signed: it may be lost, with what it knew.
  /// fails guard_file (it cannot be told)
  virtual Result<GuardPresence, Error> presence() const = 0;
  /// Nothing if it says that nothing was signed, of whomever, or there is no file.
  /// fails guard_file (unreadable or malformed)
  virtual Result<std::optional<GuardMark>, Error> read() const = 0;
  /// Returns when the mark is durable. Nothing: nothing was signed yet.
  /// fails guard_file
  virtual Result<void, Error> write(const std::optional<GuardMark>& mark) = 0;
};

/// {"epoch":1,"sequence":41,"hash":"u…"}, or {"by":OWNER,"signed":"nothing"}, in one file, replaced atomically: written
/// beside it, fsynced, renamed, and the directory fsynced.
class DiskGuardFile final : public GuardFile {
 public:
  /// `owner` is whose signatures it counts: an organisation's SCID, or a witness's Multikey.
  DiskGuardFile(std::filesystem::path path, std::string owner)
      : path_(std::move(path)), owner_(std::move(owner)) {}
  Result<GuardPresence, Error> presence() const override;
  Result<std::optional<GuardMark>, Error> read() const override;
  Result<void, Error> write(const std::optional<GuardMark>& mark) override;

 private:
  struct Contents {
    GuardPresence presence = GuardPresence::missing;
    std::optional<GuardMark> mark = {};
  };
  Result<Contents, Error> look() const;

  const std::filesystem::path path_;
  const std::string owner_;
};

}  // namespace avow::registry
