#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/issued_batches.h"
#include "node/own_records.h"
#include "registry/replica.h"
#include "registry/statement.h"

namespace avow::node {

/// What a person is shown before a key is given up.
struct KeyCompromiseDraft {
  std::string key;  // under its own name, registry::own_key_name
  std::string
      public_key;  // multibase; of several under that name the newest; empty if it has another form
  std::vector<std::string> words;
};

struct KeyGivenUp {
  std::string key;
  registry::SaidAt up_to;
  registry::SaidAt said;
};

/// Gives keys of the own organisation up as stolen: from then on no member believes what they signed, but for what this
/// organisation published as issued before.
class KeyCompromise {
 public:
  KeyCompromise(const OwnRecords& records, const registry::Replica& replica)
      : records_(records), replica_(replica) {}

  /// Nothing is signed. `key` is a DID URL, or the fragment ("#key-1") of a key of the organisation's own DID. Without
  /// `up_to`, everything that this node has issued until now goes on counting.
  /// fails conflict (no consortium; with `up_to` also: said before, or the position is still to come), invalid_input (no
  ///       version of any document of ours has such a key), storage
  Result<KeyCompromiseDraft, Error> draft(const std::string& key,
                                          const std::optional<registry::SaidAt>& up_to) const;
  /// Publishes what was issued and is not published yet, if `up_to` is absent; then says it.
  /// fails what draft() fails with; conflict (said before, the position is still to come, or without `up_to` a recovery
  ///       still says again what was published), and what
  ///       Membership::say fails with: unlike a revocation it has no effect at home before the feed says it, and a feed
  ///       that a thief has forked says nothing before `key recover`
  Result<KeyGivenUp, Error> say(const std::string& key,
                                const std::optional<registry::SaidAt>& up_to,
                                const std::string& reason, const std::string& actor);

 private:
  struct KnownKey {
    std::string name;
    std::string public_key;
  };
  Result<const registry::Member*, Error> own_member(const registry::View* view) const;
  Result<KnownKey, Error> own_key(const std::string& key, const registry::View& view,
                                  const registry::Member& member) const;
  Result<std::vector<KnownKey>, Error> known_keys(const std::string& name,
                                                  const registry::View& view,
                                                  const registry::Member& member) const;
  Result<void, Error> check_position(const registry::SaidAt& up_to, const std::string& key,
                                     const registry::View& view,
                                     const registry::Member& member) const;

  OwnRecords records_;
  const registry::Replica& replica_;
};

/// "1/41". Nothing if it is none.
std::optional<registry::SaidAt> parse_position(std::string_view text);

}  // namespace avow::node
