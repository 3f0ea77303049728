#include "node/governance.h"

#include <algorithm>
#include <utility>

#include "core/base58btc.h"
#include "node/transaction.h"

namespace avow::node {
namespace {

Error overtaken() {
  return {ErrorCode::conflict, "this is no longer what may be signed next",
          "other votes have come since it was shown", "see: avow govern show"};
}

/// The ballot of the rules for what a person was shown; nothing if that is not what comes next.
std::optional<registry::Ballot> ballot_for(const Governance::Ballot& shown,
                                           const registry::Election& election,
                                           const std::string& scid) {
  const auto own = election.signed_by(scid);
  if (shown.slot != election.charter().slot() + 1) return std::nullopt;
  auto ballot = registry::next_vote(own, election.tally()).ballot;
  // A round can be left at any time; what may be taken is what next_vote says.
  if (shown.phase == registry::VotePhase::close)
    ballot = registry::closing_ballot(own, election.tally());
  if (ballot.phase != shown.phase || ballot.round != shown.round) return std::nullopt;
  const bool is_free = ballot.phase == registry::VotePhase::prepare && ballot.value == 0;
  if (!is_free && election.hash_of(ballot.value) != shown.value) return std::nullopt;
  return ballot;
}

/// Why no vote is signed: of a feed another thing is to be done.
Error refusal_to_vote(const registry::Error& fault) {
  Error error = from_registry(fault, "this node refuses to vote");
  const bool is_restored = fault.code == registry::ErrorCode::restored_backup;
  if (is_restored || fault.code == registry::ErrorCode::foreign_statement)
    error.fix =
        "stop every other copy of this node; if its database was put back, put the newest one "
        "back: no rotation or recovery brings votes back, and this node votes again when its peers "
        "have given it all of them, or the others have decided that slot (four governors or more). "
        "If neither is so, the key is stolen: stop the node, `avow key rotate`, start it";
  return error;
}

core::Json audit_detail(const registry::Vote& vote) {
  return core::Json::object({{"slot", vote.slot},
                             {"round", vote.round},
                             {"phase", registry::name_of(vote.phase)},
                             {"value", vote.value}});
}

/// A SHA-256 multihash in base58btc, as did:webvh's version ids have it.
bool is_entry_hash(std::string_view text) {
  const auto bytes = core::from_base58btc(text);
  return bytes && bytes->size() == 34 && (*bytes)[0] == 0x12 && (*bytes)[1] == 0x20;
}

bool is_settlement(const core::Json& action) {
  const auto* name = action.find_string("action");
  return name != nullptr && *name == "settle";
}

/// Asked before it is proposed, and of no slot that is decided: those stay good.
Result<void, Error> check_settlement(const core::Json& action) {
  const auto* hash = action.find_string("entryHash");
  if (!is_settlement(action) || hash == nullptr || is_entry_hash(*hash)) return {};
  return fail(Error{ErrorCode::invalid_input, "no entry of a log can have this entryHash",
                    "it is no SHA-256 multihash in base58btc (\"Qm…\")",
                    "take what follows \"<version>-\" in the versionId of the entry"});
}

/// A settlement is final, and while nobody has the entry that it names, witnesses sign nothing above it.
/// gives what to say of it before anybody signs; nothing if that entry is here
std::string doubt_about(const registry::View& view, const core::Json& action) {
  const auto* scid = action.find_string("scid");
  const auto* hash = action.find_string("entryHash");
  if (!is_settlement(action) || scid == nullptr || hash == nullptr) return "";
  const auto* version = action.find("version");
  const auto* number = version == nullptr ? nullptr : version->as_integer();
  const auto* log = view.log(*scid);  // none, before the slot that admits it
  if (number == nullptr || (log != nullptr && log->holds(*number, *hash))) return "";
  return " (NOT HELD HERE: no entry with that hash is known to this node. If it is mistyped, no "
         "witness signs a later version until governors settle that too)";
}

}  // namespace

std::vector<std::string> words_before_signing(const registry::View& view,
                                              const registry::Charter& before,
                                              const registry::Slot& slot) {
  auto words = registry::in_words(before, slot);
  const auto& actions = *slot.json.find("actions")->as_array();
  for (std::size_t i = 0; i < actions.size() && i < words.size(); ++i)
    words[i] += doubt_about(view, actions[i]);
  return words;
}

Result<void, Error> Governance::check() {
  const auto compare = [&]() -> Result<std::optional<registry::Error>, Error> {
    std::optional<registry::Error> fault;
    const auto read = parts_.database.read([&](core::Connection& connection) {
      if (auto checked = parts_.votes.check(connection); !checked) fault = checked.error();
    });
    if (!read) return fail(from_core(read.error(), "cannot read the own votes"));
    return fault;
  };
  auto fault = compare();
  if (fault && *fault && (*fault)->code == registry::ErrorCode::restored_backup && recall())
    fault = compare();
  if (!fault) return fail(fault.error());
  if (*fault) return fail(refusal_to_vote(**fault));
  if (!parts_.membership.may_sign()) return {};
  // Whoever had to be heard was: a guard file that was lost is made, of what was compared just now.
  if (const auto made = parts_.votes.renew_guard(); !made)
    return fail(from_registry(made.error(), "the guard file of votes cannot be written"));
  return {};
}

/// gives whether what the database has forgotten came back from others
bool Governance::recall() {
  const auto recalled =
      transact(parts_.database, "cannot store the own votes",
               [&](core::Transaction& transaction) -> Result<void, Error> {
                 if (const auto votes = parts_.votes.recall(transaction); !votes)
                   return fail(from_registry(votes.error(), "the own votes have not come back"));
                 return {};
               });
  if (recalled) parts_.log.info("votes_recalled", core::Json::object({}));
  return recalled.has_value();
}

Result<void, Error> Governance::check_may_vote() {
  if (auto may = parts_.membership.check_may_sign(); !may) return may;
  const std::lock_guard turn(turn_);
  return check();
}

void Governance::begin() {
  if (!parts_.membership.joined()) return;
  const std::lock_guard turn(turn_);
  const auto checked = check();
  if (checked) return;
  parts_.log.error("refuses_to_vote", core::Json::object({{"code", code_name(checked.error().code)},
                                                          {"why", checked.error().why}}));
}

Result<SlotDraft, Error> Governance::draft(core::Json::Array actions) const {
  const auto view = parts_.replica.view();
  if (view == nullptr)
    return fail(from_registry({registry::ErrorCode::no_charter, "this node has no charter yet"},
                              "nothing can be proposed"));
  auto slot = registry::draft_slot(view->charter(), std::move(actions), parts_.allow_localhost);
  if (!slot) return fail(from_registry(slot.error(), "this cannot be decided"));
  for (const auto& action : *slot->json.find("actions")->as_array()) {
    if (auto checked = check_settlement(action); !checked) return fail(checked.error());
  }
  auto words = words_before_signing(*view, view->charter(), *slot);
  return SlotDraft{std::move(*slot), std::move(words)};
}

Result<void, Error> Governance::act(
    std::string_view what, const std::function<Result<void, Error>(core::Transaction&)>& work) {
  if (auto may = parts_.membership.check_may_sign(); !may) return may;
  const std::lock_guard turn(turn_);
  if (auto checked = check(); !checked) return checked;
  if (auto done = transact(parts_.database, what, work); !done) return done;
  if (auto released = parts_.votes.release(); !released)
    return fail(from_registry(released.error(), "the guard file of votes cannot be written"));
  on_said();
  return {};
}

Result<registry::Vote, Error> Governance::propose(core::Json::Array actions,
                                                  const std::string& hash,
                                                  const std::string& actor) {
  const auto drafted = draft(std::move(actions));
  if (!drafted) return fail(drafted.error());
  if (drafted->slot.hash != hash) return fail(overtaken());
  registry::Vote signed_vote;
  auto done =
      act("cannot store the proposal", [&](core::Transaction& transaction) -> Result<void, Error> {
        const auto now = parts_.clock.now();
        auto vote = parts_.votes.propose(transaction, drafted->slot, now);
        if (!vote) return fail(from_registry(vote.error(), "cannot propose this"));
        signed_vote = std::move(*vote);
        parts_.audit.append(transaction, now,
                            {actor, "govern.propose", hash, audit_detail(signed_vote)});
        return {};
      });
  if (!done) return fail(done.error());
  return signed_vote;
}

Result<registry::Vote, Error> Governance::vote(const Ballot& shown, const std::string& actor) {
  registry::Vote signed_vote;
  auto done =
      act("cannot store the vote", [&](core::Transaction& transaction) -> Result<void, Error> {
        const auto now = parts_.clock.now();
        registry::FeedReader store(transaction);
        const auto election = parts_.replica.election(store);
        if (!election) return fail(from_registry(election.error(), "there is nothing to vote on"));
        const auto ballot = ballot_for(shown, *election, parts_.organisation.entry.scid);
        const bool is_blind = !shown.value.empty() && !election->proposals().contains(shown.value);
        if (!ballot || (is_blind && shown.phase != registry::VotePhase::close))
          return fail(overtaken());
        auto vote = parts_.votes.vote(transaction, shown.slot, *ballot, shown.value, now);
        if (!vote) return fail(from_registry(vote.error(), "this vote is not signed"));
        signed_vote = std::move(*vote);
        parts_.audit.append(transaction, now,
                            {actor, "govern.vote", shown.value, audit_detail(signed_vote)});
        return {};
      });
  if (!done) return fail(done.error());
  return signed_vote;
}

Result<registry::Emergency, Error> Governance::suspend(const std::string& scid, core::Instant from,
                                                       core::Instant until,
                                                       const std::string& actor) {
  registry::Emergency signed_emergency;
  auto done =
      act("cannot store the emergency", [&](core::Transaction& transaction) -> Result<void, Error> {
        const auto now = parts_.clock.now();
        auto emergency = parts_.votes.suspend(transaction, scid, from, until, now);
        if (!emergency) {
          Error error = from_registry(emergency.error(), "this is not signed");
          // No charter is read here: what is wrong are the times.
          if (error.code == ErrorCode::charter_invalid) error.code = ErrorCode::invalid_input;
          return fail(error);
        }
        signed_emergency = std::move(*emergency);
        parts_.audit.append(transaction, now,
                            {actor, "govern.emergency", scid,
                             core::Json::object({{"from", core::format_milliseconds(from)},
                                                 {"until", core::format_milliseconds(until)}})});
        return {};
      });
  if (!done) return fail(done.error());
  return signed_emergency;
}

}  // namespace avow::node
