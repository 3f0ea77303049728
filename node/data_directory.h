#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/json.h"
#include "core/random.h"
#include "core/secret_bytes.h"
#include "did/did_webvh.h"
#include "node/error.h"
#include "node/keystore/keystore.h"
#include "registry/member_log.h"
#include "registry/witness_proof.h"

namespace avow::node {

/// What lies where in a node's data directory. One process at a time works in it.
struct DataDirectory {
  std::filesystem::path root;

  std::filesystem::path organisation() const { return root / "organisation.json"; }
  std::filesystem::path log() const { return root / "did.jsonl"; }
  /// The next version of the log, while it waits for its witnesses; what they said, a line each.
  std::filesystem::path pending() const { return root / "did-pending.json"; }
  std::filesystem::path witness_proofs() const { return root / "witness-proofs.jsonl"; }
  std::filesystem::path keys() const { return root / "keys"; }
  std::filesystem::path guard() const { return root / "keys" / "guard.json"; }
  std::filesystem::path vote_guard() const { return root / "keys" / "vote-guard.json"; }
  std::filesystem::path database() const { return root / "avow.db"; }
  std::filesystem::path admin_socket() const { return root / "admin.sock"; }
};

/// The names under which the key store holds an organisation's keys, by version of its log. The update key of the next
/// version is pre-rotated: only its hash is published. It signs one entry and is gone: whoever found it later could make
/// another entry of that version, which forks the log for good.
std::string update_key_name(std::int64_t version);     // "update-2"
std::string assertion_key_name(std::int64_t version);  // "key-1": credentials, statements, heads

/// The organisation a data directory belongs to.
struct Organisation {
  std::string name;
  std::string domain;                                       // "acme.example", "localhost:8443"
  did::WebvhEntry entry;                                    // the newest entry of its log, verified
  std::vector<did::WebvhEntry> earlier = {};                // those before it, the first one first
  std::vector<registry::WitnessProof> witness_proofs = {};  // of its entries, good
  /// Of the version that waits for its witnesses: what is signed from then on will be judged by that version.
  std::optional<core::Instant> next_version_time = {};
  std::string node_key = {};  // Multikey (node_keys.h), of one that was made just now

  const did::Did& did() const { return entry.did; }
  std::string assertion_method() const {
    return entry.did.text() + "#" + assertion_key_name(entry.version);
  }
  /// did.jsonl
  std::string log_text() const;
  /// did-witness.json
  std::string witness_file() const;
  registry::MemberLog log() const;
};

/// True for the development domain `localhost`, with or without a port.
bool is_localhost(std::string_view domain);

struct InitRequest {
  std::filesystem::path directory;
  std::string name;    // for people, 1..200 bytes
  std::string domain;  // host or host:port
  KdfCost cost = {};
  did::WebvhWitnesses witnesses = {};  // of its log: those of the charter that will admit it
};

/// Makes the keys, writes the first entry of the organisation's did:webvh log (pre-rotation on) and the directory,
/// whole or not at all: it is built beside its place and renamed.
/// fails already_initialised, not_writable, invalid_input (domain, name), storage, memory_lock
Result<Organisation, Error> initialise(const InitRequest& request, core::SecretBytes passphrase,
                                       const core::Clock& clock, core::Random& random);

/// What is said of a directory in which none was made: not_initialised.
Error no_organisation(const DataDirectory& directory);

/// Reads an initialised directory and verifies its log.
/// fails not_initialised, invalid_input
Result<Organisation, Error> read_organisation(const DataDirectory& directory, core::Instant now);

/// A whole file as text; at most `max_bytes`.
/// fails not_found, invalid_input, not_writable
Result<std::string, Error> read_text_file(const std::filesystem::path& file, std::size_t max_bytes);
/// Whether a file can be written there, as far as can be told without writing it.
/// fails not_writable, usage (a folder)
Result<void, Error> check_place_for(const std::filesystem::path& file);
/// Replaces a file: temporary file, fsync, rename, fsync of the folder.
Result<void, Error> write_text_file(const std::filesystem::path& file, std::string_view text,
                                    int mode);

}  // namespace avow::node
