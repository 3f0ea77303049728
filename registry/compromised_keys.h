#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "registry/charter.h"
#include "registry/error.h"
#include "registry/hash_trie.h"
#include "registry/statement.h"

namespace avow::registry {

inline constexpr std::size_t kMaxCompromisedKeysPerFeed = 10'000;
inline constexpr std::size_t kMaxKeyNameBytes = 512;

/// {"key","upTo":{"epoch","sequence"}}: the key was stolen. Its signatures count only if an `issued` statement at or
/// before that position contains them (issued_roots.h).
struct KeyCompromise {
  std::string key;  // DID URL of a verification method, at most kMaxKeyNameBytes
  SaidAt up_to;
};
Result<KeyCompromise, Error> parse_key_compromise(const core::Json& body);
core::Json to_json(const KeyCompromise& body);

/// The name under which a key of that member's is kept: the keys of its parallel did:web are those of its did:webvh.
/// Empty if the member does not speak for the key: it is no verification method of its own DID or of one below its
/// location.
std::string own_key_name(std::string_view key, const Member& member);

struct CompromisedKey {
  SaidAt up_to;
  SaidAt said;  // the statement that decides
};

/// The keys that one feed has given up. Giving up is final, and a position only moves back. Of a body that breaks its
/// form but names a key, nothing that the key has signed counts.
class CompromisedKeys {
 public:
  void apply(const Statement& statement, const Member& author);
  /// fails malformed, no_effect, feed_full
  Result<void, Error> check(const core::Json& body, const SaidAt& last, const Member& author) const;

  bool empty() const { return keys_.size() == 0; }
  /// By own_key_name(). Null if nothing is said against it.
  const CompromisedKey* find(std::string_view own_key_name) const;
  /// A key had no room, or its name was too long: of one that find() does not know nothing is known.
  bool lacks_some() const { return lacks_some_; }
  /// What the view root holds of one key: ["key.compromised",key,"","","<epoch>/<sequence>","",SCID]
  std::vector<core::Json> rows(const std::string& own_key_name, const std::string& scid) const;
  /// HashTrie::work().
  std::uint64_t work() const { return keys_.work(); }

 private:
  HashTrie<CompromisedKey> keys_;  // by SHA-256 of the name
  bool lacks_some_ = false;
};

}  // namespace avow::registry
