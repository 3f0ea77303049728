#include "registry/signing_guard.h"

#include <utility>

namespace avow::registry {
namespace {

bool is_before(const std::optional<GuardMark>& one, const GuardMark& other) {
  const auto place = [](const GuardMark& mark) { return std::pair(mark.epoch, mark.sequence); };
  return !one || place(*one) < place(other);
}

/// What was committed or released since a mark was read is newer and stays, or what was acknowledged would count as
/// released and never leave.
void bring_up(std::optional<GuardMark>& one, const std::optional<GuardMark>& to) {
  if (to && is_before(one, *to)) one = to;
}

}  // namespace

std::string_view words_of(GuardLoss loss) {
  switch (loss) {
    case GuardLoss::missing:
      return "is missing, as after a restore";
    case GuardLoss::of_another:
      return "says that another has signed nothing";
    case GuardLoss::says_nothing:
      return "says that nothing was signed, but the database has something";
  }
  return "is lost";
}

SigningGuard::SigningGuard(GuardFile& file, std::function<void(const GuardMark&)> let_leave)
    : file_(file),
      let_leave_(std::move(let_leave)),
      refusal_(Error{ErrorCode::restored_backup,
                     "the guard file was not compared with the database yet"}) {}

void SigningGuard::refuse(Error why) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(why);
}

Result<std::optional<GuardLoss>, Error> SigningGuard::loss(
    const std::optional<GuardMark>& in_file, const std::optional<GuardMark>& in_database) const {
  using Loss = std::optional<GuardLoss>;
  if (in_file) return Loss();
  return file_.presence().map([&](GuardPresence presence) {
    switch (presence) {
      case GuardPresence::missing:
        return Loss(GuardLoss::missing);
      case GuardPresence::of_another:
        return Loss(GuardLoss::of_another);
      case GuardPresence::own:
        break;
    }
    return in_database ? Loss(GuardLoss::says_nothing) : Loss();
  });
}

void SigningGuard::agree(const std::optional<GuardMark>& in_file,
                         const std::optional<GuardMark>& in_database) {
  const std::lock_guard lock(mutex_);
  refusal_.reset();
  bring_up(released_, in_file);
  bring_up(committed_, in_database);
  bring_up(committed_, released_);  // it may know of more than the database, and its owner agrees
  const bool is_first = !std::exchange(agreed_, true);
  if (is_first) {
    const auto lost = loss(in_file, in_database);
    is_lost_ = !lost || lost->has_value();
  }
  if (released_) {
    let_leave_(*released_);
  } else if (is_first && is_lost_ && committed_) {
    let_leave_(*committed_);
  }
}

Result<void, Error> SigningGuard::may_sign() const {
  const std::lock_guard lock(mutex_);
  if (refusal_) return fail(*refusal_);
  return {};
}

void SigningGuard::sign(core::Transaction& transaction, GuardMark mark) {
  transaction.after_commit([this, mark = std::move(mark)] {
    const std::lock_guard lock(mutex_);
    committed_ = mark;
  });
}

Result<void, Error> SigningGuard::release() {
  const std::lock_guard lock(mutex_);
  if (refusal_) return fail(*refusal_);
  if (committed_ == released_ || !committed_) return {};
  if (!is_before(released_, *committed_)) {
    return fail(Error{ErrorCode::restored_backup,
                      "what was signed last stands at or below a place that the guard file has"});
  }
  if (auto written = file_.write(*committed_); !written) return written;
  is_lost_ = false;
  released_ = committed_;
  let_leave_(*released_);
  return {};
}

Result<void, Error> SigningGuard::bring_forward() {
  {
    const std::lock_guard lock(mutex_);
    if (is_lost_) return {};
  }
  return release();
}

Result<void, Error> SigningGuard::renew() {
  if (auto released = release(); !released) return released;
  const std::lock_guard lock(mutex_);
  if (!is_lost_) return {};
  auto written = file_.write({});
  is_lost_ = !written;
  return written;
}

std::optional<GuardMark> SigningGuard::released() const {
  const std::lock_guard lock(mutex_);
  return released_;
}

}  // namespace avow::registry
