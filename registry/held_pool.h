#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/timestamp.h"
#include "registry/feed.h"
#include "registry/member_log.h"
#include "registry/statement.h"
#include "registry/witness_proof.h"

namespace avow::registry {

/// Statements that cannot be judged yet: a predecessor is missing, their epoch is not known, their
/// time lies ahead. In memory only and bounded: what does not fit is dropped, and asked for again
/// when what it waits for has come. Kept as texts: a parsed one can take fifty times the room.
class HeldPool {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{32} << 20;
  static constexpr std::size_t kMaxBytesPerFeed = std::size_t{4} << 20;
  static constexpr std::size_t kMaxPerFeed = 1'024;

  /// What may be held of a feed without its signature being checked, as of an epoch not known yet.
  static constexpr std::size_t kMaxUncheckedBytesPerFeed = kMaxBytesPerFeed / 4;

  /// False if there is no room for it, or it is here already. `share` bounds what its feed may hold;
  /// the same part of every other limit applies, so that strangers leave room for members.
  bool hold(const Statement& statement, std::size_t share = kMaxBytesPerFeed);
  bool contains(std::string_view feed, std::int64_t epoch, std::int64_t sequence,
                std::string_view hash) const;
  /// What is known of a held statement without reading it.
  struct Waiting {
    std::int64_t sequence = 0;
    std::string_view hash;
    std::string_view previous;
    core::Instant time;
    bool is_checked = true;  // its signature
  };
  /// Removes and gives what is wanted of one epoch of a feed, asked for each by sequence. The rest is not even read.
  std::vector<Statement> take(std::string_view feed, std::int64_t epoch,
                              const std::function<bool(const Waiting&)>& is_wanted);
  bool has(std::string_view feed, std::int64_t epoch) const;
  /// Is anything held of an epoch, from that sequence on, whose signature was checked?
  bool has_checked(std::string_view feed, std::int64_t epoch, std::int64_t from) const;
  std::vector<std::string> feeds() const;
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const;

 private:
  using Key = std::pair<std::pair<std::int64_t, std::int64_t>, std::string>;  // position, hash
  struct Held {
    std::string text;
    std::string previous;
    core::Instant time;
    bool is_checked = true;
  };
  struct OfFeed {
    std::map<Key, Held> held;
    std::size_t bytes = 0;
  };
  std::map<std::string, OfFeed, std::less<>> feeds_;
  std::size_t bytes_ = 0;
};

/// The same for log entries. Each is looked at again when what it waits for comes: an entry of the version before, a
/// witness's proof, a slot, its time. Anybody can send what is not verified, for the entry before it is missing: it has
/// little room, and its newest stay. One text once, whatever it says of itself.
class HeldEntries {
 public:
  // Of each kind, verified or not.
  static constexpr std::size_t kMaxEntries = 64;
  static constexpr std::size_t kMaxPerFeed = 8;
  static constexpr std::size_t kMaxUncheckedBytes = std::size_t{1} << 20;

  enum class Verified { no, yes };  // by the log's own rules, on what counts
  /// `from`: the time that one waits for.
  void hold(const UnverifiedEntry& entry, Verified verified,
            std::optional<core::Instant> from = std::nullopt);
  // Each removes what it gives, by version.
  std::vector<UnverifiedEntry> take(std::string_view feed);
  std::vector<UnverifiedEntry> take(std::string_view feed, std::int64_t version);
  /// Of whichever feed, as its text says.
  std::vector<UnverifiedEntry> take_with(std::int64_t version, std::string_view hash);
  std::vector<UnverifiedEntry> take_due(core::Instant now);
  std::set<std::string> feeds() const;
  std::size_t bytes() const;

 private:
  struct Held {
    std::string feed;
    std::int64_t version = 1;
    std::string hash;
    std::string text;
    Verified verified = Verified::no;
    std::optional<core::Instant> from = {};
  };
  template <class Wanted>
  std::vector<UnverifiedEntry> take_if(const Wanted& wanted);
  bool has_room(Verified verified) const;
  void drop_oldest(const std::string& feed, Verified verified);
  std::string largest_feed(Verified verified) const;

  std::vector<Held> held_;  // as they came
};

/// The same for proofs about entries that do not count yet, each well signed by a witness of a charter. Whose log one is of
/// is a label that nobody signs, so it has no part in where one lies: of a witness and an entry there is one place, and
/// each witness has room of its own, which its newest keep. Whoever relabels or repeats what others say takes nothing.
class HeldWitnessProofs {
 public:
  static constexpr std::size_t kMaxPerWitness = 128;

  /// False if one by that witness about that entry is here already.
  bool hold(const WitnessProof& proof);
  /// Those about one entry.
  std::vector<did::WebvhWitnessProof> of(const std::string& version_id) const;
  /// Removes them.
  void drop(const std::string& version_id);

 private:
  struct Held {
    std::uint64_t n = 0;  // in the order in which they came
    std::string text;
  };
  std::map<std::string, std::map<std::string, Held>> of_entries_;  // by version id and witness
  std::map<std::string, std::map<std::uint64_t, std::string>> of_witnesses_;  // version ids
  std::uint64_t next_ = 0;
};

}  // namespace avow::registry
