#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/json.h"
#include "did/did_webvh.h"

namespace avow::did::internal {

struct FirstParameters {
  std::string scid;
  WebvhParameters in_force;
};

/// How many keys reading `parameters` validates at most: those listed that are not in force `before`.
std::size_t count_new_keys(const core::Json& parameters, const WebvhParameters& before);

/// Reads `parameters` of a first entry: known names, right types, keys that are keys.
/// source did:webvh v1.0 "DID Log Entry Parameters"
/// fails invalid_log
Result<FirstParameters, Error> read_first_parameters(const core::Json& parameters,
                                                     const WebvhOptions& options);

/// Reads those of a later entry: what is in force after it, where `before` was in force until then. With pre-rotation
/// on, the entry names update keys, each of them promised, and next hashes.
/// fails invalid_log
Result<WebvhParameters, Error> read_next_parameters(const core::Json& parameters,
                                                    const WebvhParameters& before,
                                                    const WebvhOptions& options);

/// As `witness` and the lists of keys are written.
core::Json to_json(const WebvhWitnesses& witnesses);
core::Json to_json(const std::vector<core::Ed25519PublicKey>& keys);
core::Json to_json(const std::vector<std::string>& texts);

}  // namespace avow::did::internal
