#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/database.h"
#include "core/timestamp.h"
#include "registry/charter.h"
#include "registry/election.h"
#include "registry/feed_store.h"
#include "registry/fold_checkpoints.h"
#include "registry/held_pool.h"
#include "registry/held_texts.h"
#include "registry/member_log.h"
#include "registry/spare_entries.h"
#include "registry/view.h"
#include "revocation/status_bits.h"

namespace avow::registry {

/// In a range, what stands for the log of a feed: its sequences are the versions of the entries.
inline constexpr std::int64_t kLogEpoch = 0;

/// Statements of one epoch (or log entries: kLogEpoch) that are missing here, from this sequence on.
struct MissingRange {
  std::string feed;
  std::int64_t epoch = 1;
  std::int64_t from = 0;

  friend auto operator<=>(const MissingRange&, const MissingRange&) = default;
};

struct RejectedObject {
  std::string hash;  // empty if the text was too broken to have one
  Error error;
};

/// Bits that this node had counted, and that stand only on a branch that its owner has abandoned.
struct LapsedBits {
  std::string feed;
  std::int64_t epoch = 1;  // the one whose opening abandoned them
  std::string list;
  std::vector<revocation::StatusListIndex> indexes;
};

/// What became of a batch.
struct Receipt {
  std::vector<std::string> accepted;   // hashes; durable once the transaction commits
  std::vector<std::string> duplicate;  // hashes held already
  std::set<std::string> held;          // hashes waiting in memory: not acknowledged
  std::set<MissingRange> need;
  std::set<std::string> need_hashes;  // ancestors of a second branch, or of an opening
  std::vector<RejectedObject> rejected;
  std::vector<std::string>
      frozen;  // feeds for which a lower fork was proven, of statements or of the log
  std::vector<LapsedBits> lapsed;
  std::vector<std::int64_t> decided = {};  // slots
  /// Of this slot a second value is decided: governance stops before it.
  std::optional<std::int64_t> forked_slot = {};
};

struct Changes {
  std::int64_t cursor = 0;
  bool more = false;
  std::vector<ObjectId> ids;
  /// It ends here for now: what comes next waits for a guard file of ours.
  bool withheld = false;
};

/// What a peer wants, and what it gets: canonical texts.
struct StatementRange {
  std::string feed;
  std::int64_t epoch = 1;
  std::int64_t from = 0;
  std::int64_t to = 0;  // inclusive

  friend bool operator==(const StatementRange&, const StatementRange&) = default;
};
struct Objects {
  std::vector<std::string> log_entries = {};
  std::vector<std::string> statements = {};
  std::vector<std::string> proofs = {};
  std::vector<std::string> heads = {};
  std::vector<std::string> slots = {};  // proposals and decisions
  std::vector<std::string> votes = {};
  std::vector<std::string> emergencies = {};
  std::vector<std::string> witness_proofs = {};  // of log entries

  std::vector<std::string>& of(ObjectClass object_class);
  bool empty() const;
};

/// A slot after the first, as it was decided.
struct PastSlot {
  std::int64_t number = 2;
  std::string hash;
  std::vector<std::string> words;  // one line for each action
  std::vector<std::string> by;     // SCIDs of the governors whose commits decided it
};

/// A queued object for a peer; acknowledge `n` when the peer has it durably.
struct Outgoing {
  std::int64_t n = 0;
  ObjectClass object_class = ObjectClass::statement;
  std::string text;
  std::string hash = {};
};

inline constexpr std::size_t kMaxBatch = 512;
inline constexpr std::size_t kMaxAnswerBytes = std::size_t{1} << 20;

struct CountedBranch;
struct Trace;
enum class TraceTo;
struct SignedBy;

/// A member's copy of every feed. No threads, no sockets, no clock.
///
/// What takes a Transaction must run inside Database::write: everything that an accepted object
/// changes is in that transaction, and the view follows after its commit. Those methods therefore run
/// on the writer's thread only; view(), since, fetch, missing and outgoing may be called from any.
class Replica {
 public:
  explicit Replica(std::set<std::string> peers = {}, const HourLimits& limits = {})
      : peers_(std::move(peers)), limits_(limits) {}
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  /// At start: takes the stored charter, if any, and folds what is stored. Call before any other
  /// thread uses this. `allow_localhost` as in verify_charter.
  /// fails what verify_charter fails with, malformed (a stored text is none, or not the one that was judged: each
  /// statement must continue the one before)
  Result<void, Error> load(core::Connection& connection, bool allow_localhost);
  /// As load(), of a copy of the database that `other` has loaded, and has changed nothing of since: who has thousands of
  /// one content need not read it thousands of times.
  void load_as(const Replica& other);
  /// Takes a verified charter. The same one again is nothing; another takes its place as long as nothing of a network was
  /// taken, after that it is the charter for good.
  /// fails other_charter
  Result<void, Error> adopt(core::Transaction& transaction, Charter charter);

  /// Null without a charter. Immutable; hold it for one answer, not for longer.
  std::shared_ptr<const View> view() const;

  /// Log entries and what witnesses say of them first, then slots, votes, emergencies, statements, proofs and heads; at most kMaxBatch texts of each, more
  /// are ignored. `from` is the peer that sent them: it is not queued the same again. The next slot is decided as soon as
  /// it and a quorum of commits are held.
  /// fails no_charter, malformed (the stored slots)
  Result<Receipt, Error> receive(core::Transaction& transaction, const Objects& objects,
                                 std::string_view from, core::Instant now);
  /// Looks again at the statements that are held, and at the entries whose time has come; call it every few seconds.
  Result<Receipt, Error> retry_held(core::Transaction& transaction, core::Instant now);

  /// The votes and proposals held of the slot after the last one.
  /// fails no_charter
  Result<Election, Error> election(FeedReader& store) const;
  /// The slots in force after the first, in order.
  /// fails no_charter, malformed (the stored slots)
  Result<std::vector<PastSlot>, Error> history(FeedReader& store) const;

  /// What is missing here although something signed names it: gaps below heads that are ahead, ancestors of openings, of
  /// fork evidence and of evict cuts, what newcomers said before they were admitted. Call it when pulling.
  Receipt wanted(core::Connection& connection) const;

  /// The change log after `cursor`; a cursor that this store never gave starts from the beginning.
  /// Of one feed, if it is given (FeedReader::ingested_after).
  Changes since(core::Connection& connection, std::int64_t cursor, std::size_t max,
                std::optional<std::string_view> feed = {}) const;
  /// Those of `ids` that are not held here.
  std::vector<ObjectId> missing(core::Connection& connection, std::span<const ObjectId> ids) const;
  /// Stops before exceeding `max_bytes` (at most kMaxAnswerBytes), but gives at least one object. Here
  /// and in outgoing(), a text counts as the JSON string that it travels as.
  Objects fetch(core::Connection& connection, std::span<const StatementRange> ranges,
                std::span<const std::string> hashes, std::size_t max_bytes) const;
  /// What is queued for a peer and not among these, oldest first.
  std::vector<Outgoing> outgoing(core::Connection& connection, const std::string& peer,
                                 std::size_t max, std::size_t max_bytes,
                                 const std::set<std::int64_t>& without = {}) const;
  void acknowledge(core::Transaction& transaction, const std::string& peer,
                   std::span<const std::int64_t> ns);

  const HeldPool& held() const { return pool_; }                     // writer's thread
  const HeldEntries& held_entries() const { return held_entries_; }  // writer's thread
  const SpareEntries& spares() const { return spares_; }             // writer's thread
  const HeldTexts& held_texts() const { return held_texts_; }        // writer's thread
  /// How many statements were folded to count branches anew: what forks and openings have cost. Writer's thread.
  std::uint64_t folded_anew() const { return folded_anew_; }
  /// How many held statements were judged once more. Writer's thread.
  std::uint64_t judged_again() const { return judged_again_; }
  /// Counts up when what was refused before may be taken: each peer's change log is then read from its beginning.
  std::int64_t asks() const { return asks_; }
  /// How many records were looked at so far to count emergencies, for tests to see that few are.
  std::size_t emergencies_judged() const { return emergencies_judged_; }  // writer's thread
  /// How many proposed slots were tried on the charter so far, for the same.
  std::size_t slots_tried() const { return slots_tried_; }  // writer's thread
  /// How often the signatures of a decision were checked so far, for the same.
  std::size_t decisions_checked() const { return decisions_checked_; }  // writer's thread

 private:
  friend class OwnFeed;
  friend class OwnVotes;
  friend class BatchProbe;  // of the tests: what a batch holds before it is committed
  struct Work;              // one batch in one transaction
  /// What is fetched backwards by hash: the statement before `next` is wanted. Either a well-signed opening waits for what
  /// it continues, one for each (feed, epoch); or, under kCutWalk, an evict cut is sought, and there is no opening.
  struct Walk {
    std::shared_ptr<const Statement> opening;
    FeedPlace next;
    /// What has come of the hour and the epoch in which the last that came lies.
    HourUse use = {};
    std::int64_t epoch = 0;
  };
  static constexpr std::int64_t kCutWalk = 0;
  using WalkKey = std::pair<std::string, std::int64_t>;
  using Walks = std::map<WalkKey, Walk>;
  /// Of openings that wait: more than any log has versions, if they are of the usual size.
  static constexpr std::size_t kMaxWalkBytesPerFeed = std::size_t{4} << 20;

  static constexpr std::size_t kMaxWantedWalks = 8;  // of one feed, at a time

  Result<Receipt, Error> run(core::Transaction& transaction, std::string_view from,
                             core::Instant now, const std::function<void(Work&)>& steps);
  Result<std::shared_ptr<const MemberLog>, Error> load_log(FeedReader& store, const Member& member,
                                                           const Charter& charter) const;
  Result<void, Error> catch_up_logs(Work& work) const;
  Result<void, Error> load_feed(FeedReader& store, const Member& member);
  const MemberLog* log_of(const Work& work, std::string_view feed) const;
  Result<std::shared_ptr<const Charter>, Error> in_force(FeedReader& store) const;
  Result<Election, Error> election_to_write(FeedReader& store) const;
  Election& election_of(Work& work) const;
  void take_governance(Work& work, const Objects& objects);
  void take_vote(Work& work, const std::string& text);
  void take_slot(Work& work, const std::string& text);
  void take_decision(Work& work, const std::string& text);
  void take_second_decision(Work& work, const DecidedSlot& decided);
  Result<void, Error> check_commits(Work& work, const DecidedSlot& decided,
                                    const LogOf& log_of) const;
  Result<DecidedSlot, Error> check_decided(Work& work, const DecidedSlot& decided,
                                           const Charter& charter);
  void take_spares(Work& work, const std::vector<Vote>& votes, const Charter& charter);
  const Error* refusal_of(const Work& work, const Slot& slot) const;
  void note_refusal(const Work& work, const Slot& slot, const Error& refusal);
  void take_emergency(Work& work, const std::string& text);
  void keep_emergency(Work& work, const EmergencyRecord& record, const std::string& text);
  void drop_emergencies_by(Work& work, const std::string& governor);
  std::vector<EmergencyInterval> count_emergencies(Work& work);
  void ask_anew(Work& work);
  using CheckSignature = Result<core::Ed25519PublicKey, Error> (*)(const SignedBy& by,
                                                                   const LogOf& log_of);
  void hold_signed(Work& work, ObjectClass object_class, const std::string& text,
                   const std::string& hash, const std::vector<SignedBy>& signers,
                   CheckSignature check, const std::vector<std::string>& waits_for = {});
  const HeldTexts::Text* find_held(const Work& work, const std::string& text,
                                   const std::vector<SignedBy>& signers, bool is_checked) const;
  void hold_decision(Work& work, const DecidedSlot& decided);
  std::vector<HeldTexts::Text> held_in(const Work& work) const;
  static bool needs_look(Work& work, const HeldTexts::Text& held);
  void take_held(Work& work, const HeldTexts::Text& held);
  void keep_held(const std::set<std::string>& settled,
                 const std::vector<HeldTexts::Text>& newly_held);
  void decide(Work& work, const DecidedSlot& decided);
  void change_charter(Work& work, Charter charter);
  void note_change(Work& work, const Charter& before);
  void note_witnesses(Work& work, const Charter& before);
  void note_settlements(Work& work, const Charter& before);
  void reload_log(Work& work, const Member& member);
  void judge_anew(Work& work, const std::string& feed, std::int64_t from_epoch);
  void settle_votes(Work& work);
  void want_newcomer(const MemberLog& log, const std::string& scid, Receipt& receipt) const;
  void take_entry(Work& work, const UnverifiedEntry& entry);
  void take_witness_proof(Work& work, const WitnessProof& proof);
  void accept_witness_proof(Work& work, const WitnessProof& proof);
  void accept_held_proofs(Work& work, const std::string& feed, const std::string& version_id);
  bool keep_spare(Work& work, const UnverifiedEntry& entry, const MemberLog& log);
  void hold_entry(Work& work, const UnverifiedEntry& entry, const EntryJudgement& judged);
  void judge_held(Work& work, const std::vector<UnverifiedEntry>& entries);
  void accept_entry(Work& work, const MemberLog& log, LogEntryPtr entry);
  void need_entries(Work& work, const std::string& feed) const;
  void need_keys(Work& work, const std::string& feed, std::int64_t version) const;
  void take(Work& work, const Statement& statement);
  void take_link(Work& work, const Statement& statement);
  void take_ready(Work& work);
  void carry_out(Work& work, const Statement& statement, Judgement judgement);
  void accept(Work& work, const Statement& statement, const ChainTip& tip);
  void hold(Work& work, const Statement& statement, std::size_t share);
  /// `known_to`: the peer that has sent the proof itself, if one did.
  void take_fork(Work& work, const ForkProof& proof, std::string_view known_to = {});
  void keep_refused(Work& work, const Statement& statement);
  void prove_refused(Work& work, const std::string& feed);
  bool refuse_after_cut(Work& work, const Statement& statement) const;
  void seek_cut(Work& work, const std::string& feed, const EvictCut& cut);
  void begin_walk(Work& work, const Statement& opening);
  void go_on(Work& work, const WalkKey& key);
  bool is_more_than_hours_hold(Work& work, Walk& walk, const Trace& come) const;
  void refuse_too_long(Work& work, const WalkKey& key);
  void need_ancestors(FeedReader& store, const std::string& feed, const FeedPlace& next,
                      Receipt& receipt) const;
  /// How far back what `from` continues is held.
  Trace trace_from(FeedReader& store, std::string_view feed, FeedPlace from, TraceTo to) const;
  bool prove_second_opening(Work& work, const Statement& opening);
  static std::vector<WalkKey> walks_of(const Work& work, const std::string& feed);
  static bool is_awaited(const Work& work, const Statement& opening);
  static void end_walk(Work& work, const WalkKey& key);
  void end_walks(Work& work, const std::string& feed);
  void refuse_walk(Work& work, const WalkKey& key, const std::vector<std::string>& in_vain,
                   const Error& why);
  void go_on_after(Work& work, const Statement& held);
  bool take_ancestor(Work& work, const Statement& statement);
  void go_on_where_held(Work& work, const std::string& feed);
  void take_from_beside(Work& work, const std::string& feed);
  void put_on_chain(Work& work, const std::string& feed, const FeedPlace& opening);
  void change_branch(Work& work, const std::string& feed);
  Result<FeedFold, Error> fold(FeedReader& store, const Member& member,
                               const CountedBranch& branch);
  Result<FeedFold, Error> fold(FeedReader& store, const Member& member, const CountedBranch& branch,
                               FoldCheckpoints& checkpoints);
  void put_counted_on_chain(Work& work);
  void refold(Work& work);
  void take_proof(Work& work, const ForkProof& proof);
  void take_head(Work& work, const Head& head);
  /// For all but the one who sent it.
  void queue_for_peers(Work& work, std::int64_t n) const;
  void queue_for_peers(Work& work, std::int64_t n, std::string_view known_to) const;
  void retry(Work& work, const std::string& feed);
  void note_refused(const Receipt& receipt);
  void finish(core::Transaction& transaction, Work& work);
  void publish();
  /// May this leave, as far as the guard of our own feed is concerned?
  bool may_leave(FeedReader& store, const ObjectId& id) const;

  // For OwnFeed: does anything of an epoch that is well signed wait to be judged, from that sequence on? Writer's thread.
  bool has_waiting(const std::string& feed, std::int64_t epoch, std::int64_t from) const;
  // From now on nothing of `feed` leaves beyond what was released.
  void guard(const std::string& feed);
  void release(std::int64_t epoch, std::int64_t sequence);
  // For OwnVotes: ours leave up to this one. Nothing of them before the first call.
  void release_votes(std::int64_t slot, std::int64_t n);

  const std::set<std::string> peers_;
  const HourLimits limits_;
  std::shared_ptr<const Charter> founding_;  // slot 1; writer's thread
  std::shared_ptr<const Charter> charter_;   // in force; writer's thread
  HeldTexts held_texts_;                     // writer's thread
  /// How often something more was held, or spare, and up to where that was looked at: others of the same commit may hold
  /// more. Writer's thread.
  std::uint64_t held_anew_ = 0;
  std::uint64_t looked_at_ = 0;
  std::optional<View> working_;                         // writer's thread
  std::int64_t newest_entry_ = 0;                       // of the logs in working_; writer's thread
  HeldPool pool_;                                       // writer's thread
  HeldEntries held_entries_;                            // writer's thread
  HeldWitnessProofs held_proofs_;                       // writer's thread
  SpareEntries spares_;                                 // writer's thread
  std::map<std::string, FoldCheckpoints> checkpoints_;  // of forked feeds; writer's thread
  std::uint64_t folded_anew_ = 0;                       // writer's thread
  std::uint64_t judged_again_ = 0;                      // writer's thread
  static constexpr std::size_t kMaxRefusedSlots = 1'024;
  std::size_t slots_tried_ = 0;        // writer's thread
  std::size_t decisions_checked_ = 0;  // writer's thread
  std::string refused_after_;          // the slot that these may not follow; writer's thread
  std::map<std::string, Error> refused_slots_;  // by hash; writer's thread
  /// Since asks_ went up for it: was anything refused that other keys or another charter may make good, and had anything no
  /// room among what waits? Writer's thread.
  bool is_any_refused_ = false;
  bool is_any_crowded_out_ = false;
  std::size_t emergencies_judged_ = 0;  // writer's thread
  std::atomic<std::int64_t> asks_ = 0;
  mutable std::atomic<std::size_t> wanted_ = 0;  // how often it was asked what is
  bool is_beside_looked_at_ = false;             // since the start; writer's thread
  bool allow_localhost_ = false;
  // For the next commit, on the writer's thread only:
  std::optional<Walks> uncommitted_walks_;  // nothing: as walks_
  std::size_t unpublished_ = 0;             // batches that change the view
  mutable std::mutex mutex_;                // guards what is below
  std::shared_ptr<const View> published_;
  Walks walks_;                                            // changed on the writer's thread only
  std::string own_feed_;                                   // empty: none
  std::pair<std::int64_t, std::int64_t> released_{0, -1};  // (epoch, sequence) of our own feed
  std::pair<std::int64_t, std::int64_t> released_votes_{0, -1};  // (slot, n)
};

}  // namespace avow::registry
