#include "registry/error.h"

#include <array>
#include <cstddef>

#include "core/enum_table.h"

namespace avow::registry {
namespace {

using Row = core::Named<ErrorCode>;

constexpr std::array kCodes{
    Row{ErrorCode::too_large, "too_large"},
    Row{ErrorCode::malformed, "malformed"},
    Row{ErrorCode::not_canonical, "not_canonical"},
    Row{ErrorCode::wrong_network, "wrong_network"},
    Row{ErrorCode::unknown_feed, "unknown_feed"},
    Row{ErrorCode::key_not_authorised, "key_not_authorised"},
    Row{ErrorCode::epoch_unknown, "epoch_unknown"},
    Row{ErrorCode::bad_signature, "bad_signature"},
    Row{ErrorCode::bad_previous, "bad_previous"},
    Row{ErrorCode::time_went_back, "time_went_back"},
    Row{ErrorCode::hourly_limit, "hourly_limit"},
    Row{ErrorCode::beyond_fork, "beyond_fork"},
    Row{ErrorCode::beyond_cut, "beyond_cut"},
    Row{ErrorCode::not_a_fork, "not_a_fork"},
    Row{ErrorCode::consistency_failure, "consistency_failure"},
    Row{ErrorCode::epoch_closed, "epoch_closed"},
    Row{ErrorCode::bad_log_entry, "bad_log_entry"},
    Row{ErrorCode::not_a_witness, "not_a_witness"},
    Row{ErrorCode::log_forked, "log_forked"},
    Row{ErrorCode::entries_missing, "entries_missing"},
    Row{ErrorCode::not_yet_valid, "not_yet_valid"},
    Row{ErrorCode::bad_charter, "bad_charter"},
    Row{ErrorCode::charter_unsigned, "charter_unsigned"},
    Row{ErrorCode::other_charter, "other_charter"},
    Row{ErrorCode::bad_slot, "bad_slot"},
    Row{ErrorCode::not_a_governor, "not_a_governor"},
    Row{ErrorCode::slot_decided, "slot_decided"},
    Row{ErrorCode::too_many_votes, "too_many_votes"},
    Row{ErrorCode::not_proposed, "not_proposed"},
    Row{ErrorCode::not_decided, "not_decided"},
    Row{ErrorCode::vote_refused, "vote_refused"},
    Row{ErrorCode::governance_stopped, "governance_stopped"},
    Row{ErrorCode::emergency_too_soon, "emergency_too_soon"},
    Row{ErrorCode::no_charter, "no_charter"},
    Row{ErrorCode::not_a_member, "not_a_member"},
    Row{ErrorCode::feed_not_open, "feed_not_open"},
    Row{ErrorCode::feed_frozen, "feed_frozen"},
    Row{ErrorCode::restored_backup, "restored_backup"},
    Row{ErrorCode::foreign_statement, "foreign_statement"},
    Row{ErrorCode::already_signed, "already_signed"},
    Row{ErrorCode::feed_full, "feed_full"},
    Row{ErrorCode::no_effect, "no_effect"},
    Row{ErrorCode::not_released, "not_released"},
    Row{ErrorCode::guard_file, "guard_file"},
};
static_assert(core::is_row_for_each(kCodes, &Row::value, ErrorCode::guard_file));

}  // namespace

std::string_view code_name(ErrorCode code) {
  return kCodes[static_cast<std::size_t>(code)].name;
}

Error bad_charter(std::string detail) {
  return {ErrorCode::bad_charter, std::move(detail)};
}

}  // namespace avow::registry
