// Membership: opens the epoch of the own feed, and brings the feed up to what stands in the own records.

#include "core/canonical_json.h"
#include "did/did_web.h"
#include "node/audit/audit_log.h"
#include "node/membership.h"
#include "node/recovery/recovery.h"
#include "node/recovery/sqlite_agreement_store.h"
#include "node/transaction.h"
#include "registry/body.h"
#include "revocation/status_delta.h"

namespace avow::node {
namespace {

registry::DocumentStatus status_of(const did::Resolution& document) {
  return document.deactivated ? registry::DocumentStatus::deactivated
                              : registry::DocumentStatus::active;
}

}  // namespace

/// What a person has agreed to take back, for the feed to hold the opening to.
Result<void, Error> Membership::read_agreement() {
  std::optional<registry::Agreement> agreed;
  const auto read = parts_.database.read(
      [&](core::Connection& connection) { agreed = SqliteAgreementStore::find(connection); });
  if (!read) return fail(from_core(read.error(), "cannot read what was agreed"));
  if (!agreed) return {};
  auto strikes = registry::Strikes::parse(agreed->strikes);
  if (!strikes) return fail(from_registry(strikes.error(), "cannot read what was agreed"));
  strikes_ = std::move(*strikes);
  parts_.feed.may_abandon(std::move(*agreed));
  return {};
}

/// Gives members the entries of the own log that they do not know yet. Whoever knows others is right: this directory is
/// older than what it has signed, or its pre-rotated key is used elsewhere.
/// gives whether this log is the newest; if not, nothing is signed any more
Result<bool, Error> Membership::publish_log() {
  const auto& organisation = parts_.organisation;
  const auto contradicts = [&](const registry::MemberLog& members, const did::WebvhEntry& entry) {
    // Above a fork another's entry takes nothing away from ours.
    const bool is_above_fork = members.fork() && entry.version > *members.fork();
    return !is_above_fork && !members.of_version(entry.version).empty() &&
           !members.holds(entry.version, entry.entry_hash);
  };
  const auto before = parts_.replica.view();
  const auto* told = before->log(organisation.entry.scid);
  bool is_told_otherwise = told == nullptr || contradicts(*told, organisation.entry);
  for (const auto& entry : organisation.earlier)
    is_told_otherwise = is_told_otherwise || contradicts(*told, entry);
  if (is_told_otherwise) {
    // Before it is stored: two entries of one version fork the log for everybody.
    refuse_other_log();
    return false;
  }
  registry::Objects own;
  for (const auto& entry : organisation.earlier)
    own.log_entries.push_back(core::to_canonical(entry.json));
  own.log_entries.push_back(core::to_canonical(organisation.entry.json));
  for (const auto& proof : organisation.witness_proofs) own.witness_proofs.push_back(proof.text);
  const auto taken =
      transact(parts_.database, "cannot store the own log",
               [&](core::Transaction& transaction) -> Result<void, Error> {
                 auto received = parts_.replica.receive(transaction, own, "", parts_.clock.now());
                 if (!received)
                   return fail(from_registry(received.error(), "cannot store the own log"));
                 return {};
               });
  if (!taken) return fail(taken.error());
  const auto after = parts_.replica.view();
  const auto* known = after->log(organisation.entry.scid);
  const bool is_newest = known != nullptr &&
                         known->newest_counted() == organisation.entry.version &&
                         known->current().webvh.entry_hash == organisation.entry.entry_hash;
  if (!is_newest) refuse_other_log();
  return is_newest;
}

void Membership::refuse_other_log() {
  refuse({ErrorCode::restored_backup, "this node refuses to sign",
          "members know another log of this organisation than did.jsonl",
          "restore the data directory from its newest backup"});
}

Result<void, Error> Membership::open_epoch() {
  const auto is_newest = publish_log();
  if (!is_newest || !*is_newest) return is_newest.map([](bool) {});
  on_log_counted();
  return transact(parts_.database, "cannot open the own feed", [&](core::Transaction& transaction) {
    return open_epoch_in(transaction, parts_.clock.now());
  });
}

/// The opening, and with it what it takes back and must not lapse.
Result<void, Error> Membership::open_epoch_in(core::Transaction& transaction, core::Instant now) {
  registry::FeedReader store(transaction);
  const auto& entry = parts_.organisation.entry;
  std::vector<registry::MadeElsewhere> made;
  if (!store.tip(entry.scid, entry.version))  // else it is open, and took back what it took back
    made = registry::made_elsewhere(store, entry.scid, entry.version);
  const auto fresh = parts_.feed.open_epoch(transaction, now);
  if (!fresh && fresh.error().code == registry::ErrorCode::restored_backup) {
    refuse(from_registry(fresh.error(), "this node refuses to sign"));
    return {};
  }
  if (!fresh) return fail(from_registry(fresh.error(), "cannot open the own feed"));
  if (!*fresh || made.empty()) return {};
  auto again = Restorer({parts_.lists, parts_.documents, parts_.stops})
                   .restore(transaction, made, strikes_, now);
  if (!again) return fail(again.error());
  UnsaidStatements::try_kept_again(transaction);
  // Nobody sees the opening without the stops, as long as an hour holds them.
  const auto stops =
      UnsaidStatements::say(transaction, parts_.feed, UnsaidStatements::Urgency::list,
                            parts_.said_again_per_hour, SIZE_MAX, now);
  if (!stops) return fail(stops.error());
  again->set("epoch", entry.version);
  const auto did = parts_.organisation.did().text();
  AuditLog().append(transaction, now, {did, "feed.restate", did, std::move(*again)});
  return {};
}

Result<void, Error> Membership::open_feed() {
  if (auto opened = open_epoch(); !opened) return opened;
  if (!may_sign()) return {};
  auto caught_up = catch_up();
  if (auto headed = sign_head(); !headed) return headed;
  return caught_up;
}

/// In transactions of which none keeps others waiting for long.
/// gives what is left for the hours to come
Result<UnsaidStatements::Counts, Error> Membership::say_again(UnsaidStatements::Urgency least) {
  constexpr std::size_t kAtOnce = 256;
  UnsaidStatements::Counts left;
  UnsaidStatements::Said all;
  for (auto said = kAtOnce; said == kAtOnce;) {
    const auto done = transact(parts_.database, "cannot say again what the epoch takes back",
                               [&](core::Transaction& transaction) -> Result<void, Error> {
                                 const auto some = UnsaidStatements::say(
                                     transaction, parts_.feed, least, parts_.said_again_per_hour,
                                     kAtOnce, parts_.clock.now());
                                 if (!some) return fail(some.error());
                                 said = some->done;
                                 all.kept += some->kept;
                                 left = UnsaidStatements::count(transaction);
                                 return {};
                               });
    if (!done) return fail(done.error());
    all.done += said;
  }
  if (all.kept > 0) {
    parts_.log.warning(
        "not_said_again",
        core::Json::object({{"statements", static_cast<std::int64_t>(all.kept)},
                            {"why", "the feed has no room for them; they are tried every hour"}}));
  }
  if (all.done > 0) {
    parts_.log.info("said_again", core::Json::object({{"left", left.stops + left.batches}}));
    if (auto released = release(); !released) return fail(released.error());
  }
  return left;
}

Result<void, Error> Membership::finish_saying_again(core::Transaction& transaction,
                                                    core::Instant now) {
  if (!joined()) return {};
  if (auto may = check_may_sign(); !may) return may;
  const auto said =
      UnsaidStatements::say(transaction, parts_.feed, UnsaidStatements::Urgency::batch,
                            parts_.said_again_per_hour, SIZE_MAX, now);
  if (!said) return fail(said.error());
  const auto left = UnsaidStatements::count(transaction).batches;
  if (left == 0) return {};
  return fail(Error{
      ErrorCode::conflict, "the recovery has not said everything again",
      std::to_string(left) + " batches of what was issued wait, since this hour does not hold them",
      "wait for them (see: avow status), or strike a thief's out: avow key recover"});
}

Result<void, Error> Membership::place_node() {
  const registry::NodeSet nodes{{node_url_}, std::nullopt, parts_.node_peers};
  const auto view = parts_.replica.view();
  const registry::FeedFold* feed = view->feed(parts_.organisation.entry.scid);
  if (feed != nullptr && feed->nodes() == nodes) return {};
  return transact(parts_.database, "cannot say where this node is",
                  [&](core::Transaction& transaction) -> Result<void, Error> {
                    const auto said = say(transaction, registry::StatementKind::node_set,
                                          registry::to_json(nodes), parts_.clock.now());
                    if (!said) return fail(said.error());
                    return {};
                  });
}

Result<void, Error> Membership::catch_up() {
  if (!joined() || !may_sign()) return {};
  behind_ = false;  // what fails from here on sets it again
  auto placed = place_node();
  const auto again = say_again(UnsaidStatements::Urgency::list);
  if (!again || again->stops > 0) behind_ = true;
  if (!again) return fail(again.error());
  auto lists =
      transact(parts_.database, "cannot say the lists", [&](core::Transaction& transaction) {
        return catch_up_lists(transaction, parts_.clock.now());
      });
  if (!lists && !is_of_the_feed(lists.error().code)) return lists;
  auto agents = transact(parts_.database, "cannot say which agents are stopped",
                         [&](core::Transaction& transaction) {
                           return catch_up_agents(transaction, parts_.clock.now());
                         });
  if (!agents && !is_of_the_feed(agents.error().code)) return agents;
  auto documents = catch_up_documents();
  if (auto rest = say_again(UnsaidStatements::Urgency::batch); !rest) return fail(rest.error());
  // What was said leaves, also if something else could not be said.
  if (auto released = release(); !released) return released;
  for (const auto* unsaid : {&lists, &agents, &documents}) {
    if (!*unsaid) return *unsaid;
  }
  return placed;
}

Result<void, Error> Membership::say_stop_if_unsaid(core::Transaction& transaction,
                                                   const std::string& agent_hash,
                                                   const OwnStop& stop, core::Instant now) {
  const auto view = parts_.replica.view();
  if (view == nullptr) return {};
  const auto* feed = view->feed(parts_.organisation.entry.scid);
  const auto* known = feed != nullptr ? feed->stopped_agents().find(agent_hash) : nullptr;
  const bool is_said_suspended = known != nullptr && known->suspended_since.has_value();
  const bool is_said_disowned = known != nullptr && known->disowned_from.has_value();
  if (is_said_suspended != stop.suspended) {
    const auto done =
        say(transaction, registry::StatementKind::agent_suspend,
            registry::to_json(registry::AgentSuspension{agent_hash, stop.suspended}), now);
    if (!done) return fail(done.error());
  }
  if (stop.disowned_from && (!is_said_disowned || *known->disowned_from > *stop.disowned_from)) {
    const auto done =
        say(transaction, registry::StatementKind::agent_disown,
            registry::to_json(registry::AgentDisowning{agent_hash, *stop.disowned_from}), now);
    if (!done) return fail(done.error());
  }
  return {};
}

Result<void, Error> Membership::catch_up_agents(core::Transaction& transaction, core::Instant now) {
  const auto stops = parts_.stops.stops();
  for (const auto& [agent, stop] : *stops) {
    if (auto said = say_stop_if_unsaid(transaction, agent, stop, now); !said) return said;
  }
  return {};
}

Result<std::optional<registry::SaidAt>, Error> Membership::say_set_if_unsaid(
    core::Transaction& transaction, const revocation::StatusSlot& slot, core::Instant now) {
  const auto view = parts_.replica.view();
  const auto list = parts_.lists.find_list(slot.list);
  if (view == nullptr || !list) return std::optional<registry::SaidAt>();
  const auto* feed = view->feed(parts_.organisation.entry.scid);
  const auto* known = feed != nullptr ? feed->list_at(list->declaration.url) : nullptr;
  if (known != nullptr && known->bits->get(slot.index)) return std::optional<registry::SaidAt>();
  return say(transaction, registry::StatementKind::status_delta,
             revocation::to_json(revocation::StatusDelta{slot.list, {slot.index}, {}}), now);
}

Result<void, Error> Membership::catch_up_lists(core::Transaction& transaction, core::Instant now) {
  const auto view = parts_.replica.view();
  const registry::FeedFold* feed = view->feed(parts_.organisation.entry.scid);
  for (const revocation::IssuedList& list : parts_.lists.lists()) {
    const registry::ListState* known =
        feed != nullptr ? feed->list_at(list.declaration.url) : nullptr;
    if (known == nullptr) {
      if (auto said = say(transaction, registry::StatementKind::status_list,
                          revocation::to_json(list.declaration), now);
          !said)
        return fail(said.error());
    }
    const revocation::StatusBits said_bits =
        known != nullptr ? known->bits.get() : revocation::StatusBits{};
    std::vector<revocation::StatusListIndex> set;
    std::vector<revocation::StatusListIndex> clear;
    for (const auto index : list.bits->set_indexes()) {
      if (!said_bits.get(index)) set.push_back(index);
    }
    if (list.declaration.purpose == revocation::StatusPurpose::suspension) {
      for (const auto index : said_bits.set_indexes()) {
        if (!list.bits->get(index)) clear.push_back(index);
      }
    }
    for (const auto& delta : revocation::make_deltas(list.declaration.list, set, clear)) {
      if (auto said = say(transaction, registry::StatementKind::status_delta,
                          revocation::to_json(delta), now);
          !said)
        return fail(said.error());
    }
  }
  return {};
}

Result<std::vector<did::Resolution>, Error> Membership::documents_to_say() const {
  std::vector<did::Resolution> found;
  std::optional<did::Did> after;
  const auto view = parts_.replica.view();
  const registry::FeedFold* feed = view->feed(parts_.organisation.entry.scid);
  const auto own = did::did_web(parts_.organisation.domain, {});
  while (true) {
    const auto page = parts_.documents.list(after, 1000);
    if (!page) return fail(from_did(page.error(), "cannot read the document store"));
    if (page->empty()) return found;
    for (const did::Did& did : *page) {
      if (own && did == *own) continue;  // members know the organisation's document from its log
      auto resolution = parts_.documents.current(did);
      if (!resolution)
        return fail(from_did(resolution.error(), "cannot read the document of " + did.text()));
      const registry::KnownDocument* known = feed != nullptr ? feed->document(did.text()) : nullptr;
      // Final, also where a restored database does not know it.
      if (known != nullptr && known->status == registry::DocumentStatus::deactivated) continue;
      if (known == nullptr || known->document == nullptr ||
          known->status != status_of(*resolution) ||
          !(known->document->json() == resolution->document->json()))
        found.push_back(std::move(*resolution));
    }
    after = page->back();
  }
}

Result<void, Error> Membership::catch_up_documents() {
  auto documents = documents_to_say();
  if (!documents) return fail(documents.error());
  std::optional<Error> unsaid;
  for (const did::Resolution& document : *documents) {
    // One transaction each: the hour's quota may end at any of them, and what is said stays said.
    auto said = transact(parts_.database, "cannot say a document",
                         [&](core::Transaction& transaction) -> Result<void, Error> {
                           return say_document(transaction, document.document->json(),
                                               status_of(document), parts_.clock.now());
                         });
    if (said) continue;
    if (!is_of_the_feed(said.error().code)) return said;
    unsaid = said.error();  // the others may still fit
  }
  if (unsaid) return fail(*unsaid);
  return {};
}

}  // namespace avow::node
