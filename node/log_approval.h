#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http_fetcher.h"
#include "core/timestamp.h"
#include "node/data_directory.h"
#include "node/error.h"
#include "registry/witness_proof.h"

namespace avow::node {

/// The version of the own log that its witnesses are asked for.
struct AskedVersion {
  did::WebvhEntry entry;
  /// True: it waits in did-pending.json, and did.jsonl ends with the one before it.
  bool is_pending = false;
};

/// The version that waits for its witnesses; else the newest, if it has some that have not signed it.
/// fails invalid_input (a file of the directory is damaged)
Result<std::optional<AskedVersion>, Error> asked_version(const DataDirectory& directory,
                                                         const Organisation& organisation,
                                                         core::Instant now);

/// Makes the next version durable before anybody sees it: a witness signs one entry of a version, and no other ever.
Result<void, Error> write_pending(const DataDirectory& directory, const did::WebvhEntry& entry);

/// Keeps what a witness said of `asked`, if it is one of its witnesses and the signature is good.
/// gives the Multikey that signed
/// fails denied (it is not)
Result<std::string, Error> keep_witness_proof(const DataDirectory& directory,
                                              Organisation& organisation, const AskedVersion& asked,
                                              const std::string& text);

/// What it lacks of its threshold, for people; nothing if it has it.
std::optional<std::string> missing_approval(const Organisation& organisation,
                                            const AskedVersion& asked);

/// Appends an approved pending version to did.jsonl; its proofs are on disk already.
Result<void, Error> publish_pending(const DataDirectory& directory, Organisation& organisation,
                                    AskedVersion asked);

/// What became of asking one witness.
struct WitnessAnswer {
  std::string url;
  std::optional<Error> fault;  // nothing: its proof was kept
  std::string witness = {};    // the Multikey that signed
};

/// Asks the peer listener at `url` for its proof, after giving it the entries before if it does not know them.
WitnessAnswer ask_witness(core::HttpFetcher& fetcher, const std::string& url,
                          const DataDirectory& directory, Organisation& organisation,
                          const AskedVersion& asked);

}  // namespace avow::node
