#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/database.h"
#include "did/document_store.h"
#include "node/agents/agent_stop_book.h"
#include "node/data_directory.h"
#include "node/hearing.h"
#include "node/log.h"
#include "node/recovery/unsaid_statements.h"
#include "registry/body.h"
#include "registry/own_feed.h"
#include "registry/own_votes.h"
#include "registry/replica.h"
#include "registry/statement.h"
#include "revocation/status_list_issuer.h"

namespace avow::node {

/// The charter that a node was handed, as it must be before anything is opened for it. Whoever did not found the network
/// is admitted by a later slot, if `knows_slots`: there are peers who tell of it, or a database that may hold it.
/// fails charter_invalid, configuration (it does not admit this organisation, and no slot can)
Result<registry::Charter, Error> check_charter(const std::string& text,
                                               const Organisation& organisation, core::Instant now,
                                               bool allow_localhost, bool knows_slots);

/// What the own organisation says in its consortium. Without a charter it says nothing: everything else works alone.
class Membership {
 public:
  struct Parts {
    core::Database& database;
    registry::Replica& replica;
    registry::OwnFeed& feed;
    revocation::StatusListIssuer& lists;
    did::DocumentStore& documents;
    AgentStopBook& stops;
    const Organisation& organisation;
    const core::Clock& clock;
    Log& log;
    /// With peers (URLs), nothing is signed after a start until enough of them (hearing.h) have shown what they hold of the
    /// own feed. Without, the guard files alone say whether the database is the newest.
    std::vector<std::string> peers = {};
    /// What this node signs as a governor, whose guard file may be lost as well as the feed's.
    const registry::OwnVotes* votes = nullptr;
    std::string own_witness = {};  // the Multikey with which this node witnesses, if it does
    /// Of an hour, for what a recovery says again.
    registry::HourLimits said_again_per_hour = kSaidAgainPerHour;
    std::vector<registry::NodePeer> node_peers = {};  // as whom members' nodes know this one
  };
  explicit Membership(const Parts& parts) : parts_(parts) {}

  /// Called once at start. Takes the charter (checked, or nothing to go on with the one stored),
  /// compares the guard file, opens the epoch of the newest version of its log with the node's URL, the lists and the documents as they stand; in a
  /// feed that is open, says what the lists have and it has not. With peers all that is said waits for
  /// heard_from_peer(). A restored backup is no failure here: the node runs, refuses to sign and says so. Nor is it
  /// that no slot has admitted this organisation yet: the node runs, follows the network, and says nothing before.
  /// fails conflict (another charter than the stored one, under which something was taken), configuration (as
  ///       check_charter), storage
  Result<void, Error> join(std::optional<registry::Charter> charter, const std::string& node_url,
                           bool allow_localhost);

  const std::string& feed() const { return parts_.organisation.entry.scid; }
  bool joined() const { return parts_.replica.view() != nullptr; }
  /// Has a slot that is held here admitted this organisation?
  bool admitted() const;
  bool may_sign() const { return check_may_sign().has_value(); }
  /// Before anything is signed in the organisation's name, also what no feed hears of: a credential, a list.
  /// fails restored_backup, storage (what join() or look_again() found), not_admitted, awaiting_peers
  Result<void, Error> check_may_sign() const;
  /// The own feed ends over two minutes after this clock's time: it was ahead when that was said, or is behind now.
  /// Peers whose clocks are right hear of nothing that is said until then.
  bool clock_went_back() const;
  /// After others brought objects of the own feed: if this node did not make all of them, it is a restored copy or its
  /// key is used elsewhere, and it signs nothing from here on.
  void look_at(const registry::Objects& objects);
  bool awaits_peers() const;
  /// Before it is told to others what is held of them.
  /// fails awaiting_peers (what was forgotten may still come), and why it may not sign (restored_backup …)
  Result<void, Error> check_remembers() const;
  /// The witnesses among whom some are to be heard: without guard files, where the charter names any. Their word is good
  /// for what is held of us, whoever brings it.
  std::vector<core::Ed25519PublicKey> awaited_witnesses() const;
  /// This peer has shown, since the start, that it holds our last statement and no later one of ours; and to be the
  /// charter's `witness` (a Multikey), if it is one. When enough were heard signing begins, with what join() left unsaid.
  /// Later calls do nothing, nor does any before a slot has admitted us.
  /// fails storage (a guard file that cannot be written), and what opening the feed fails with. It is logged, and told by
  /// check_may_sign(); the next peer that is heard tries again
  Result<void, Error> heard_from_peer(const std::string& peer, const std::string& witness = "");
  /// Why it is not counted as heard. Of each peer and kind logged once; told with whom is awaited.
  void doubt(const std::string& peer, const Doubt& doubt);

  /// Says where this node is, what a recovery says again, and what the lists, the documents and the stops of agents have
  /// and the feed has not: all at the opening, later what could only act here.
  /// fails what say() fails with; what was said until then stays said
  Result<void, Error> catch_up();
  /// True after something could not be said: catch_up() is due.
  bool is_behind() const { return behind_; }

  /// Appends a statement to the own feed in the caller's transaction.
  /// gives which it is; nothing without a charter
  /// fails restored_backup, not_admitted, awaiting_peers, feed_full, conflict (the feed is forked or full for this hour; members would make nothing
  ///       of it), invalid_input
  Result<std::optional<registry::SaidAt>, Error> say(core::Transaction& transaction,
                                                     registry::StatementKind kind, core::Json body,
                                                     core::Instant now);
  /// What this node has on record and the feed, as of the last commit, has not: that a bit is set; how an agent stands. What
  /// another of the same commit has said may be said twice, which changes nothing.
  /// fails what say() fails with
  Result<std::optional<registry::SaidAt>, Error> say_set_if_unsaid(
      core::Transaction& transaction, const revocation::StatusSlot& slot, core::Instant now);
  Result<void, Error> say_stop_if_unsaid(core::Transaction& transaction,
                                         const std::string& agent_hash, const OwnStop& stop,
                                         core::Instant now);
  /// Says the document of an agent or a person as it stands now, with who answers for it.
  Result<void, Error> say_document(core::Transaction& transaction, const core::Json& document,
                                   registry::DocumentStatus status, core::Instant now);
  /// Publishes what was issued and is not published yet: its Merkle root, in the caller's transaction. Nothing without a
  /// charter.
  /// fails what say() fails with
  Result<void, Error> publish_issued(core::Transaction& transaction, core::Instant now);
  /// … if it is time (issued_batches.h), in a transaction of its own; and what a recovery says again of it, as the hour
  /// allows.
  /// fails what say() fails with: it is tried again
  Result<void, Error> publish_issued_if_due();
  /// Says the rest of what a recovery says again, if this hour holds all batches of it.
  /// fails conflict (it does not), and what say() fails with
  Result<void, Error> finish_saying_again(core::Transaction& transaction, core::Instant now);
  /// check_may_sign(), and: is the key that credentials are signed with still believed?
  /// fails key_compromised
  Result<void, Error> check_may_issue() const;
  /// Makes the guard file durable, so that what was said and committed may leave. Before every sending.
  Result<void, Error> settle();
  /// After the transaction that said something: settles and wakes the gossip.
  Result<void, Error> release();
  /// Signs a head: "this is still my last statement". Nothing without a charter.
  Result<void, Error> sign_head();
  /// Would it tell of a stop of another member's that the last one did not tell of?
  bool has_news_to_say() const;
  /// How often a head is due. Nothing without a charter.
  std::optional<core::Milliseconds> head_interval() const;

  /// Called by release() and sign_head(): there is something to send.
  std::function<void()> on_said = [] {};
  /// Enough peers were heard: what else is signed here may begin too, and make its guard file if that was lost.
  std::function<void()> on_heard = [] {};
  /// The own log as it stands in did.jsonl counts by the rules of members: it goes to peers from here on.
  std::function<void()> on_log_counted = [] {};

 private:
  Result<void, Error> adopt(registry::Charter charter);
  Result<void, Error> begin_to_sign();
  Result<bool, Error> publish_log();
  Result<void, Error> read_agreement();
  Result<void, Error> open_epoch();
  Result<void, Error> open_epoch_in(core::Transaction& transaction, core::Instant now);
  Result<void, Error> open_feed();
  Result<UnsaidStatements::Counts, Error> say_again(UnsaidStatements::Urgency least);
  Result<void, Error> place_node();
  Result<void, Error> catch_up_lists(core::Transaction& transaction, core::Instant now);
  Result<void, Error> catch_up_agents(core::Transaction& transaction, core::Instant now);
  Result<void, Error> catch_up_documents();
  Result<std::vector<did::Resolution>, Error> documents_to_say() const;
  void look_again();
  void refuse(Error why);
  void refuse_other_log();
  Audience audience() const;
  Error awaiting_peers() const;
  bool hear(const std::string& peer, const std::string& witness);
  Result<void, Error> begin_as_heard();
  std::string lost_guard_files() const;
  /// The feed does not take it: it is forked, full, full for this hour, or no statement can carry this.
  static bool is_of_the_feed(ErrorCode code);

  Parts parts_;
  std::string node_url_;
  registry::Strikes strikes_;  // agreed to
  std::mutex beginning_;       // one peer at a time begins the signing
  std::atomic<bool> behind_ = false;
  mutable std::mutex mutex_;  // guards what is below
  std::optional<Error> refusal_;
  bool awaiting_peers_ = false;
  std::string lost_guard_files_ = {};  // at the start, in words; "" if it had them
  Heard heard_;
  std::set<std::pair<std::string, Doubt::Kind>> doubted_;  // and logged
  std::optional<Error> not_begun_;                         // why not, though enough were heard
};

}  // namespace avow::node
