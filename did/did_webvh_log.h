#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "did/did_webvh_witness.h"
#include "did/resolver.h"

namespace avow::did {

/// A did.jsonl as far as it holds.
struct WebvhLog {
  WebvhEntries entries;        // those that count, oldest first
  std::optional<Error> fault;  // why what comes after them does not; nothing: nothing does
  std::string text;            // their lines as they stood, without the last newline
  std::size_t verifications =
      0;  // signatures that were looked at to read it, or to read it further
};

/// Keys that one log may have validated, each of which costs less than a signature: each of 4,096 entries may name a new one, and
/// a new witness.
inline constexpr std::size_t kMaxWebvhNewKeys = 8'192;

/// Verifies a did.jsonl: at most 5 MiB, 4,096 entries, one JSON object a line, `max_verifications` signatures and `max_new_keys`
/// keys that are not in force before the entry that names them. Where it begins with the text of `known`,
/// an earlier answer, nothing of that is verified again.
/// witnesses  are not looked for: see needs_witnesses
/// pure       no network
/// source did:webvh v1.0 "Read (Resolve)"
WebvhLog verify_webvh_log(std::string_view jsonl, core::Instant now,
                          const WebvhOptions& options = {}, const WebvhLog* known = nullptr,
                          std::size_t max_verifications = kMaxWebvhVerifications,
                          std::size_t max_new_keys = kMaxWebvhNewKeys);

/// Does an entry ask for witnesses that is not in `known`, where all are approved?
bool needs_witnesses(const WebvhLog& log, const WebvhLog* known = nullptr);

/// `log` up to its last approved entry; what was approved in `known`, which it goes on from, stays so. What it took to
/// verify the log counts to `max_verifications`.
WebvhLog approved(WebvhLog log, std::span<const WebvhWitnessProof> proofs,
                  const WebvhLog* known = nullptr,
                  std::size_t max_verifications = kMaxWebvhVerifications);

/// Does `log` go on from `known`, or end with it? False: its history was cut back or rewritten.
bool continues(const WebvhLog& log, const WebvhLog& known);

/// What `log` says of `did`, which is, or was before a move, the state.id of one of its entries. The document has the
/// implicit services; the metadata is what did:webvh v1.0 "DID Resolution Metadata" names.
/// fails invalid_log (no entry that holds; the log of another DID; what follows the last good entry does not hold, and no
///       version was asked for, or one by a time that is not before that entry's), version_not_found, invalid_options,
///       invalid_did_document
/// note  deactivated: an answer, with the last document; Resolution::deactivated is as of the version, the metadata's as of now
Result<Resolution, Error> resolve_webvh(const WebvhLog& log, const Did& did,
                                        const ResolutionOptions& options = {});

}  // namespace avow::did
