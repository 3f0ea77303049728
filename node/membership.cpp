#include "node/membership.h"

#include "core/canonical_json.h"
#include "did/did_web.h"
#include "node/agents/sqlite_agent_store.h"
#include "node/audit/audit_log.h"
#include "node/issued_batches.h"
#include "node/recovery/recovery.h"
#include "node/recovery/sqlite_agreement_store.h"
#include "node/transaction.h"
#include "registry/body.h"
#include "registry/charter.h"
#include "revocation/status_delta.h"

namespace avow::node {
namespace {

Result<void, Error> check_admitted(const registry::Charter& charter,
                                   const Organisation& organisation) {
  if (charter.find(organisation.entry.scid) != nullptr) return {};
  return fail(
      Error{ErrorCode::configuration, "the charter does not admit this organisation",
            organisation.did().text() +
                " is not among its founders, and without a peer nobody tells this node of "
                "a slot that admits it",
            "start it with the charter of its own network, or with --peer URL of a member"});
}

Error not_admitted(const Organisation& organisation) {
  return {ErrorCode::not_admitted, "this organisation is not admitted yet",
          "no slot of the network that is known here admits " + organisation.did().text(),
          "give did.jsonl to a member who governs (there: avow member admit did.jsonl); this node "
          "begins by itself when its peers tell it of the slot (see: avow govern history)"};
}

registry::DocumentStatus status_of(const did::Resolution& document) {
  return document.deactivated ? registry::DocumentStatus::deactivated
                              : registry::DocumentStatus::active;
}

/// The feed does not take it: it is forked, full, full for this hour, or no statement can carry this.
bool is_of_the_feed(ErrorCode code) {
  return code == ErrorCode::conflict || code == ErrorCode::feed_full ||
         code == ErrorCode::invalid_input;
}

}  // namespace

Result<registry::Charter, Error> check_charter(const std::string& text,
                                               const Organisation& organisation, core::Instant now,
                                               bool allow_localhost, bool knows_slots) {
  auto charter = registry::verify_charter(text, now, allow_localhost);
  if (!charter) {
    Error error = from_registry(charter.error(), "the charter is not valid");
    error.fix =
        "every founder signs it: avow charter found --sign FILE --data DIR; see: avow charter show "
        "FILE";
    return fail(error);
  }
  if (knows_slots) return std::move(*charter);
  if (auto admitted = check_admitted(*charter, organisation); !admitted)
    return fail(admitted.error());
  return std::move(*charter);
}

Result<void, Error> Membership::join(std::optional<registry::Charter> charter,
                                     const std::string& node_url, bool allow_localhost) {
  std::optional<Error> fault;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    if (auto loaded = parts_.replica.load(connection, allow_localhost); !loaded) {
      fault = from_registry(loaded.error(), "the replica in the database cannot be read");
    }
  });
  if (!read) return fail(from_core(read.error(), "cannot read the replica"));
  if (fault) return fail(*fault);
  if (charter && !joined() && !parts_.has_peers) {
    // Kept, it would be the charter for good, and nobody could ever tell.
    if (auto admitted = check_admitted(*charter, parts_.organisation); !admitted) return admitted;
  }
  if (charter) {
    if (auto adopted = adopt(std::move(*charter)); !adopted) return adopted;
  }
  if (!joined()) return {};
  node_url_ = node_url;
  if (auto read_what_was_agreed = read_agreement(); !read_what_was_agreed)
    return read_what_was_agreed;
  look_again();
  {
    const std::lock_guard lock(mutex_);
    awaiting_peers_ = parts_.has_peers || !admitted();
  }
  if (!admitted()) {
    const Error why = not_admitted(parts_.organisation);
    parts_.log.warning("not_admitted", core::Json::object({{"why", why.why}, {"fix", why.fix}}));
  }
  return begin_to_sign();
}

bool Membership::admitted() const {
  const auto view = parts_.replica.view();
  return view != nullptr && view->charter().members.contains(parts_.organisation.entry.scid);
}

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

Result<void, Error> Membership::begin_to_sign() {
  if (!may_sign()) return {};
  auto opened = open_feed();
  if (opened || !is_of_the_feed(opened.error().code)) return opened;
  // The node verifies, serves and stops credentials all the same, and whoever can mend it needs it running.
  parts_.log.error("feed_not_written", core::Json::object({{"why", opened.error().why}}));
  return {};
}

bool Membership::awaits_peers() const {
  const std::lock_guard lock(mutex_);
  return awaiting_peers_ && !refusal_;
}

Result<void, Error> Membership::heard_from_peer() {
  const std::lock_guard turn(beginning_);
  if (!awaits_peers() || !admitted()) return {};
  // Before anybody else may say anything.
  auto opened = open_epoch();
  if (!opened && !is_of_the_feed(opened.error().code)) return opened;
  {
    const std::lock_guard lock(mutex_);
    awaiting_peers_ = false;
  }
  if (const auto begun = begin_to_sign(); !begun) {
    behind_ = true;  // the housekeeping tries again
    parts_.log.warning("feed_behind", core::Json::object({{"why", begun.error().why}}));
  }
  if (may_sign())
    parts_.log.info("may_sign", core::Json::object({{"why", "a peer has shown what it holds"}}));
  return {};
}

void Membership::look_at(const registry::Objects& objects) {
  std::optional<registry::Error> elsewhere;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    elsewhere = parts_.feed.find_made_elsewhere(connection, objects);
  });
  if (!read) return refuse(from_core(read.error(), "cannot read the own feed"));
  if (elsewhere) return refuse(from_registry(*elsewhere, "this node refuses to sign"));
  look_again();
}

void Membership::look_again() {
  std::optional<Error> fault;
  const auto checked = parts_.database.read([&](core::Connection& connection) {
    if (auto compared = parts_.feed.check(connection); !compared) {
      fault = from_registry(compared.error(), "this node refuses to sign");
    }
  });
  if (!checked) fault = from_core(checked.error(), "cannot read the own feed");
  if (fault) refuse(std::move(*fault));
}

void Membership::refuse(Error why) {
  parts_.log.error(
      "refuses_to_sign",
      core::Json::object({{"code", code_name(why.code)}, {"why", why.why}, {"fix", why.fix}}));
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(why);
}

Result<void, Error> Membership::adopt(registry::Charter charter) {
  return transact(
      parts_.database, "cannot store the charter",
      [&](core::Transaction& transaction) -> Result<void, Error> {
        if (auto adopted = parts_.replica.adopt(transaction, std::move(charter)); !adopted) {
          Error error = from_registry(adopted.error(), "this node belongs to another consortium");
          error.code = ErrorCode::conflict;
          error.fix =
              "start it without --charter to go on with its own; another consortium needs another "
              "data directory";
          return fail(error);
        }
        return {};
      });
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
  bool is_any_said = false;
  for (auto said = kAtOnce; said == kAtOnce;) {
    const auto done = transact(parts_.database, "cannot say again what the epoch takes back",
                               [&](core::Transaction& transaction) -> Result<void, Error> {
                                 const auto some = UnsaidStatements::say(
                                     transaction, parts_.feed, least, parts_.said_again_per_hour,
                                     kAtOnce, parts_.clock.now());
                                 if (!some) return fail(some.error());
                                 said = *some;
                                 left = UnsaidStatements::count(transaction);
                                 return {};
                               });
    if (!done) return fail(done.error());
    is_any_said = is_any_said || said > 0;
  }
  if (is_any_said) {
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
      "wait for them (see: avow status)"});
}

Result<void, Error> Membership::place_node() {
  const registry::NodeSet nodes{{node_url_}, std::nullopt};
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

Result<void, Error> Membership::catch_up_agents(core::Transaction& transaction, core::Instant now) {
  const auto view = parts_.replica.view();
  const auto* feed = view->feed(parts_.organisation.entry.scid);
  const auto stops = parts_.stops.stops();
  for (const auto& [agent, stop] : *stops) {
    const auto* known = feed != nullptr ? feed->stopped_agents().find(agent) : nullptr;
    const bool is_said_suspended = known != nullptr && known->suspended_since.has_value();
    const bool is_said_disowned = known != nullptr && known->disowned_from.has_value();
    if (is_said_suspended != stop.suspended) {
      const auto done =
          say(transaction, registry::StatementKind::agent_suspend,
              registry::to_json(registry::AgentSuspension{agent, stop.suspended}), now);
      if (!done) return fail(done.error());
    }
    if (stop.disowned_from && (!is_said_disowned || *known->disowned_from > *stop.disowned_from)) {
      const auto done =
          say(transaction, registry::StatementKind::agent_disown,
              registry::to_json(registry::AgentDisowning{agent, *stop.disowned_from}), now);
      if (!done) return fail(done.error());
    }
  }
  return {};
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

Result<void, Error> Membership::say_document(core::Transaction& transaction,
                                             const core::Json& document,
                                             registry::DocumentStatus status, core::Instant now) {
  registry::DocumentStatement body;
  body.id = *document.find_string("id");
  body.document = document;
  body.owner = SqliteAgentStore::owner_of(transaction, body.id);
  body.status = status;
  const auto said =
      say(transaction, registry::StatementKind::did_document, registry::to_json(body), now);
  if (!said) return fail(said.error());
  return {};
}

Result<std::optional<std::int64_t>, Error> Membership::say(core::Transaction& transaction,
                                                           registry::StatementKind kind,
                                                           core::Json body, core::Instant now) {
  if (!joined()) return std::optional<std::int64_t>();
  if (auto may = check_may_sign(); !may) {
    behind_ = true;
    return fail(may.error());
  }
  // Who accredits after a recovery means it: the end that still waits to be said would come after it.
  if (kind == registry::StatementKind::accredit) {
    if (const auto given = registry::parse_accreditation(body)) {
      for (const auto& type : given->types)
        UnsaidStatements::drop(
            transaction, registry::StatementKind::accredit_revoke,
            registry::to_json(registry::AccreditationEnd{given->subject, {type}}));
    }
  }
  const auto statement =
      parts_.feed.append(transaction, registry::name_of(kind), std::move(body), now);
  if (!statement) {
    behind_ = true;
    Error error = from_registry(statement.error(), "cannot append to the own feed");
    // No charter is read here: what is wrong is what was to be said.
    if (error.code == ErrorCode::charter_invalid) error.code = ErrorCode::invalid_input;
    return fail(error);
  }
  return std::optional<std::int64_t>(statement->sequence);
}

Result<void, Error> Membership::check_may_sign() const {
  const bool is_outside = joined() && !admitted();
  const std::lock_guard lock(mutex_);
  if (refusal_) return fail(*refusal_);
  if (is_outside) return fail(not_admitted(parts_.organisation));
  if (awaiting_peers_)
    return fail(Error{ErrorCode::awaiting_peers, "this node signs nothing yet",
                      "no peer has shown since it started that it holds our last statement, so it "
                      "cannot know whether it "
                      "has said more than its database remembers",
                      "start a peer or mend the way to it (see: avow peer list); a node that is "
                      "started without --peer "
                      "believes its guard file alone"});
  return {};
}

Result<void, Error> Membership::publish_issued(core::Transaction& transaction, core::Instant now) {
  if (!joined()) return {};
  for (auto leaves = IssuedBatches::unpublished(transaction); !leaves.empty();
       leaves = IssuedBatches::unpublished(transaction)) {
    const registry::IssuedBatch batch{registry::merkle_root(leaves),
                                      static_cast<std::int64_t>(leaves.size())};
    const auto said =
        say(transaction, registry::StatementKind::issued, registry::to_json(batch), now);
    if (!said) return fail(said.error());
    IssuedBatches::published(transaction, leaves.size(),
                             {parts_.organisation.entry.version, said->value_or(0)});
  }
  return {};
}

Result<void, Error> Membership::publish_issued_if_due() {
  if (!joined() || !may_sign()) return {};
  const auto now = parts_.clock.now();
  bool is_due = false;
  UnsaidStatements::Counts unsaid;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    is_due = IssuedBatches::is_due(connection, now);
    unsaid = UnsaidStatements::count(connection);
  });
  if (!read) return fail(from_core(read.error(), "cannot read what was issued"));
  if (is_due) {
    auto published =
        transact(parts_.database, "cannot publish what was issued",
                 [&](core::Transaction& transaction) { return publish_issued(transaction, now); });
    if (!published) return published;
    if (auto released = release(); !released) return released;
  }
  if (unsaid.batches == 0) return {};
  return say_again(UnsaidStatements::Urgency::batch).map([](const auto&) {});
}

Result<void, Error> Membership::check_may_issue() const {
  if (auto may = check_may_sign(); !may) return may;
  const auto view = parts_.replica.view();
  const auto* feed = view != nullptr ? view->feed(parts_.organisation.entry.scid) : nullptr;
  const auto method = parts_.organisation.assertion_method();
  if (feed == nullptr || feed->compromised_keys().find(method) == nullptr) return {};
  return fail(Error{ErrorCode::key_compromised, "this node issues nothing",
                    method + " was given up as stolen: no member would believe what it signs",
                    "stop the node, then: avow key rotate"});
}

bool Membership::clock_went_back() const {
  const auto view = parts_.replica.view();
  return view != nullptr &&
         view->freshness(parts_.organisation.entry.scid, parts_.clock.now()).ahead_of_clock;
}

Result<void, Error> Membership::settle() {
  if (!joined() || !may_sign()) return {};
  if (auto released = parts_.feed.release(); !released)
    return fail(from_registry(released.error(), "the guard file cannot be written"));
  return {};
}

Result<void, Error> Membership::release() {
  auto settled = settle();
  if (settled) on_said();
  return settled;
}

Result<void, Error> Membership::sign_head() {
  if (!joined() || !may_sign()) return {};
  const auto ttl = std::chrono::ceil<std::chrono::seconds>(*head_interval());
  if (auto settled = settle(); !settled) return settled;
  auto signed_head = transact(parts_.database, "cannot store a head",
                              [&](core::Transaction& transaction) -> Result<void, Error> {
                                const auto head =
                                    parts_.feed.sign_head(transaction, ttl, parts_.clock.now());
                                if (!head)
                                  return fail(from_registry(head.error(), "cannot sign a head"));
                                return {};
                              });
  if (signed_head) on_said();
  return signed_head;
}

std::optional<core::Milliseconds> Membership::head_interval() const {
  const auto view = parts_.replica.view();
  if (view == nullptr) return std::nullopt;
  return revocation::head_interval(view->charter().freshness.limit(revocation::Tier::normal));
}

}  // namespace avow::node
