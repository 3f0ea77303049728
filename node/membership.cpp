#include "node/membership.h"

#include <algorithm>

#include "node/agents/sqlite_agent_store.h"
#include "node/issued_batches.h"
#include "node/transaction.h"
#include "registry/body.h"
#include "registry/charter.h"
#include "registry/propagation.h"
#include "revocation/freshness.h"

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

/// A guard file that cannot be read keeps nothing from being stored: a stop acts here all the same.
Error unsayable(Error why) {
  if (why.code == ErrorCode::storage) why.code = ErrorCode::restored_backup;
  return why;
}

/// Who was asked and is not counted, and why.
std::string in_words(const std::map<std::string, std::string>& doubts) {
  std::string words;
  for (const auto& [peer, why] : doubts) words.append("; ").append(peer).append(" ").append(why);
  return words;
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
  if (charter && !joined() && parts_.peers.empty()) {
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
    awaiting_peers_ = !parts_.peers.empty() || !admitted();
    lost_guard_files_ = lost_guard_files();
    if (awaiting_peers_ && !lost_guard_files_.empty()) {
      const Error why = awaiting_peers();
      parts_.log.warning("guard_file_lost",
                         core::Json::object({{"why", why.why}, {"fix", why.fix}}));
    }
  }
  if (!admitted()) {
    const Error why = not_admitted(parts_.organisation);
    parts_.log.warning("not_admitted", core::Json::object({{"why", why.why}, {"fix", why.fix}}));
  }
  return begin_to_sign();
}

/// Which, and how. Where that cannot be told, they were lost.
std::string Membership::lost_guard_files() const {
  using Loss = registry::Result<std::optional<registry::GuardLoss>, registry::Error>;
  std::string lost;
  const auto tell = [&](const std::string& file, const Loss& loss) {
    if (loss && !*loss) return;
    lost += (lost.empty() ? "" : ", and ") + file + " " +
            (loss ? std::string(words_of(**loss)) : "cannot be read: " + loss.error().detail);
  };
  const auto read = parts_.database.read([&](core::Connection& connection) {
    tell("the guard file of its feed", parts_.feed.guard_loss(connection));
    if (parts_.votes != nullptr)
      tell("the guard file of its votes", parts_.votes->guard_loss(connection));
  });
  if (!read) return "what they know cannot be compared: " + read.error().detail;
  return lost;
}

bool Membership::admitted() const {
  const auto view = parts_.replica.view();
  return view != nullptr && view->charter().members.contains(parts_.organisation.entry.scid);
}

Result<void, Error> Membership::begin_to_sign() {
  if (!may_sign()) return {};
  auto opened = open_feed();
  if (opened || !is_of_the_feed(opened.error().code)) return opened;
  // The node verifies, serves and stops credentials all the same, and whoever can mend it needs it running.
  parts_.log.error("feed_not_written", core::Json::object({{"why", opened.error().why}}));
  return {};
}

bool Membership::is_of_the_feed(ErrorCode code) {
  return code == ErrorCode::conflict || code == ErrorCode::feed_full ||
         code == ErrorCode::invalid_input;
}

bool Membership::awaits_peers() const {
  const std::lock_guard lock(mutex_);
  return awaiting_peers_ && !refusal_;
}

/// With the lock held: whom this node has to hear, and why it waits for them.
Audience Membership::audience() const {
  const auto view = parts_.replica.view();
  return {lost_guard_files_.empty(), parts_.peers,
          view != nullptr ? view->charter().witnesses() : did::WebvhWitnesses{},
          parts_.own_witness};
}

Error Membership::awaiting_peers() const {
  if (not_begun_) return *not_begun_;
  const Audience who = audience();
  const std::string doubts = in_words(heard_.doubts);
  const std::string what = "this node signs nothing yet";
  if (lost_guard_files_.empty())
    return {ErrorCode::awaiting_peers, what,
            "no peer has shown since it started that it holds our last statement, so it "
            "cannot know whether it has said more than its database remembers" +
                doubts,
            "start a peer or mend the way to it (see: avow peer list); a node that is "
            "started without --peer believes its guard file alone"};
  return {ErrorCode::awaiting_peers, what,
          lost_guard_files_ +
              ", so that only others know what this node has signed. It has to hear " +
              still_to_be_heard(who, heard_) + doubts,
          other_witnesses(who).empty()
              ? "start those peers or mend the way to them (see: avow peer list); without one that "
                "is gone for good, start this node without that --peer"
              : "start the nodes of those witnesses, and this one with --peer URL for each that is "
                "not among its peers (see: avow peer list)"};
}

Result<void, Error> Membership::check_remembers() const {
  const std::lock_guard lock(mutex_);
  if (refusal_) return fail(*refusal_);
  if (awaiting_peers_) return fail(awaiting_peers());
  return {};
}

std::vector<core::Ed25519PublicKey> Membership::awaited_witnesses() const {
  const std::lock_guard lock(mutex_);
  if (!awaiting_peers_ || lost_guard_files_.empty()) return {};
  return audience().witnesses.keys;
}

/// gives whether enough were heard
bool Membership::hear(const std::string& peer, const std::string& witness) {
  const std::lock_guard lock(mutex_);
  const bool is_first = heard_.peers.insert(peer).second;
  const bool needs_word = !lost_guard_files_.empty() && !other_witnesses(audience()).empty();
  if (!witness.empty() || !needs_word) heard_.doubts.erase(peer);
  if (!witness.empty()) heard_.witnesses.insert(witness);
  const std::string missing = still_to_be_heard(audience(), heard_);
  if (is_first && !missing.empty())
    parts_.log.info("peer_heard", core::Json::object({{"peer", peer}, {"stillToHear", missing}}));
  return missing.empty();
}

void Membership::doubt(const std::string& peer, const Doubt& doubt) {
  const std::lock_guard lock(mutex_);
  heard_.doubts.insert_or_assign(peer, doubt.why);
  if (!doubted_.emplace(peer, doubt.kind).second) return;
  const auto what = core::Json::object({{"peer", peer}, {"why", doubt.why}});
  if (doubt.kind == Doubt::Kind::knows_more)
    parts_.log.error("witness_knows_more", what);
  else
    parts_.log.warning("peer_not_heard", what);
}

Result<void, Error> Membership::heard_from_peer(const std::string& peer,
                                                const std::string& witness) {
  const std::lock_guard turn(beginning_);
  if (!awaits_peers() || !admitted()) return {};
  if (!hear(peer, witness)) return {};
  auto begun = begin_as_heard();
  const std::lock_guard lock(mutex_);
  const bool is_news = !begun && (!not_begun_ || not_begun_->why != begun.error().why);
  if (is_news)
    parts_.log.error("signing_not_begun",
                     core::Json::object({{"code", code_name(begun.error().code)},
                                         {"why", begun.error().why},
                                         {"fix", begun.error().fix}}));
  not_begun_ = begun ? std::nullopt : std::optional(begun.error());
  return begun;
}

Result<void, Error> Membership::begin_as_heard() {
  if (!lost_guard_files_.empty()) look_again();
  if (!awaits_peers()) return {};
  // Enough know what was signed. From here on a missing file was lost anew.
  if (auto made = parts_.feed.renew_guard(); !made)
    return fail(from_registry(made.error(), "the guard file cannot be written"));
  // Before anybody else may say anything.
  auto opened = open_epoch();
  if (!opened && !is_of_the_feed(opened.error().code)) return opened;
  // What was opened is in its file before more is said: killed between, this node would have to hear them all again.
  if (opened) {
    if (auto released = parts_.feed.release(); !released)
      return fail(from_registry(released.error(), "the guard file cannot be written"));
  }
  {
    const std::lock_guard lock(mutex_);
    awaiting_peers_ = false;
  }
  on_heard();
  if (const auto begun = begin_to_sign(); !begun) {
    behind_ = true;  // the housekeeping tries again
    parts_.log.warning("feed_behind", core::Json::object({{"why", begun.error().why}}));
  }
  if (may_sign())
    parts_.log.info("may_sign", core::Json::object({{"why", "peers have shown what they hold"}}));
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

Result<std::optional<registry::SaidAt>, Error> Membership::say(core::Transaction& transaction,
                                                               registry::StatementKind kind,
                                                               core::Json body, core::Instant now) {
  if (!joined()) return std::optional<registry::SaidAt>();
  if (auto may = check_may_sign(); !may) {
    behind_ = true;
    return fail(unsayable(may.error()));
  }
  // Who accredits after a recovery means it: the end that still waits to be said would come after it.
  if (kind == registry::StatementKind::accredit) {
    if (const auto given = registry::parse_accreditation(body))
      UnsaidStatements::drop_ends(transaction, given->subject, given->types);
  }
  const auto statement =
      parts_.feed.append(transaction, registry::name_of(kind), std::move(body), now);
  if (!statement) {
    behind_ = true;
    Error error = unsayable(from_registry(statement.error(), "cannot append to the own feed"));
    // No charter is read here: what is wrong is what was to be said.
    if (error.code == ErrorCode::charter_invalid) error.code = ErrorCode::invalid_input;
    return fail(error);
  }
  return std::optional(registry::SaidAt{statement->epoch, statement->sequence});
}

Result<void, Error> Membership::check_may_sign() const {
  const bool is_outside = joined() && !admitted();
  const std::lock_guard lock(mutex_);
  if (refusal_) return fail(*refusal_);
  if (is_outside) return fail(not_admitted(parts_.organisation));
  if (awaiting_peers_) return fail(awaiting_peers());
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
    IssuedBatches::published(transaction, leaves.size(), **said);
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

bool Membership::has_news_to_say() const {
  const auto view = parts_.replica.view();
  return view != nullptr && may_sign() && registry::has_news_to_say(*view, feed());
}

std::optional<core::Milliseconds> Membership::head_interval() const {
  const auto view = parts_.replica.view();
  if (view == nullptr) return std::nullopt;
  return revocation::head_interval(view->charter().freshness.limit(revocation::Tier::normal));
}

}  // namespace avow::node
