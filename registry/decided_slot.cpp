#include "registry/decided_slot.h"

#include <algorithm>
#include <utility>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "registry/internal/governor_signature.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

using core::JsonReader;

constexpr int kMaxDepth = 17;
constexpr std::string_view kProposal = "AvowProposal";
constexpr std::string_view kDecision = "AvowDecision";

std::string identity(std::string_view type, const Slot& slot) {
  return hash_text(object_hash(core::Json::object({{"type", type}, {"slot", slot.json}})));
}

/// Does the vote say that of this slot?
bool is_about(const Vote& vote, VotePhase phase, const Slot& slot) {
  return vote.phase == phase && vote.value == slot.hash && vote.slot == slot.number &&
         vote.network == slot.network && vote.previous == slot.previous;
}

}  // namespace

ProposedSlot make_proposal(Slot slot, Vote prepare) {
  auto text = core::to_canonical(
      core::Json::object({{"type", kProposal}, {"slot", slot.json}, {"vote", prepare.json}}));
  auto hash = identity(kProposal, slot);
  return {std::move(slot), std::move(prepare), std::move(text), std::move(hash)};
}

DecidedSlot make_decision(Slot slot, std::vector<Vote> commits) {
  std::sort(commits.begin(), commits.end(),
            [](const Vote& one, const Vote& other) { return one.governor < other.governor; });
  auto votes = core::Json::array();
  for (const auto& vote : commits) votes.push_back(vote.json);
  auto text = core::to_canonical(core::Json::object(
      {{"type", kDecision}, {"slot", slot.json}, {"commits", std::move(votes)}}));
  auto hash = identity(kDecision, slot);
  return {std::move(slot), std::move(commits), std::move(text), std::move(hash)};
}

Result<ProposedSlot, Error> parse_proposal(std::string_view text) {
  const auto json = parse_canonical(text, kMaxDecidedSlotBytes, kMaxDepth);
  if (!json) return fail(json.error());
  JsonReader in(*json);
  read_literal(in, "type", kProposal);
  const auto* content = in.object("slot");
  const auto* prepare = in.object("vote");
  if (const auto fault = in.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  auto slot = parse_slot(core::to_canonical(*content));
  if (!slot) return fail(slot.error());
  auto vote = parse_vote(core::to_canonical(*prepare));
  if (!vote) return fail(vote.error());
  if (!is_about(*vote, VotePhase::prepare, *slot)) {
    return fail(Error{ErrorCode::not_proposed, "its vote is no prepare for it"});
  }
  return make_proposal(std::move(*slot), std::move(*vote));
}

Result<DecidedSlot, Error> parse_decision(std::string_view text) {
  const auto json = parse_canonical(text, kMaxDecidedSlotBytes, kMaxDepth);
  if (!json) return fail(json.error());
  JsonReader in(*json);
  read_literal(in, "type", kDecision);
  const auto* content = in.object("slot");
  const auto* commits = in.array("commits", kMaxGovernors);
  if (const auto fault = in.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  auto slot = parse_slot(core::to_canonical(*content));
  if (!slot) return fail(slot.error());
  std::vector<Vote> votes;
  for (const auto& item : *commits) {
    auto vote = parse_vote(core::to_canonical(item));
    if (!vote) return fail(vote.error());
    if (!is_about(*vote, VotePhase::commit, *slot) ||
        (!votes.empty() && vote->round != votes.front().round)) {
      return fail(Error{ErrorCode::not_decided, "its votes are not commits to it in one round"});
    }
    if (!votes.empty() && vote->governor <= votes.back().governor) {
      return fail(Error{ErrorCode::not_decided, "its governors do not stand once each, in order"});
    }
    votes.push_back(std::move(*vote));
  }
  return make_decision(std::move(*slot), std::move(votes));
}

namespace {

/// All that check_vote asks but the signature.
Result<void, Error> check_place(const Vote& vote, const Charter& charter) {
  if (vote.network != charter.network) {
    return fail(Error{ErrorCode::wrong_network, "it belongs to another network"});
  }
  if (vote.slot <= charter.slot()) {
    return fail(Error{ErrorCode::slot_decided, "its slot is decided"});
  }
  if (vote.slot != charter.slot() + 1 || vote.previous != charter.slot_hash()) {
    return fail(Error{ErrorCode::bad_slot, "it does not follow the last slot"});
  }
  return check_governs(signed_by(vote), charter);
}

}  // namespace

Result<void, Error> check_vote(const Vote& vote, const Charter& charter, const LogOf& log_of) {
  if (auto stands = check_place(vote, charter); !stands) return stands;
  if (const auto good = check_vote_signature(signed_by(vote), log_of, charter); !good) {
    return fail(good.error());
  }
  return {};
}

Result<DecidedSlot, Error> check_decision(const DecidedSlot& decided, const Charter& charter,
                                          const LogOf& log_of) {
  std::vector<Vote> good;
  std::size_t unknown = 0;
  for (const auto& vote : decided.commits) {
    if (const auto stands = check_place(vote, charter); !stands) return fail(stands.error());
    const auto checked = check_commit_signature(signed_by(vote), log_of, charter);
    if (checked) {
      good.push_back(vote);
    } else if (checked.error().code == ErrorCode::epoch_unknown) {
      ++unknown;
    }
  }
  const auto needed = static_cast<std::size_t>(charter.quorum);
  if (good.size() >= needed) return make_decision(decided.slot, std::move(good));
  if (good.size() + unknown >= needed) {
    return fail(Error{ErrorCode::epoch_unknown, "the keys of " + std::to_string(unknown) +
                                                    " of its governors are not known here"});
  }
  return fail(Error{ErrorCode::not_decided, std::to_string(good.size()) + " good commits of the " +
                                                std::to_string(needed) + " that decide"});
}

}  // namespace avow::registry
