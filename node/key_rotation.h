#pragma once

#include <optional>

#include "core/clock.h"
#include "core/random.h"
#include "core/secret_bytes.h"
#include "node/data_directory.h"
#include "node/error.h"
#include "node/keystore/keystore.h"

namespace avow::node {

struct Rotation {
  Organisation organisation;
  /// The new version stands, but the key that signed it is still in the key store; the next start tries again.
  std::optional<Error> key_left;
};

/// Gives the organisation its next keys: a new version of its log, signed with the pre-rotated update key and listing a
/// new assertion key in place of the one before. The keys are durable before the entry that names them, the entry is
/// in did.jsonl before anybody else sees it, its time is the next second, and the update key that signed it goes last: whatever is interrupted, the
/// next rotation or start goes on from there. No node may run on the directory.
/// fails not_initialised, wrong_passphrase, keystore_corrupt, configuration (the pre-rotated key is not there),
///       not_writable, storage
Result<Rotation, Error> rotate_keys(const DataDirectory& directory, core::SecretBytes passphrase,
                                    const core::Clock& clock, core::Random& random);

/// Removes every update key whose entry is in the log, should one be left.
/// fails storage
Result<void, Error> remove_used_update_keys(Keystore& store, const Organisation& organisation);

}  // namespace avow::node
