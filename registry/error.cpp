#include "registry/error.h"

namespace avow::registry {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::malformed:
      return "malformed";
    case ErrorCode::not_canonical:
      return "not_canonical";
    case ErrorCode::wrong_network:
      return "wrong_network";
    case ErrorCode::unknown_feed:
      return "unknown_feed";
    case ErrorCode::key_not_authorised:
      return "key_not_authorised";
    case ErrorCode::bad_signature:
      return "bad_signature";
    case ErrorCode::bad_previous:
      return "bad_previous";
    case ErrorCode::time_went_back:
      return "time_went_back";
    case ErrorCode::hourly_limit:
      return "hourly_limit";
    case ErrorCode::beyond_fork:
      return "beyond_fork";
    case ErrorCode::not_a_fork:
      return "not_a_fork";
    case ErrorCode::consistency_failure:
      return "consistency_failure";
    case ErrorCode::bad_charter:
      return "bad_charter";
    case ErrorCode::charter_unsigned:
      return "charter_unsigned";
    case ErrorCode::other_charter:
      return "other_charter";
    case ErrorCode::no_charter:
      return "no_charter";
    case ErrorCode::not_a_member:
      return "not_a_member";
    case ErrorCode::feed_not_open:
      return "feed_not_open";
    case ErrorCode::feed_frozen:
      return "feed_frozen";
    case ErrorCode::restored_backup:
      return "restored_backup";
    case ErrorCode::foreign_statement:
      return "foreign_statement";
    case ErrorCode::already_signed:
      return "already_signed";
    case ErrorCode::feed_full:
      return "feed_full";
    case ErrorCode::no_effect:
      return "no_effect";
    case ErrorCode::not_released:
      return "not_released";
    case ErrorCode::guard_file:
      return "guard_file";
  }
  return "";
}

}  // namespace avow::registry
