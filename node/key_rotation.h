#pragma once

#include <cstdint>
#include <functional>

#include "core/clock.h"
#include "core/random.h"
#include "core/secret_bytes.h"
#include "node/data_directory.h"
#include "node/error.h"
#include "node/keystore/keystore.h"
#include "node/log_approval.h"

namespace avow::node {

/// Asks the witnesses of a version for their proofs (ask_witness()); those who do not answer are asked another time.
using AskWitnesses = std::function<void(Organisation&, const AskedVersion&)>;
/// Has governance named this entry of the log (`settle`)? Then it counts without its witnesses.
using IsSettled = std::function<bool(const did::WebvhEntry&)>;

/// Gives the organisation its next keys: a new version of its log, signed with the pre-rotated update key and listing a
/// new assertion key in place of the one before. The keys are durable before the entry that names them, the entry is
/// in did.jsonl before anybody else sees it, its time is the next second: whatever is interrupted, the next rotation goes
/// on from there. The update key that signed it stays until the entry counts. No node may run on the directory.
/// If the log has witnesses, the version waits in did-pending.json until its threshold of them has signed it, or
/// governance has named it; until then the next call asks again for the same version.
/// gives the organisation with its new version
/// fails not_initialised, wrong_passphrase, keystore_corrupt, configuration (the pre-rotated key is not there),
///       awaiting_witnesses, not_writable, storage
Result<Organisation, Error> rotate_keys(const DataDirectory& directory,
                                        core::SecretBytes passphrase, const core::Clock& clock,
                                        core::Random& random, const AskWitnesses& ask = {},
                                        const IsSettled& is_settled = {});

/// Removes the update keys of the versions up to this one, which count for good: before that, another entry may have to
/// be made in place of one that members cannot take (of a clock that was wrong, of one day too many).
/// fails storage
Result<void, Error> remove_used_update_keys(const DataDirectory& directory,
                                            std::int64_t counted_version);

}  // namespace avow::node
