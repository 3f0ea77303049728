#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/database.h"
#include "registry/charter.h"
#include "registry/decided_slot.h"
#include "registry/emergency.h"
#include "registry/feed.h"
#include "registry/fork_proof.h"
#include "registry/guard_file.h"
#include "registry/head.h"
#include "registry/member_log.h"
#include "registry/statement.h"
#include "registry/witness_proof.h"

namespace avow::registry {

/// The tables of this room: slot, slot_fork, proposal, vote, own_vote, emergency, own_emergency, log_entry, witness_proof, statement, feed_state,
/// refused, fork_proof, head, ingest, outbox, own_signature. Texts are stored as they were signed.
std::span<const core::Migration> migrations();

/// The classes of objects that peers exchange so far.
enum class ObjectClass { log_entry, statement, proof, head, slot, vote, emergency, witness_proof };
std::string_view name_of(ObjectClass object_class);  // "log_entry", "statement", …
std::optional<ObjectClass> class_named(std::string_view name);

/// One line of the change log that is served to peers.
struct ObjectId {
  std::int64_t n = 0;  // the cursor that comes after it
  ObjectClass object_class = ObjectClass::statement;
  std::string feed;
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  std::string hash;
  int priority = 0;

  /// As peers see it: "<SCID>/<epoch>/<sequence>" of a statement, "<SCID>/<epoch>" of a proof, of a log entry and of
  /// a witness's proof, whose version that is, "<SCID>" of a head and of an emergency, "<number>" of a slot, "<SCID of the governor>/<slot>/<round>"
  /// of a vote.
  std::string key() const;
};

struct HeldPlace {
  FeedPlace place;
  bool on_chain = false;
};

struct StoredObject {
  ObjectId id;
  std::string text;
};

/// The stored proof that a feed forked: of all those known, one at the lowest sequence.
struct StoredFork {
  std::int64_t sequence = 0;
  std::string text;
};

/// An entry that a witness has signed.
struct WitnessedEntry {
  std::int64_t n = 0;  // in the order in which they came
  std::string feed;
  std::int64_t version = 1;
  std::string entry_hash;
};

/// The store as one connection sees it, made anew for each piece of work. Faults of the database are
/// thrown as core/database.h says and end where the Database runs its caller.
class FeedReader {
 public:
  explicit FeedReader(core::Connection& connection) : connection_(connection) {}

  std::optional<std::string> charter_text();
  std::optional<std::string> network_id();
  /// Texts of the entries after the first, by version.
  std::vector<std::string> log_entries(std::string_view feed, std::int64_t from_version);
  /// The same one by one, `from` ≤ version ≤ `to`, until `take` returns false.
  void each_log_entry(std::string_view feed, std::int64_t from, std::int64_t to,
                      const std::function<bool(std::int64_t version, std::string_view text)>& take);
  /// Counts up with each entry that is stored, of any log.
  std::int64_t newest_entry();
  /// Whose logs have entries stored after that one.
  std::vector<std::string> feeds_with_entries_after(std::int64_t entry);
  /// Texts of the proofs of witnesses about entries of that version, or of any, that count.
  std::vector<std::string> witness_proofs(std::string_view feed,
                                          std::optional<std::int64_t> version = {});
  /// Those by one witness, stored after that one, in the order in which they came.
  std::vector<WitnessedEntry> proofs_by(std::string_view witness, std::int64_t after);
  bool has_witness_proof(
      const WitnessProof& proof);  // by its witness, about its entry, of whichever log
  /// Epochs of which anything is on the chain, the highest first.
  std::vector<std::int64_t> epochs(std::string_view feed);
  /// The end of an epoch's chain. One chain an epoch is held: its statements follow each other from the opening on.
  /// Statements of other branches may be held beside it.
  std::optional<ChainTip> tip(std::string_view feed, std::int64_t epoch);
  /// What an epoch's chain up to this statement used of the UTC hour in which that lies.
  HourUse hour_use(std::string_view feed, std::int64_t epoch, std::int64_t sequence);
  /// Where a statement stands, on the chain of its epoch or beside it.
  std::optional<HeldPlace> place_of(std::string_view feed, std::string_view hash);
  /// The text, and the hash, of the statement on the chain at a position.
  std::optional<std::string> statement_at(std::string_view feed, std::int64_t epoch,
                                          std::int64_t sequence);
  std::string hash_at(std::string_view feed, std::int64_t epoch, std::int64_t sequence);
  /// Texts on the chain in order, `from` ≤ sequence < `end`, until `take` returns false.
  void each_statement(std::string_view feed, std::int64_t epoch, std::int64_t from,
                      std::int64_t end, const std::function<bool(std::string_view)>& take);
  /// Texts of what is held of these epochs, on their chains or beside, and we have not signed, or not at that position:
  /// `from` ≤ epoch < `end`.
  void each_not_signed_here(std::string_view feed, std::int64_t from, std::int64_t end,
                            const std::function<void(std::string_view text, bool on_chain)>& take);
  /// Of what is held beside the chains: its epochs, ascending; the lowest sequence of one; texts at a position.
  std::vector<std::int64_t> epochs_beside(std::string_view feed);
  std::optional<std::int64_t> lowest_beside(std::string_view feed, std::int64_t epoch);
  std::vector<std::string> beside(std::string_view feed, std::int64_t epoch, std::int64_t sequence);
  std::optional<StoredFork> fork(std::string_view feed, std::int64_t epoch);
  /// The lowest proven fork of each epoch that has one.
  std::map<std::int64_t, std::int64_t> forks(std::string_view feed);
  /// Those that have any.
  std::set<std::string> forked_feeds();
  /// The text of what was refused at a place and kept as evidence.
  std::optional<std::string> refused_at(std::string_view feed, std::int64_t epoch,
                                        std::int64_t sequence);
  /// The lowest sequence of an epoch, from `from` on, of what is held beside its chain or as evidence and we have not signed.
  std::optional<std::int64_t> first_made_elsewhere(std::string_view feed, std::int64_t epoch,
                                                   std::int64_t from);
  /// Texts of what was refused, each with that of another which stands at its place on a chain.
  std::vector<std::pair<std::string, std::string>> contradicted(std::string_view feed);
  std::optional<std::string> head(std::string_view feed);
  /// The texts of the slots after `n`, in order; none from a slot on of which two values are decided.
  std::vector<std::string> slots_after(std::int64_t n);
  std::optional<std::int64_t> forked_slot();
  /// The texts of what is decided of a slot: of a forked one both.
  std::vector<std::string> decisions_of(std::int64_t slot);
  std::vector<std::string> votes(std::int64_t slot);
  /// Hashes of what one governor signed on a slot; of more than `max` those of the highest rounds.
  std::vector<std::string> votes_by(std::string_view governor, std::int64_t slot, std::size_t max);
  std::vector<std::string> proposals(std::int64_t slot);
  std::vector<EmergencyRecord> emergencies();  // by member and time
  std::vector<EmergencyRecord> emergencies_about(std::string_view scid);
  std::vector<EmergencyRecord> emergencies_by(std::string_view governor);  // the latest first
  /// The members about whom this one has signed any.
  std::vector<std::string> called_suspended_by(std::string_view governor);
  /// When an emergency for that member begins which we signed, and which is less than kEmergencyPause from that time.
  std::optional<core::Instant> own_emergency_near(std::string_view scid, core::Instant from);
  /// Hashes of what we signed on a slot, in order.
  std::vector<std::string> own_votes(std::int64_t slot);
  /// A vote that we signed: `epoch` is its slot, `sequence` how many we had signed on that slot before.
  std::optional<GuardMark> own_vote(std::string_view hash);
  /// The last that we signed on a slot up to this one.
  std::optional<GuardMark> last_own_vote(std::int64_t up_to_slot);
  /// An object by its class and hash.
  std::optional<StoredObject> object(ObjectClass object_class, std::string_view hash);

  /// Of one feed, if it is given: "" has the slots, a governor's its votes, a member's the emergencies about it.
  std::vector<ObjectId> ingested_after(std::int64_t cursor, std::size_t max,
                                       std::optional<std::string_view> feed = {});
  std::int64_t last_ingested();
  /// The oldest that are queued for a peer and not among these.
  std::vector<StoredObject> outbox(std::string_view peer, std::size_t max,
                                   const std::set<std::int64_t>& without = {});
  std::int64_t outbox_size(std::string_view peer);
  /// Does an object of this hash wait for a peer?
  bool is_queued(std::string_view peer, std::string_view hash);
  /// The hash that we signed at a position of our own feed.
  std::optional<std::string> own_signature(std::string_view feed, std::int64_t epoch,
                                           std::int64_t sequence);
  /// The last position that we signed in an epoch before this one.
  std::optional<GuardMark> last_own_signature(std::string_view feed, std::int64_t before_epoch);

 private:
  core::Connection& connection_;
};

/// Texts that were taken out of the store.
struct Withdrawn {
  std::vector<std::string> statements;  // those on a chain first, in order
  std::vector<std::string> refused;     // and kept as evidence
  std::vector<std::string> proofs;      // of forks
};

/// Everything here is part of the caller's transaction.
class FeedWriter : public FeedReader {
 public:
  explicit FeedWriter(core::Transaction& transaction)
      : FeedReader(transaction), transaction_(transaction) {}

  void put_charter(const Charter& charter);
  /// Each of these also writes the ingest row; what it replaces leaves ingest and outboxes.
  /// gives its place in the change log
  std::int64_t put_log_entry(const std::string& feed, const LogEntry& entry);
  /// About an entry that counts, the first by that witness.
  std::int64_t put_witness_proof(const WitnessProof& proof);
  /// On the chain of its epoch, of which `tip` is the end then.
  /// gives nothing if it was on a chain before: the change log lists it once, however often it moves
  std::optional<std::int64_t> put_statement(const Statement& statement, const ChainTip& tip);
  /// What was refused from there on in its epoch proves nothing more, and goes.
  std::int64_t put_fork(const ForkProof& proof);
  /// Keeps what can never stand at its place as evidence, the first of each place, in no change log.
  void put_refused(const Statement& statement);
  std::int64_t put_head(const Head& head);
  /// Beside the chain, and in no change log: whoever needs it asks for it by its hash.
  void put_ancestor(const Statement& statement);
  /// Takes one out again that stands beside the chain.
  void drop_ancestor(std::string_view hash);
  /// Takes all that a feed says in this epoch and later ones out again, its head and the change log included: to be judged
  /// anew.
  Withdrawn withdraw(std::string_view feed, std::int64_t from_epoch);
  /// Leaves what is on the chain from `sequence` on beside it.
  void displace(std::string_view feed, std::int64_t epoch, std::int64_t sequence);
  std::int64_t put_vote(const Vote& vote);
  std::int64_t put_proposal(const ProposedSlot& proposal);
  /// Takes the place of the votes and proposals that led to it.
  std::int64_t put_slot(const DecidedSlot& decided);
  /// A second value decided of a slot that has one.
  std::int64_t put_slot_fork(const DecidedSlot& decided);
  std::int64_t put_emergency(const EmergencyRecord& record, const std::string& text);
  void drop_emergency(const EmergencyRecord& record);
  void put_own_emergency(const Emergency& emergency);
  /// fails already_signed: of one slot, round and phase one vote is ours, for ever
  Result<void, Error> put_own_vote(const Vote& vote);
  /// Queues an object for a peer. Of more than kMaxOutbox only the newest stay: the rest it pulls.
  void queue(std::string_view peer, std::int64_t n);
  void acknowledge(std::string_view peer, std::span<const std::int64_t> ns);
  /// fails already_signed
  Result<void, Error> put_own_signature(const Statement& statement);

  static constexpr std::int64_t kMaxOutbox = 10'000;

 private:
  bool is_listed(const ObjectId& id);
  std::int64_t put_ingest(const ObjectId& id);
  void put_statement_row(const Statement& statement, bool on_chain);
  core::Transaction& transaction_;
};

}  // namespace avow::registry
