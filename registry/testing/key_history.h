#pragma once

#include <string>

#include "core/canonical_json.h"
#include "did/did_webvh_write.h"
#include "registry/testing/consortium.h"

namespace avow::registry::testing {

/// What an organisation signs with in one epoch.
struct KeyVersion {
  did::WebvhEntry entry;
  core::Ed25519SigningKey key;
  std::string key_id;

  std::string text() const { return core::to_canonical(entry.json); }
};

/// The keys that an organisation of a Consortium rotates to. `number` is its place there, counted from 1.
class KeyHistory {
 public:
  KeyHistory(const Organisation& of, std::uint8_t number) : of_(&of), number_(number) {}

  /// The version after `previous`. Another `variant` is another entry of that version.
  KeyVersion after(const did::WebvhEntry& previous, core::Instant when,
                   std::uint8_t variant = 0) const;

  /// The key that signs the entry of that version: its hash stands in the entry before.
  core::Ed25519SigningKey update_key(std::uint8_t version) const;
  core::Json document(const std::string& key_id, const core::Ed25519SigningKey& key) const;

 private:
  core::Ed25519SigningKey key_of(char purpose, std::uint8_t version, std::uint8_t variant) const;

  const Organisation* of_;
  std::uint8_t number_;
};

}  // namespace avow::registry::testing
