#include "node/recovery/recovery.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "node/recovery/sqlite_agreement_store.h"
#include "node/transaction.h"
#include "registry/body.h"
#include "registry/compromised_keys.h"
#include "registry/guard_file.h"
#include "registry/stopped_agents.h"

namespace avow::node {
namespace {

using registry::StatementKind;
using Urgency = UnsaidStatements::Urgency;
using What = registry::Lapsing::What;

std::map<std::string, revocation::StatusPurpose> own_purposes(core::Connection& connection) {
  std::map<std::string, revocation::StatusPurpose> purposes;
  for (const auto& list : revocation::StatusListIssuer::declarations(connection))
    purposes.emplace(list.list, list.purpose);
  return purposes;
}

Result<std::optional<registry::GuardMark>, Error> lost_mark(registry::FeedReader& store,
                                                            const DataDirectory& directory,
                                                            const std::string& scid,
                                                            std::int64_t epoch) {
  const auto mark = registry::DiskGuardFile(directory.guard(), scid).read();
  if (!mark) return fail(from_registry(mark.error(), "the guard file cannot be read"));
  if (!*mark || store.hash_at(scid, (*mark)->epoch, (*mark)->sequence) == (*mark)->hash)
    return std::optional<registry::GuardMark>();
  if ((*mark)->epoch >= epoch) {
    return fail(Error{ErrorCode::restored_backup, "did.jsonl is older than the guard file",
                      "this organisation has signed in epoch " + std::to_string((*mark)->epoch),
                      "restore did.jsonl and keys/ from where they are newest"});
  }
  return *mark;
}

/// Has a rotation gone before whose epoch could not be opened?
bool waits_to_be_opened(registry::FeedReader& store, const did::WebvhEntry& entry) {
  return store.network_id() && entry.version > 1 && !store.tip(entry.scid, entry.version);
}

revocation::ShownBits shown_bits(const registry::Restatement& restatement) {
  revocation::ShownBits shown;
  for (const auto& item : restatement.again) {
    if (item.declaration) shown.opened.push_back(*item.declaration);
    if (item.bit) shown.set.push_back({item.bit->first, item.bit->second});
  }
  return shown;
}

/// Of those names the first that takes nothing out of what waits either.
std::optional<std::string> first_unmatched(const std::vector<std::string>& names,
                                           const std::vector<Waiting>& struck) {
  for (const auto& name : names) {
    const auto alone = registry::Strikes::parse({name});
    if (std::none_of(struck.begin(), struck.end(),
                     [&](const Waiting& one) { return take_out(*alone, one); }))
      return name;
  }
  return std::nullopt;
}

core::Json counts_of(const registry::Restatement& restatement) {
  std::map<What, std::int64_t> counts;
  for (const auto& item : restatement.again) ++counts[item.what];
  return core::Json::object(
      {{"lists", counts[What::list_opened]},
       {"revoked", counts[What::revoked]},
       {"suspended", counts[What::suspended]},
       {"documentsEnded", counts[What::document_ended]},
       {"accreditationsEnded", counts[What::accreditation_ended]},
       {"agentsStopped", counts[What::agent_suspended] + counts[What::agent_disowned]},
       {"keysCompromised", counts[What::key_compromised]},
       {"batchesIssued", counts[What::batch_issued]},
       {"lapses", static_cast<std::int64_t>(restatement.lapses.size())},
       {"struckOut", static_cast<std::int64_t>(restatement.struck.size())}});
}

}  // namespace

registry::Agreement Recovery::agreement(const registry::Strikes& strikes) const {
  return {epoch, registry::digest_of_shown(made, strikes), lost ? lost->hash : "", strikes.names()};
}

bool Recovery::opens_epoch() const {
  const bool is_any_waiting = !waiting.empty() || !struck_waiting.empty();
  return !made.empty() || lost || !rotates || !is_any_waiting;
}

Result<Recovery, Error> plan_recovery(core::Database& database, const DataDirectory& directory,
                                      const Organisation& organisation,
                                      const registry::Strikes& strikes) {
  const auto& entry = organisation.entry;
  Recovery recovery;
  Result<std::optional<registry::GuardMark>, Error> lost = std::nullopt;
  const auto read = database.read([&](core::Connection& connection) {
    registry::FeedReader store(connection);
    recovery.rotates = !waits_to_be_opened(store, entry);
    recovery.epoch = entry.version + (recovery.rotates ? 1 : 0);
    recovery.made = registry::made_elsewhere(store, entry.scid, recovery.epoch);
    recovery.restatement = registry::restatement(recovery.made, strikes, own_purposes(connection));
    lost = lost_mark(store, directory, entry.scid, recovery.epoch);
    recovery.waiting = UnsaidStatements::waiting(connection);
  });
  if (!read) return fail(from_core(read.error(), "cannot read the database"));
  if (!lost) return fail(lost.error());
  recovery.lost = std::move(*lost);
  const auto struck =
      std::stable_partition(recovery.waiting.begin(), recovery.waiting.end(),
                            [&](const Waiting& one) { return !take_out(strikes, one); });
  recovery.struck_waiting.assign(std::make_move_iterator(struck),
                                 std::make_move_iterator(recovery.waiting.end()));
  recovery.waiting.erase(struck, recovery.waiting.end());
  if (const auto name = first_unmatched(recovery.restatement.unmatched, recovery.struck_waiting)) {
    return fail(Error{ErrorCode::invalid_input, "nothing is called " + *name,
                      "no statement that this node did not sign is that, or says it, and nothing "
                      "that waits to be said again has that name",
                      "run it without --strike to see the names"});
  }
  return recovery;
}

void keep_agreed(core::Transaction& transaction, const Recovery& recovery,
                 const registry::Strikes& strikes) {
  if (recovery.opens_epoch()) SqliteAgreementStore::put(transaction, recovery.agreement(strikes));
  UnsaidStatements::strike_out(transaction, strikes);
}

Result<void, Error> Restorer::restore_lists(core::Transaction& transaction,
                                            const registry::Restatement& what,
                                            core::Instant now) const {
  const auto restored = parts_.lists.restore(transaction, shown_bits(what), now);
  if (!restored) return fail(from_revocation(restored.error(), "cannot take up the status lists"));
  std::set<std::string_view> opened;
  for (const auto& list : restored->opened) {
    UnsaidStatements::add(transaction, Urgency::list, StatementKind::status_list,
                          revocation::to_json(list));
    opened.insert(list.list);
  }
  for (const auto& delta : restored->deltas) {
    // Not before its list.
    const auto urgency = opened.contains(delta.list) ? Urgency::list : Urgency::stop;
    UnsaidStatements::add(transaction, urgency, StatementKind::status_delta,
                          revocation::to_json(delta));
  }
  return {};
}

/// All that stands in no list.
Result<void, Error> Restorer::restore_stops(core::Transaction& transaction,
                                            const registry::Restatement& what,
                                            core::Instant now) const {
  const auto say = [&](Urgency urgency, StatementKind kind, const core::Json& body) {
    UnsaidStatements::add(transaction, urgency, kind, body);
  };
  std::map<std::string, std::vector<std::string>> ended;  // types, by subject
  for (const auto& item : what.again) {
    if (item.what == What::accreditation_ended) {
      ended[item.subject].push_back(item.type);
    } else if (item.what == What::agent_suspended) {
      auto stop = AgentStopBook::stop_of(transaction, item.subject);
      stop.suspended = true;
      parts_.stops.put(transaction, item.subject, stop);
      say(Urgency::stop, StatementKind::agent_suspend,
          registry::to_json(registry::AgentSuspension{item.subject, true}));
    } else if (item.what == What::agent_disowned) {
      auto stop = AgentStopBook::stop_of(transaction, item.subject);
      stop.disowned_from = std::min(stop.disowned_from.value_or(item.from), item.from);
      parts_.stops.put(transaction, item.subject, stop);
      say(Urgency::stop, StatementKind::agent_disown,
          registry::to_json(registry::AgentDisowning{item.subject, item.from}));
    } else if (item.what == What::key_compromised) {
      say(Urgency::stop, StatementKind::key_compromised,
          registry::to_json(registry::KeyCompromise{item.subject, item.up_to}));
    } else if (item.what == What::batch_issued) {
      UnsaidStatements::add(transaction, Urgency::batch, StatementKind::issued,
                            registry::to_json(*item.batch),
                            registry::SaidAt{item.epoch, item.sequence});
    } else if (item.what == What::document_ended) {
      const auto did = did::Did::parse(item.subject);
      // One that is not here lapses as a whole, which ends it too; catch_up() says the others.
      if (!did || !parts_.documents.current_in(transaction, *did)) continue;
      const auto gone = parts_.documents.deactivate(transaction, *did, now);
      if (!gone && gone.error().code != did::ErrorCode::deactivated)
        return fail(from_did(gone.error(), "cannot end the document of " + item.subject));
    }
  }
  // Together: a statement of a thief's may end as many types as a body holds, and the opening is one transaction.
  for (const auto& [subject, types] : ended)
    UnsaidStatements::add_ends(transaction, subject, types);
  return {};
}

Result<core::Json, Error> Restorer::restore(core::Transaction& transaction,
                                            const std::vector<registry::MadeElsewhere>& made,
                                            const registry::Strikes& strikes,
                                            core::Instant now) const {
  const auto what = registry::restatement(made, strikes, own_purposes(transaction));
  if (auto lists = restore_lists(transaction, what, now); !lists) return fail(lists.error());
  if (auto stops = restore_stops(transaction, what, now); !stops) return fail(stops.error());
  return counts_of(what);
}

}  // namespace avow::node
