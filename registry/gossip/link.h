#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/database.h"
#include "core/json.h"
#include "core/random.h"
#include "core/timestamp.h"
#include "registry/gossip/messages.h"
#include "registry/replica.h"

/// Replication with one peer, as a machine: what has happened goes in, what is to be done comes out.
namespace avow::registry::gossip {

/// How long an unreachable peer is left alone after that many tries in a row that failed (1, 2 …): 250 ms, 500 ms … 8 s.
core::Milliseconds pause_after(int failures);

/// Why something could not be done, in words.
struct Fault {
  std::string what;
  std::string why = {};
};

// What is asked for, one thing at a time: the next comes with what has become of it.

/// Of the peer. Its answer is JSON of at most 2 * kMaxBodyBytes.
struct Call {
  std::string method;
  std::string path;
  std::string body = {};
  std::uint64_t number = 0;  // no two of a link have the same
};
/// Take what the peer has given, durably. Then comes Stored.
struct Store {
  Objects objects;
};
/// Take these out of the peer's outbox. Then comes Written, also after Settle.
struct Acknowledge {
  std::vector<std::int64_t> ns;
};
/// Let leave what was said here (OwnFeed::release), before the outbox is read.
struct Settle {};
/// Judge what the peer's change log, read from its beginning to its end, shows of the own feed: before a peer was heard
/// nothing is signed. Then comes PeerHeard.
struct Hear {
  std::string node;  // its name for itself
  bool withheld = false;
  std::optional<ObjectId> shown;  // LogReading::shown
  /// It was asked for this in vain, which may be of the own feed.
  std::optional<Receipt> unfilled;
  int in_vain = 0;  // pulls that have ended in doubt before
};
using Ask = std::variant<Call, Store, Acknowledge, Settle, Hear>;

// What has happened.

struct Timer {};  // it is as late as effects said, or later
struct Wake {};   // something is queued for the peer
/// An answer to an earlier call, or to none, is nothing.
struct Answered {
  std::uint64_t number = 0;
  core::Result<core::Json, Fault> answer;
};
struct Stored {
  core::Result<Receipt, Fault> receipt;
};
/// What was to leave the outbox, or to be let leave.
struct Written {
  core::Result<void, Fault> done = {};
};
struct PeerHeard {
  bool is_in_doubt = false;  // of what the peer has of the own feed
  Objects lacking = {};      // our end, for a peer that knows less
};
using Event = std::variant<Timer, Wake, Answered, Stored, Written, PeerHeard>;

// What there is to tell.

/// The peer refuses what it was sent.
struct PeerRejected {
  std::string hash;
  std::string code;  // 64 bytes of it
};
/// A pull has come as far as it goes: to the end of the change log (0), or so many pages since that was read to its end.
struct LogGoesOn {
  std::int64_t pages = 0;
};
struct ViewRepaired {
  std::string part;
};
struct ViewNotRepaired {
  std::string why;
};
struct TurnEnded {
  std::optional<Fault> fault;
  std::optional<std::int64_t> queued;  // in the outbox, if that could be read
};
using News = std::variant<PeerRejected, LogGoesOn, ViewRepaired, ViewNotRepaired, TurnEnded>;

/// Without an ask the link rests, or goes on waiting for what it asked for last.
struct Effects {
  std::vector<News> news = {};
  std::optional<Ask> ask = {};
  core::Milliseconds wake_at = core::Milliseconds::max();
};

class Conversation;
struct Memory;

/// One peer: what is queued for it is pushed at once, and what it has is pulled every two seconds ± 20 %. No thread, no
/// socket, no clock: the same events at the same times give the same effects.
class Link {
 public:
  static constexpr int kMaxRounds = 64;  // of one push or pull; the rest waits for the next turn
  /// Ids taken from a change log at a time: so many texts, each as large as it may be, arrive within kMaxRounds.
  static constexpr std::size_t kMaxPulled = 256;
  /// For the answer to one call.
  static constexpr core::Milliseconds kDeadline = std::chrono::seconds(5);

  struct Parts {
    const Replica& replica;
    core::Random& random;
    std::string feed;     // the own one
    std::string peer;     // by which the outbox knows it
    std::string own_url;  // of the own peer listener, empty if there is none
    core::Milliseconds pull_every = std::chrono::seconds(2);
  };
  explicit Link(Parts parts);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// The first event is a Timer. `now` is any clock's that does not go back; `connection` shows one snapshot, and is read.
  /// throws what the connection throws: give_up() must follow
  Effects step(core::Connection& connection, Event event, core::Milliseconds now);
  /// Nothing can be read here, so this turn is over.
  Effects give_up(const Fault& fault, core::Milliseconds now);
  /// What a look at held things wants is asked for with the next pull. The oldest look of many makes room.
  void want(std::shared_ptr<const Receipt> look);

 private:
  /// What a turn consists of, in this order; then the link rests.
  enum class Stage { pushing, reading, filling, hearing, reading_anew, repairing, resting };

  struct Came;  // what was waited for

  std::optional<Came> awaited(Event event, core::Milliseconds now);
  Came begin_turn(core::Milliseconds now);
  Stage after(Stage stage, bool has_failed, core::Milliseconds now) const;
  void enter(Stage stage);
  void note(const Fault& fault, std::vector<News>& news);
  Ask asked(Ask ask, core::Milliseconds now);
  TurnEnded end_turn(core::Milliseconds now);
  core::Milliseconds pull_pause();

  const Parts parts_;
  const std::unique_ptr<Memory> memory_;
  Stage stage_ = Stage::resting;
  std::unique_ptr<Conversation> conversation_;  // of this stage
  std::optional<Fault> fault_;                  // the first of this turn
  bool is_calling_ = false;
  std::uint64_t calls_ = 0;
  bool is_woken_ = false;
  int failures_ = 0;  // turns in a row
  core::Milliseconds next_pull_ = core::Milliseconds::min();
  core::Milliseconds wake_at_ = core::Milliseconds::min();
};

}  // namespace avow::registry::gossip
