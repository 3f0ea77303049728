#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace avow::registry {

enum class ErrorCode {
  // form: such a text is not a statement, head, proof or charter at all
  too_large,
  malformed,      // JSON, a member missing, unknown or of the wrong type, a value out of range
  not_canonical,  // the text is not its own RFC 8785 text
  // judging what is well formed
  wrong_network,
  unknown_feed,
  key_not_authorised,  // no such key in the log entry of that epoch
  epoch_unknown,       // the log entry of its epoch is not known here, so its key is not
  bad_signature,
  bad_previous,  // an opening that continues neither the network id nor an earlier statement of its feed
  time_went_back,  // earlier than the statement before it
  hourly_limit,
  beyond_fork,          // at or above a proven fork, and not part of its evidence
  beyond_cut,           // its author was evicted, and it lies after the last statement that counts
  not_a_fork,           // a "proof" whose statements do not contradict each other
  consistency_failure,  // a signed head contradicts the statements of its feed
  epoch_closed,         // a head of an epoch that a later one has closed
  bad_log_entry,        // it may not follow in its member's log
  not_a_witness,  // whose proof it is, or who is asked for one, is none of the witnesses in question
  log_forked,     // at or above a proven fork of its log
  entries_missing,  // a witness is asked for an entry, and does not know those before it
  not_yet_valid,    // a witness is asked for an entry whose time lies ahead
  // charter
  bad_charter,
  charter_unsigned,  // not signed by every founder
  other_charter,     // another network's than the one this store belongs to
  // governance
  bad_slot,        // does not follow the slot before, or says what cannot be
  not_a_governor,  // of the slot in question, or with keys of a log version before the one named
  slot_decided,    // a vote or proposal for a slot that is decided
  too_many_votes,  // a third vote of one governor in one round and phase
  not_proposed,    // no governor's prepare names this slot
  not_decided,     // no quorum of good commits for it
  vote_refused,  // the rules of voting do not allow this vote; the detail begins with the VoteRefusal
  governance_stopped,  // two values of one slot are decided, or the last slot has rules that are not known here
  emergency_too_soon,  // this governor signed another for the same member less than 7 days apart
  // our own feed
  no_charter,
  not_a_member,
  feed_not_open,
  feed_frozen,
  restored_backup,    // the guard file knows of a later statement than the database
  foreign_statement,  // our feed goes on with a statement that this node did not make
  already_signed,     // this position was signed before
  feed_full,          // members would not keep it: a feed has no room for more
  no_effect,          // members would accept it and make nothing of it
  not_released,       // the last statement is not known to the guard file yet
  guard_file,         // cannot be read or written
};

/// As programs see it, equal to the enumerator's name.
std::string_view code_name(ErrorCode code);

/// `code` for programs, `detail` for people.
struct Error {
  ErrorCode code;
  std::string detail;
};

/// Of a charter that breaks the rules for charters.
Error bad_charter(std::string detail);

/// A fault of the rooms below, kept in the detail: too_large stays, everything else is `code`.
Error from_core(const core::Error& cause, ErrorCode code = ErrorCode::malformed);

using core::fail;
using core::Result;

}  // namespace avow::registry
