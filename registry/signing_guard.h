#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

#include "core/database.h"
#include "registry/error.h"
#include "registry/guard_file.h"

namespace avow::registry {

/// Why a guard file does not know what was signed: there is none; it says that another signed nothing; it says that nothing
/// was signed, where the database knows better.
enum class GuardLoss { missing, of_another, says_nothing };
/// What follows the file's name.
std::string_view words_of(GuardLoss loss);

/// Keeps a key from signing one position twice, also when a backup of the database is restored: the row is committed,
/// then the guard file is durable, then the signature leaves. Nothing is signed until the guard file was compared with
/// the database, which is its owner's to do. Thread-safe.
class SigningGuard {
 public:
  /// `let_leave` is told how far what was signed may leave; under the guard's lock, so that it only goes forward.
  explicit SigningGuard(
      GuardFile& file, std::function<void(const GuardMark&)> let_leave = [](const GuardMark&) {});

  /// fails guard_file
  Result<std::optional<GuardMark>, Error> in_file() const { return file_.read(); }
  /// They were compared, and this is why nothing is signed.
  void refuse(Error why);
  /// Nothing if the file was not lost.
  /// fails guard_file
  Result<std::optional<GuardLoss>, Error> loss(const std::optional<GuardMark>& in_file,
                                               const std::optional<GuardMark>& in_database) const;
  /// They were compared and agree; `in_database` is the last that was signed and committed. What a node whose file is lost
  /// finds in its database leaves all the same: held back, it would stop the change log for everybody's after it.
  void agree(const std::optional<GuardMark>& in_file, const std::optional<GuardMark>& in_database);
  /// fails as it was refused; restored_backup (they were never compared)
  Result<void, Error> may_sign() const;

  /// `mark` was signed, if the transaction is committed.
  void sign(core::Transaction& transaction, GuardMark mark);
  /// Brings the guard file up to what is committed and lets that leave.
  /// fails guard_file, restored_backup (what was signed last is not above what the file has), and what may_sign fails with
  Result<void, Error> release();
  /// release(), unless the file was lost when they were compared first: one that is made without need hides that.
  Result<void, Error> bring_forward();
  /// Makes a file that was lost: enough others know what was signed.
  /// fails as release
  Result<void, Error> renew();
  std::optional<GuardMark> released() const;

 private:
  GuardFile& file_;
  const std::function<void(const GuardMark&)> let_leave_;
  mutable std::mutex mutex_;  // guards what is below
  std::optional<Error> refusal_;
  bool agreed_ = false;                 // once
  bool is_lost_ = false;                // then, and not made since
  std::optional<GuardMark> committed_;  // the last in the database
  std::optional<GuardMark> released_;   // the last in the guard file
};

}  // namespace avow::registry
