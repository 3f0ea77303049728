#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/sha256.h"
#include "did/document.h"
#include "registry/body.h"
#include "registry/charter.h"
#include "registry/compromised_keys.h"
#include "registry/copy_on_write.h"
#include "registry/issued_roots.h"
#include "registry/merkle.h"
#include "registry/row_set.h"
#include "registry/statement.h"
#include "registry/stopped_agents.h"
#include "revocation/status_bits.h"

namespace avow::registry {

/// What one feed may keep in memory. Whoever says more is told before it is signed (FeedFold::check); if it is said
/// all the same, what it is about is no longer believed (FeedFold::apply).
/// A rule of the network: every member has the same numbers.
struct FeedRoom {
  std::size_t lists = 4'096;
  std::size_t documents = 100'000;
  std::size_t document_bytes = std::size_t{32} << 20;
  std::size_t accreditations = 20'000;  // rows, past ones included
};

/// A status list as its feed's counted statements leave it.
struct ListState {
  revocation::StatusPurpose purpose = revocation::StatusPurpose::revocation;
  std::string url;
  std::int64_t sequence = 0;  // of the last statement that changed it
  CopyOnWrite<revocation::StatusBits> bits = {};
  core::Sha256 digest{};  // of the bits, once settled
  bool settled = false;
  /// Of the first delta for it that could not be taken: bits may be missing, so nothing may be concluded from it.
  std::optional<std::int64_t> incomplete_since = {};
};

/// A document that a feed published.
struct KnownDocument {
  /// Null if the last one could not be kept (no room, no DID document): then nothing is known of this DID, since the
  /// one before may hold a key that has ended.
  std::shared_ptr<const did::Document> document;
  std::string version;  // hash of the statement that said it
  std::int64_t sequence = 0;
  std::size_t bytes = 0;  // of the document's text
  core::Instant since;    // time of the first statement about this DID
  core::Instant updated;  // time of the last
  std::optional<std::string> owner = {};
  DocumentStatus status = DocumentStatus::active;
};

/// One accreditation: `from` ≤ t < `until`.
struct AccreditationRow {
  core::Instant from;
  std::optional<core::Instant> until;
  std::int64_t depth = 0;
  SaidAt said;
  std::optional<SaidAt> ended = {};  // what ended it earlier than it said itself
};

/// Where a feed stands: its last counted statement.
struct FeedPosition {
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  std::string hash;
  core::Instant time;
};

/// Everything that the counted statements of one feed say, without a clock. Copies share what they
/// have in common.
class FeedFold {
 public:
  using SubjectAndType = std::pair<std::string, std::string>;
  using Accreditations = std::map<SubjectAndType, std::vector<AccreditationRow>>;  // by time

  FeedFold() = default;
  /// With less room than members give: for tests.
  explicit FeedFold(const FeedRoom& room) : room_(room) {}

  /// Takes the next counted statement of this feed: sequence 0, then each that follows. One that cannot be taken ends
  /// what it names: a document is unknown, a list incomplete, an accreditation over. Nothing older stands in for it.
  /// From a base that takes a revocation back on the chain goes on, but nothing is taken: see takes_back().
  void apply(const Statement& statement, const Member& author);
  /// Would a statement with this body, as the next, have the effect that it is made for? For whoever is about to say
  /// it.
  /// fails malformed, feed_full, no_effect
  Result<void, Error> check(StatementKind kind, const core::Json& body, core::Instant time,
                            const Member& author) const;

  const std::optional<FeedPosition>& position() const { return position_; }
  /// The last statement of priority 1: a stop, or the end of one.
  const std::optional<FeedPosition>& last_stop() const { return last_stop_; }
  /// The first base that lacks a revocation which its own feed had said before: a contradiction like a fork, and what
  /// counts ends below it. An opening that leaves it out leaves it out of what is folded, too.
  const std::optional<SaidAt>& takes_back() const { return takes_back_; }
  core::Sha256 merkle_root() const { return log_.root(); }
  std::uint64_t size() const { return log_.size(); }
  const std::map<std::string, ListState, std::less<>>& lists() const { return lists_.get(); }
  const ListState* list_at(std::string_view url) const;
  const std::optional<NodeSet>& nodes() const { return nodes_; }
  /// Keys of nodes that it has named once and names no more, the latest last.
  const std::vector<core::Ed25519PublicKey>& retired_node_keys() const {
    return retired_node_keys_;
  }
  static constexpr std::size_t kMaxRetiredNodeKeys = 256;
  /// The statement that named them.
  const std::optional<SaidAt>& nodes_said() const { return nodes_said_; }
  const KnownDocument* document(std::string_view did) const;
  /// A document of a DID that is not among the known had no room: which ones there are is not known.
  bool lacks_documents() const { return lacks_documents_; }
  const std::map<std::string, KnownDocument, std::less<>>& documents() const {
    return documents_.get();
  }
  /// The row for (subject, type) in force at `at`; null if there is none.
  const AccreditationRow* accreditation(const std::string& subject, const std::string& type,
                                        core::Instant at) const;
  bool has_accredited(const std::string& subject) const;
  const Accreditations& accreditations() const { return accreditations_.get(); }
  const StoppedAgents& stopped_agents() const { return stopped_agents_; }
  const CompromisedKeys& compromised_keys() const { return compromised_keys_; }
  /// Was what has that leaf issued before a key was given up, as the proof says?
  bool was_issued(const core::Sha256& leaf, const IssuedProof& proof,
                  const CompromisedKey& key) const {
    const auto said = issued_roots_->find(leaf, proof);
    return said && *said <= key.up_to;
  }

  /// Hashes what has changed since the last time, so that the rows below are cheap.
  void settle();
  /// The JCS texts ["status",SCID,list,purpose,"u<SHA-256 of the bits>"]. Only when settled.
  std::vector<std::string> status_rows(std::string_view scid) const;
  /// "u" + RowSet::digest() of the interval rows. Only when settled.
  const std::string& interval_digest() const { return interval_digest_; }
  /// Rows and nodes hashed or made for the interval rows, and for what they are rows of: what it has cost so far.
  std::uint64_t work() const {
    return rows_.work() + stopped_agents_.work() + compromised_keys_.work();
  }

 private:
  struct SaidDocument;
  Result<SaidDocument, Error> read_document(const core::Json& body, const Member& author) const;
  Result<void, Error> check_document(const core::Json& body, const Member& author) const;
  Result<void, Error> check_status_list(const core::Json& body) const;
  Result<void, Error> check_status_delta(const core::Json& body) const;
  Result<void, Error> check_status_base(const core::Json& body) const;
  bool takes_a_revocation_back(const core::Json& body) const;
  Result<void, Error> check_accreditation(const core::Json& body, core::Instant time) const;
  Result<void, Error> check_key_compromise(const core::Json& body, const Member& author) const;
  void apply_status_list(const Statement& statement);
  /// Changes the bits of the list that a statement names; what cannot be taken (`change` gives false) leaves it incomplete.
  template <class Change>
  void change_bits(const Statement& by, const Change& change);
  void apply_status_delta(const Statement& statement);
  void apply_status_base(const Statement& statement);
  void apply_nodes(NodeSet nodes);
  void apply_document(const Statement& statement, const Member& author);
  void apply_accreditation(const Statement& statement);
  void apply_accreditation_end(const Statement& statement);
  void end_all_rows(const Statement& by);
  void end_row(const std::string& subject, const std::string& type, const Statement& by);
  core::Json accreditation_row(const SubjectAndType& of, const AccreditationRow& row) const;
  /// Puts the rows that there are after a change in place of those before it.
  template <class Rows, class Change>
  void change_rows(const Rows& rows, const Change& change);
  void apply_stop(const Statement& statement);
  void apply_key_compromise(const Statement& statement, const Member& author);

  FeedRoom room_;
  std::optional<FeedPosition> position_;
  std::optional<FeedPosition> last_stop_;
  std::optional<SaidAt> takes_back_;
  std::string scid_;
  MerkleFrontier log_;
  std::optional<NodeSet> nodes_;
  std::optional<SaidAt> nodes_said_;
  std::vector<core::Ed25519PublicKey> retired_node_keys_;
  CopyOnWrite<std::map<std::string, ListState, std::less<>>> lists_;          // by name
  CopyOnWrite<std::map<std::string, std::string, std::less<>>> list_names_;   // by URL
  CopyOnWrite<std::map<std::string, KnownDocument, std::less<>>> documents_;  // by DID
  CopyOnWrite<Accreditations> accreditations_;
  StoppedAgents stopped_agents_;
  CompromisedKeys compromised_keys_;
  CopyOnWrite<IssuedRoots> issued_roots_;
  std::size_t document_bytes_ = 0;
  bool lacks_documents_ = false;
  std::size_t accreditation_rows_ = 0;
  RowSet rows_;
  std::string interval_digest_;  // empty: to be computed
};

/// True if the member may publish a document for that DID: it lies below the member's own location,
/// as did:web:<location>:… or did:webvh:<any SCID>:<location>:…
bool is_in_namespace_of(std::string_view did, const Member& member);

}  // namespace avow::registry
