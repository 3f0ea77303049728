#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/sha256.h"
#include "core/timestamp.h"
#include "registry/charter.h"
#include "registry/copy_on_write.h"
#include "registry/emergency.h"
#include "registry/feed_fold.h"
#include "registry/head.h"
#include "registry/member_log.h"
#include "registry/statement.h"
#include "registry/view_tree.h"

namespace avow::registry {

/// A proven fork, or a base that takes a revocation back: nothing at or above it counts. Where the log is forked, the
/// opening of that version's epoch.
struct Frozen {
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;

  bool covers(std::int64_t other_epoch, std::int64_t other_sequence) const {
    return std::pair(other_epoch, other_sequence) >= std::pair(epoch, sequence);
  }
};

/// One link of the chain from the charter to an issuer.
struct AuthorityLink {
  std::string by;       // "charter", or the DID of the member who accredited
  std::string subject;  // DID
  std::string type;
  std::optional<core::Instant> from;      // absent: always, as slot 1 grants
  std::optional<core::Instant> until;     // absent: open
  std::int64_t depth = 0;                 // what is left after all links so far
  std::optional<SaidAt> said = {};        // the accrediting statement, in the feed of `by`
  std::optional<std::int64_t> slot = {};  // that granted, if `by` is the charter
};

/// One reason why no chain leads to an issuer.
struct AuthorityGap {
  enum class Reason {
    never_given,  // nobody ever accredited `link.subject`, nor did the charter; `link.by` is empty
    not_begun,    // `link.by` accredited it, from a later time on
    ended,        // … up to an earlier time: its own, or that of the statement `ended`
    no_links_left,  // … but may itself accredit nobody
    forked,         // … but the feed of `link.by` is forked
    suspended,      // … but `link.by` is suspended then
    evicted,        // … but `link.by` was evicted
    no_authority,   // … but `link.by` has no authority for it itself; why not is told of it next
    each_other,  // all who did have their authority from `link.subject` itself; `link.by` is empty
  };
  Reason reason;
  AuthorityLink link;
  std::optional<SaidAt> ended = {};
};
std::string_view name_of(AuthorityGap::Reason reason);
/// How many gaps are told of.
inline constexpr std::size_t kMaxGaps = 64;

enum class Standing {
  authorised,
  issuer_unknown,
  issuer_not_authorised,
  issuer_suspended,
  issuer_evicted,
  issuer_forked,
};

struct AuthorityAnswer {
  Standing standing = Standing::issuer_unknown;
  std::vector<AuthorityLink> chain = {};  // from the charter down, if authorised
  std::optional<Frozen> frozen = {};      // where the feed that decided is forked, if issuer_forked
  std::string frozen_feed = {};           // its SCID
  /// Who is suspended or evicted, if that decided: the issuer, or a member through whom all its authority comes. SCID.
  std::string without_standing = {};
  std::optional<Suspension> suspension = {};  // if issuer_suspended; of slot 0: in an emergency
  std::optional<EvictCut> evicted = {};       // if issuer_evicted
};

/// How old what we know of a feed is.
struct FeedAge {
  bool frozen = false;
  /// Since the newest time its author signed for counted statements; absent: nothing is counted.
  /// Never negative.
  std::optional<core::Milliseconds> age = {};
  core::Instant as_of;     // that time
  std::int64_t epoch = 1;  // and what it was signed for
  std::int64_t sequence = 0;
  bool by_head = false;  // a head said it, not a statement
  /// The author has signed a head beyond what we hold: until it is fetched, nothing here is fresh.
  bool behind = false;
  /// `as_of` lies further ahead of the time asked about than anything is taken for: this clock went
  /// back since, so the age is not known.
  bool ahead_of_clock = false;

  /// Fresh under a limit: known, not frozen, not behind, not ahead of the clock, no older than `limit`.
  bool within(core::Milliseconds limit) const {
    return !frozen && !behind && !ahead_of_clock && age && *age <= limit;
  }
};

struct ListAnswer {
  const Member* member;  // whose list it is
  revocation::StatusPurpose purpose;
  std::shared_ptr<const revocation::StatusBits> bits;
  std::int64_t sequence;                         // of the last statement that changed it
  std::optional<Frozen> frozen;                  // then nothing may be concluded from the bits
  std::optional<std::int64_t> incomplete_since;  // nor then: this delta could not be taken
};

struct DocumentAnswer {
  const Member* member;  // who published it
  /// Null, or without a document: the feed has said something of it for which there was no room or that is no
  /// document. Nothing is known of it then.
  const KnownDocument* known;
  std::optional<Frozen> frozen;
};

/// What the consortium has said, as a pure function of the charter, the accepted statements and the
/// fork proofs, slots and emergencies; no clock. Whatever the order in which they came, equal sets give equal roots.
///
/// Building (apply, freeze, take_head, snapshot) is for one thread. What snapshot() gave is immutable
/// and may be read by any number of threads without a lock.
class View {
 public:
  explicit View(std::shared_ptr<const Charter> charter);

  /// Takes the next counted statement of its feed (accepted, below any fork of its epoch).
  void apply(const Statement& statement);
  /// Takes the fold of a feed as a whole: at start, and when its counted branch changes otherwise than by one more
  /// statement.
  void replace(const std::string& scid, FeedFold fold, std::optional<Frozen> frozen);
  /// Takes what is in force after another slot, and the emergencies. Members whom it admits have said nothing yet; what
  /// counts of a feed that it evicts, replace() says.
  void govern(std::shared_ptr<const Charter> charter, std::vector<EmergencyInterval> emergencies);
  /// Takes all emergencies about one member.
  void suspend(const std::string& scid, const std::vector<EmergencyInterval>& emergencies);
  /// Takes the log of a member, which has gone on.
  void set_log(const std::string& scid, std::shared_ptr<const MemberLog> log);
  /// What signed them may speak no more. Its author signs another soon.
  void forget_heads(const std::string& scid);
  /// Does what the head says agree with our statements? `hash_there` is the hash of the one that we
  /// hold at its position, empty if it is ahead of us. Roots are compared if it is our last.
  /// fails consistency_failure
  Result<void, Error> check_head(const Head& head, std::string_view hash_there) const;
  /// Takes a head whose signature is good and that check_head let pass.
  void take_head(const Head& head, bool is_ahead);

  /// An immutable copy that shares what has not changed.
  std::shared_ptr<const View> snapshot();

  const Charter& charter() const { return *charter_; }
  const Member* member(std::string_view scid_or_did) const { return charter_->find(scid_or_did); }
  /// The member who alone speaks for a DID, whether or not its feed has said anything of it: it is the member's own, as
  /// did:webvh or did:web, or lies below the member's location. Null if there is none.
  const Member* member_for(std::string_view did) const;
  /// Null if the feed has no counted statement.
  const FeedFold* feed(std::string_view scid) const;
  /// Where its feed or its log is forked: questions that pass through it fail closed.
  std::optional<Frozen> frozen(std::string_view scid) const;
  /// Null if that is no member.
  const MemberLog* log(std::string_view scid) const;
  const std::vector<EmergencyInterval>& emergencies() const { return emergencies_; }
  /// The suspension of a member in force at `at`: a slot's, or in an emergency (slot 0).
  std::optional<Suspension> suspension(std::string_view scid, core::Instant at) const;

  /// May this DID issue credentials of that type at that time? Through a grant of the charter, or a
  /// chain of accreditations from one, each of which only narrows (types, time, depth ≤ 8). A chain
  /// through a member that is evicted, forked or suspended at that time does not count; if there is none but such, the
  /// answer says which of these it is.
  /// `is_preferred`: a chain whose accreditors all are is taken before any other, so that nobody takes another's
  /// authority away by accrediting and falling silent.
  /// `links_left`: how far the issuer must be able to pass it on; a chain that leaves less is taken if there is no other,
  /// preferred or not.
  using Preference = std::function<bool(const Member& accreditor)>;
  AuthorityAnswer may_issue(const std::string& issuer_did, const std::string& type,
                            core::Instant at, const Preference& is_preferred = {},
                            std::int64_t links_left = 0) const;
  /// What is missing for may_issue to say `authorised`, or what ended it, from the issuer up: for people, at most
  /// kMaxGaps. Of an issuer who may issue, nothing.
  std::vector<AuthorityGap> gaps(const std::string& issuer_did, const std::string& type,
                                 core::Instant at) const;
  FeedAge freshness(std::string_view scid, core::Instant at) const;
  /// The list published at `url`: the issuer's own first, then anybody's.
  std::optional<ListAnswer> list_at(std::string_view issuer_did, std::string_view url) const;
  std::optional<DocumentAnswer> document(std::string_view did) const;

  /// "u…"; only of a snapshot.
  /// source registry/README.md "Wire formats"
  const std::string& root() const { return root_; }
  /// What two nodes compare when their roots differ: of each member the rows of it, emergencies about it included, and
  /// those of the slots; only of a snapshot.
  std::vector<ViewPart> parts() const;
  /// "u…", over the feed's own status rows; only of a snapshot.
  std::string status_root(std::string_view scid) const;
  /// The newest head that counts, if any.
  const Head* counted_head(std::string_view scid) const;
  /// The newest head that speaks of more than is applied here, if any.
  const Head* head_ahead(std::string_view scid) const;

 private:
  struct FeedState {
    CopyOnWrite<FeedFold> fold;
    std::shared_ptr<const MemberLog> log;
    std::optional<Frozen> frozen;                          // of its statements
    std::shared_ptr<const Head> counted;                   // newest on what is applied
    std::shared_ptr<const Head> ahead;                     // beyond what is applied
    std::shared_ptr<const std::vector<std::string>> rows;  // its part of the root, once settled
    std::string digest;                                    // of the rows, likewise
  };
  const FeedState* state(std::string_view scid) const;
  static std::optional<Frozen> frozen_statements(const FeedState& state);
  static std::optional<Frozen> frozen(const FeedState& state);
  void settle(const std::string& scid, FeedState& state);
  void count_head_if_reached(FeedState& state);
  std::vector<std::string> slot_rows() const;
  std::string compute_root() const;
  bool contradicts(const Head& head, const FeedState& state) const;
  struct Reached;
  struct Edge;
  struct Subject;
  void add_gaps(const Subject& subject, const std::map<std::string, Reached>& reached,
                std::vector<AuthorityGap>& gaps, std::vector<std::string>& open) const;
  std::vector<Edge> edges_towards(const std::string& issuer_did, const std::string& type,
                                  core::Instant at) const;
  std::map<std::string, Reached> reach(const std::vector<Edge>& edges, const std::string& type,
                                       core::Instant at, const Preference& counts) const;
  void add_chain(const std::map<std::string, Reached>& reached, const std::string& issuer_did,
                 const std::string& type, core::Instant at, AuthorityAnswer& answer) const;
  /// What keeps a member's authority from counting at `at`; nothing if it counts.
  std::optional<Standing> obstacle(std::string_view scid, core::Instant at) const;
  void tell_obstacle(Standing obstacle, const std::string& scid, core::Instant at,
                     AuthorityAnswer& answer) const;
  void sort_grants();

  std::shared_ptr<const Charter> charter_;
  std::map<std::string, FeedState, std::less<>> feeds_;  // of every member
  using Grants = std::map<std::pair<std::string, std::string>, std::vector<const Grant*>>;
  std::shared_ptr<const Grants> granted_;  // (SCID, type) → those of the charter
  std::vector<EmergencyInterval> emergencies_;
  std::set<std::string> unsettled_;
  bool is_suspended_otherwise_ = false;  // since the root was computed
  std::string root_;
};

}  // namespace avow::registry
