#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/result.h"
#include "did/did_webvh.h"
#include "registry/feed_store.h"
#include "registry/replica.h"
#include "registry/view.h"

namespace avow::node {

/// Why a peer that was asked is not counted as heard.
struct Doubt {
  enum class Kind {
    own_node,
    withheld,
    goes_on,
    knows_less,  // it is given the rest: nothing to tell
    gives_not,
    no_word,
    bad_word,
    other_word,
    knows_more  // an alarm: this node has forgotten something, and somebody hides it
  };
  Kind kind = Kind::knows_less;
  std::string why;  // what follows the peer's name
};

/// What a peer's change log, read from its beginning to its end, has shown of this node.
struct LogShown {
  bool is_own = false;    // this node's, by another address
  bool withheld = false;  // it stops at what may not leave there yet
  /// The last statement of our feed that it lists.
  std::optional<registry::ObjectId> last = {};
};

/// Where our feed ends; null if nothing of it is here, or it is forked: then nobody knows where it ends.
const registry::FeedPosition* own_end(const registry::View& view, const std::string& feed);

/// Does that change log end, of our feed, where we do? Then nothing of ours is forgotten here, as far as this peer knows.
/// One that knows less proves nothing.
std::optional<Doubt> doubt_about(const LogShown& shown, const registry::View& view,
                                 const std::string& feed);

/// Could any of what is asked for to fill gaps be said by us? A hash does not tell whose it is: of ours some are wanted where
/// our feed is forked, or a slot names entries of our log.
bool may_be_ours(const registry::Receipt& wanted, const registry::View& view,
                 registry::FeedReader& store, const std::string& feed);

/// Who has shown, since this node started, that it holds nothing of the own feed that is not here.
struct Heard {
  std::set<std::string> peers;      // URLs
  std::set<std::string> witnesses;  // Multikeys, of those peers that have shown to have one
  std::map<std::string, std::string> doubts = {};  // why not, by URL
};

/// Who is to be heard before anything is signed.
struct Audience {
  /// False: what this node had signed before is known to others alone, of whom any may know less, or lie.
  bool has_guard_files = false;
  std::vector<std::string> peers;      // URLs
  did::WebvhWitnesses witnesses = {};  // the charter's
  /// The Multikey of this node's own, if it is one of them: its word is not asked for.
  std::string own_witness = {};
};

/// The Multikeys of the witnesses whose word is asked for: the charter's, but for its own.
std::vector<std::string> other_witnesses(const Audience& audience);

/// With its guard files a node hears any peer. Without, a quorum of the charter's witnesses, its own not counted (all
/// others, where they are fewer); where there are no others, every peer.
/// gives who has not been heard and must be, in words; "" if enough were
std::string still_to_be_heard(const Audience& audience, const Heard& heard);

/// What a witness says that it holds of a member.
struct Holding {
  /// Votes and emergencies that are named, of each; a governor signs three votes a round.
  static constexpr std::size_t kMaxNamed = 256;

  std::string network;
  std::string feed;                     // SCID
  std::string last;                     // the hash of its last statement; "" if none is held
  std::int64_t slot = 2;                // the open one
  std::vector<std::string> votes = {};  // hashes: its votes on that slot, of the highest rounds
  std::vector<std::string> emergencies = {};  // hashes: those with a say that it signed, the latest
};

Holding what_is_held(const registry::View& view, registry::FeedReader& store,
                     const std::string& feed);
/// gives what that word knows and this node does not, in words; "" if all of it is here
std::string unknown_of(const Holding& word, const registry::View& view,
                       registry::FeedReader& store);

/// {"type":"AvowHolding","network","feed","last","slot","votes":["u…"],"emergencies":["u…"]} with a proof for
/// `authentication` over the asker's challenge: what is passed on by somebody between is still the witness's word, and no
/// answer to anybody else.
core::Json sign_holding(const Holding& holding, const std::string& challenge,
                        const core::Ed25519SigningKey& key);

struct SignedHolding {
  Holding holding;
  std::string witness;  // the Multikey that signed
};
/// Nothing if it is not a good answer to that challenge by one of these.
std::optional<SignedHolding> read_holding(const core::Json& json, const std::string& challenge,
                                          const std::vector<core::Ed25519PublicKey>& witnesses);

/// Is that answer the word of one of these, that it holds nothing of ours which is not here? Pulls bring what it names.
/// gives the Multikey of the witness
core::Result<std::string, Doubt> judge_word(const core::Json& answer, const std::string& challenge,
                                            const std::vector<core::Ed25519PublicKey>& witnesses,
                                            const std::string& feed, const registry::View& view,
                                            registry::FeedReader& store);

}  // namespace avow::node
