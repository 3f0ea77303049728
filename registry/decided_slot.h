#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/charter.h"
#include "registry/error.h"
#include "registry/slot.h"
#include "registry/vote.h"

namespace avow::registry {

/// A slot that a governor has prepared, with that vote: whoever would flood others with slots must sign for each.
struct ProposedSlot {
  Slot slot;
  Vote vote;         // a prepare for it
  std::string text;  // {"type":"AvowProposal","slot","vote"}, canonical
  std::string hash;  // "u" + SHA-256(0x00 ‖ JCS of {"type","slot"})
};

/// A slot with the quorum of commits that decided it. Proves itself.
struct DecidedSlot {
  Slot slot;
  std::vector<Vote> commits;  // of one round, by governors in order, each once
  std::string text;           // {"type":"AvowDecision","slot","commits"}, canonical
  std::string hash;  // "u" + SHA-256(0x00 ‖ JCS of {"type","slot"}): whatever quorum is shown
};

inline constexpr std::size_t kMaxDecidedSlotBytes =
    kMaxSlotBytes + kMaxGovernors * 1024;  // a vote is some 700 bytes

ProposedSlot make_proposal(Slot slot, Vote prepare);
DecidedSlot make_decision(Slot slot, std::vector<Vote> commits);

/// Read for form: fails too_large, malformed, not_canonical, not_proposed or not_decided (a vote that is about something
/// else, or governors not in order, each once). Signatures are checked by check_vote.
Result<ProposedSlot, Error> parse_proposal(std::string_view text);
Result<DecidedSlot, Error> parse_decision(std::string_view text);

/// Is this a vote on the slot after `charter`, by one of its governors?
/// fails wrong_network, slot_decided (of a slot before), bad_slot (it does not follow), not_a_governor, epoch_unknown,
///       key_not_authorised, bad_signature
Result<void, Error> check_vote(const Vote& vote, const Charter& charter, const LogOf& log_of);

/// Do these commits decide the slot after `charter`? A quorum of them must be good by the keys known here. One by a key that
/// no entry here lists may be good by another entry of that version, unless that is the first; then it says nothing.
/// gives the decision with the good ones alone
/// fails not_decided (fewer than a quorum), epoch_unknown (as long as they may be one), not_a_governor, and what else
///       check_vote fails with for what no log decides
Result<DecidedSlot, Error> check_decision(const DecidedSlot& decided, const Charter& charter,
                                          const LogOf& log_of);

}  // namespace avow::registry
