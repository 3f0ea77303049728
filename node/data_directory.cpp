#include "node/data_directory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/canonical_json.h"
#include "core/ed25519.h"
#include "core/file_descriptor.h"
#include "core/json_reader.h"
#include "did/did_webvh_write.h"
#include "node/node_keys.h"
#include "node/transaction.h"
#include "registry/guard_file.h"

namespace avow::node {
namespace {

constexpr std::size_t kMaxEntryBytes = std::size_t{256} * 1024;
constexpr std::size_t kMaxOwnLogBytes = std::size_t{5} << 20;

Error os_error(std::string what, int error) {
  const bool permission = error == EACCES || error == EPERM || error == EROFS;
  return {error == ENOENT   ? ErrorCode::not_found
          : error == ENOSPC ? ErrorCode::storage_full
          : permission      ? ErrorCode::not_writable
                            : ErrorCode::storage,
          std::move(what), std::strerror(error),
          permission        ? "choose a place this user may write to, or change its owner"
          : error == ENOENT ? "check the path"
                            : ""};
}

Result<void, Error> sync_folder(const std::filesystem::path& folder) {
  if (!core::sync_folder(folder))
    return fail(os_error("cannot make a change of " + folder.string() + " durable", errno));
  return {};
}

/// The DID writes a port as %3A.
std::string domain_in_did(std::string_view domain) {
  std::string text(domain);
  if (const auto colon = text.find(':'); colon != std::string::npos) text.replace(colon, 1, "%3A");
  return text;
}

struct NewKeys {
  core::Ed25519SigningKey update;
  core::Ed25519SigningKey next;
  core::Ed25519SigningKey assertion;
};

Result<NewKeys, Error> generate_keys(core::Random& random) {
  auto update = core::Ed25519SigningKey::generate(random);
  auto next = core::Ed25519SigningKey::generate(random);
  auto assertion = core::Ed25519SigningKey::generate(random);
  for (const auto* key : {&update, &next, &assertion}) {
    if (!*key) return fail(from_core(key->error(), "cannot make a signing key"));
  }
  return NewKeys{std::move(*update), std::move(*next), std::move(*assertion)};
}

/// gives the key of the node, Multikey
Result<std::string, Error> store_keys(const DataDirectory& directory, const NewKeys& keys,
                                      const std::string& scid, core::SecretBytes passphrase,
                                      KdfCost cost, core::Random& random) {
  auto store = Keystore::open(directory.keys(), std::move(passphrase), cost, random);
  if (!store) return fail(store.error());
  // The key of the first entry has signed what it can sign; it is never written down.
  for (const auto& [name, key] : {std::pair{update_key_name(2), &keys.next},
                                  std::pair{assertion_key_name(1), &keys.assertion}}) {
    if (auto added = store->add(name, *key); !added) return fail(added.error());
  }
  const auto nodes = open_node_keys(*store, random);
  if (!nodes) return fail(nodes.error());
  // New keys have signed nothing: a directory without these files is a restored one.
  for (const auto& file : {directory.guard(), directory.vote_guard()}) {
    if (auto made = registry::DiskGuardFile(file, scid).write({}); !made)
      return fail(from_registry(made.error(), "cannot make " + file.string()));
  }
  return nodes->now.public_key().to_multikey();
}

Result<Organisation, Error> build(const InitRequest& request, const DataDirectory& directory,
                                  core::SecretBytes passphrase, const core::Clock& clock,
                                  core::Random& random) {
  auto keys = generate_keys(random);
  if (!keys) return fail(keys.error());
  did::WebvhCreation creation;
  creation.domain = domain_in_did(request.domain);
  creation.allow_localhost = is_localhost(request.domain);
  creation.verification_methods = {core::Json::object(
      {{"id", "#key-1"}, {"publicKeyMultibase", keys->assertion.public_key().to_multikey()}})};
  creation.witnesses = request.witnesses;
  creation.next_key_hashes = {did::webvh_key_hash(keys->next.public_key().to_multikey())};
  auto entry = did::create_webvh_entry(creation, keys->update, clock.now());
  if (!entry) {
    Error error =
        from_did(entry.error(), "cannot make a did:webvh for the domain " + request.domain);
    error.fix =
        "give --domain a public host name such as acme.example (for development: localhost)";
    return fail(error);
  }
  const auto node_key =
      store_keys(directory, *keys, entry->scid, std::move(passphrase), request.cost, random);
  if (!node_key) return fail(node_key.error());
  const auto written =
      write_text_file(directory.log(), core::to_canonical(entry->json) + "\n", 0644);
  if (!written) return fail(written.error());
  const core::Json description = core::Json::object(
      {{"name", request.name}, {"domain", request.domain}, {"did", entry->did.text()}});
  if (auto done =
          write_text_file(directory.organisation(), core::to_canonical(description) + "\n", 0644);
      !done)
    return fail(done.error());
  Organisation made{request.name, request.domain, std::move(*entry)};
  made.node_key = *node_key;
  return made;
}

/// Every line of a did.jsonl, each verified against the one before.
Result<std::vector<did::WebvhEntry>, Error> read_log(std::string_view text,
                                                     const std::filesystem::path& file,
                                                     bool allow_localhost, core::Instant now) {
  const did::WebvhOptions options{.allow_localhost = allow_localhost};
  std::vector<did::WebvhEntry> log;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto json = core::parse_json(line, {kMaxEntryBytes, 64, 100'000});
    if (!json) return fail(from_core(json.error(), "cannot read " + file.string()));
    auto entry = log.empty() ? did::verify_first_webvh_entry(*json, now, options)
                             : did::verify_next_webvh_entry(log.back(), *json, now, options);
    if (!entry)
      return fail(from_did(entry.error(), "the log in " + file.string() + " does not verify"));
    log.push_back(std::move(*entry));
  }
  if (log.empty()) {
    return fail(Error{ErrorCode::invalid_input, "the log in " + file.string() + " is empty",
                      "every organisation's log has a first entry", "restore it from a backup"});
  }
  return log;
}

/// What witnesses have said; nothing of a log without any. Each was verified before it was written.
Result<std::vector<registry::WitnessProof>, Error> read_witness_proofs(
    const DataDirectory& directory) {
  std::vector<registry::WitnessProof> proofs;
  const auto text = read_text_file(directory.witness_proofs(), kMaxOwnLogBytes);
  if (!text && text.error().code == ErrorCode::not_found) return proofs;
  if (!text) return fail(text.error());
  for (std::string_view rest = *text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    auto proof = registry::parse_witness_proof(line);
    if (!proof)
      return fail(
          from_registry(proof.error(), "cannot read " + directory.witness_proofs().string()));
    proofs.push_back(std::move(*proof));
  }
  return proofs;
}

/// The time of the version in did-pending.json; nothing if none waits, or it is in the log already.
Result<std::optional<core::Instant>, Error> read_next_version_time(const DataDirectory& directory,
                                                                   const did::WebvhEntry& newest) {
  const auto text = read_text_file(directory.pending(), registry::kMaxLogEntryBytes);
  if (!text && text.error().code == ErrorCode::not_found) return std::optional<core::Instant>();
  if (!text) return fail(text.error());
  const auto json = core::parse_json(*text, {registry::kMaxLogEntryBytes, 64, 100'000});
  if (json && *json == newest.json) return std::optional<core::Instant>();
  const std::string* time = json ? json->find_string("versionTime") : nullptr;
  const auto read = core::parse_rfc3339(time == nullptr ? "" : *time);
  if (read) return std::optional(*read);
  return fail(Error{ErrorCode::invalid_input, "cannot read " + directory.pending().string(),
                    "it is no entry of a log", "restore it from the newest backup"});
}

Result<void, Error> check_request(const InitRequest& request) {
  if (request.name.empty() || request.name.size() > 200) {
    return fail(
        Error{ErrorCode::usage,
              "the name of the organisation has " + std::to_string(request.name.size()) + " bytes",
              "1 to 200 are allowed", "give --org a name of 1 to 200 bytes"});
  }
  std::error_code ignored;
  if (std::filesystem::exists(request.directory / "organisation.json", ignored)) {
    return fail(Error{ErrorCode::already_initialised,
                      request.directory.string() + " already belongs to an organisation",
                      "its keys would be lost",
                      "choose another --data, or use the one that is there"});
  }
  if (std::filesystem::exists(request.directory, ignored) &&
      !std::filesystem::is_empty(request.directory, ignored)) {
    return fail(Error{ErrorCode::already_initialised,
                      request.directory.string() + " is not an empty folder",
                      "a new organisation gets a folder of its own", "choose another --data"});
  }
  return {};
}

}  // namespace

bool is_localhost(std::string_view domain) {
  return domain == "localhost" || domain.substr(0, 10) == "localhost:";
}

Result<Organisation, Error> initialise(const InitRequest& request, core::SecretBytes passphrase,
                                       const core::Clock& clock, core::Random& random) {
  if (auto checked = check_request(request); !checked) return fail(checked.error());
  std::filesystem::path target = request.directory.lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  std::filesystem::path beside = target;
  beside += ".new-" + core::random_uuid(random).substr(0, 8);
  if (::mkdir(beside.c_str(), 0700) != 0) {
    Error error = os_error("cannot create the data directory " + target.string(), errno);
    if (error.code == ErrorCode::not_found) {
      error.code = ErrorCode::not_writable;
      error.fix = "make the folder that it shall be in first";
    }
    return fail(error);
  }

  auto organisation = build(request, DataDirectory{beside}, std::move(passphrase), clock, random);
  if (organisation) {
    if (::rename(beside.c_str(), target.c_str()) != 0) {
      organisation =
          fail(os_error("cannot put the data directory in place at " + target.string(), errno));
    } else if (auto synced = sync_folder(core::folder_of(target)); !synced) {
      return fail(synced.error());
    }
  }
  std::error_code ignored;
  if (!organisation) std::filesystem::remove_all(beside, ignored);
  return organisation;
}

std::string update_key_name(std::int64_t version) {
  return "update-" + std::to_string(version);
}

std::string assertion_key_name(std::int64_t version) {
  return "key-" + std::to_string(version);
}

std::string Organisation::log_text() const {
  std::string text;
  for (const auto& before : earlier) text += core::to_canonical(before.json) + "\n";
  return text + core::to_canonical(entry.json) + "\n";
}

std::string Organisation::witness_file() const {
  if (witness_proofs.empty()) return "";
  std::vector<did::WebvhWitnessProof> proofs;
  for (const auto& one : witness_proofs) proofs.push_back(one.proof);
  return did::webvh_witness_file(proofs, entry.version);
}

registry::MemberLog Organisation::log() const {
  registry::MemberLog log(earlier.empty() ? entry : earlier.front());
  const auto add = [&](const did::WebvhEntry& one) {
    if (one.version == 1) return;
    log.add(std::make_shared<const registry::LogEntry>(registry::LogEntry{
        one, registry::signing_keys(*one.document), core::to_canonical(one.json)}));
  };
  for (const auto& before : earlier) add(before);
  add(entry);
  return log;
}

Error no_organisation(const DataDirectory& directory) {
  return {ErrorCode::not_initialised, "there is no organisation in " + directory.root.string(),
          "organisation.json is missing",
          "name the right --data, or run: avow init --data " + directory.root.string() +
              " --org NAME --domain DOMAIN"};
}

Result<Organisation, Error> read_organisation(const DataDirectory& directory, core::Instant now) {
  const auto description = read_text_file(directory.organisation(), std::size_t{64} * 1024);
  if (!description) {
    if (description.error().code != ErrorCode::not_found) return fail(description.error());
    return fail(no_organisation(directory));
  }
  const auto log_text = read_text_file(directory.log(), kMaxOwnLogBytes);
  if (!log_text) return fail(log_text.error());
  const auto json = core::parse_json(*description);
  if (!json)
    return fail(from_core(json.error(), "cannot read " + directory.organisation().string()));
  core::JsonReader reader(*json);
  std::string name = reader.text("name", 200);
  std::string domain = reader.string("domain");
  const std::string did_text = reader.string("did");
  if (auto fault = reader.finish(core::JsonReader::Members::closed))
    return fail(from_core(*fault, "cannot read " + directory.organisation().string()));

  auto log = read_log(*log_text, directory.log(), is_localhost(domain), now);
  if (!log) return fail(log.error());
  auto entry = std::move(log->back());
  log->pop_back();
  if (entry.did.text() != did_text) {
    return fail(Error{ErrorCode::invalid_input,
                      "organisation.json names another DID than did.jsonl", did_text,
                      "restore both from one backup"});
  }
  auto proofs = read_witness_proofs(directory);
  if (!proofs) return fail(proofs.error());
  const auto next = read_next_version_time(directory, entry);
  if (!next) return fail(next.error());
  return Organisation{std::move(name), std::move(domain),  std::move(entry),
                      std::move(*log), std::move(*proofs), *next};
}

Result<std::string, Error> read_text_file(const std::filesystem::path& file,
                                          std::size_t max_bytes) {
  const core::FileDescriptor handle(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!handle.is_open()) return fail(os_error("cannot read " + file.string(), errno));
  std::string text;
  char buffer[16384];
  while (true) {
    const ssize_t count = ::read(handle.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(os_error("cannot read " + file.string(), errno));
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > max_bytes) {
      return fail(Error{ErrorCode::invalid_input, file.string() + " is too large",
                        "at most " + std::to_string(max_bytes) + " bytes are read",
                        "name another file"});
    }
  }
}

Result<void, Error> check_place_for(const std::filesystem::path& file) {
  const std::string what = "cannot write " + file.string();
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    return fail(Error{ErrorCode::usage, what, "it is a folder", "name a file in it"});
  if (::access(core::folder_of(file).c_str(), W_OK | X_OK) == 0) return {};
  const bool is_missing = errno == ENOENT || errno == ENOTDIR;
  return fail(Error{ErrorCode::not_writable, what, std::strerror(errno),
                    is_missing ? "make its folder first"
                               : "choose a place this user may write to, or change its owner"});
}

Result<void, Error> write_text_file(const std::filesystem::path& file, std::string_view text,
                                    int mode) {
  std::filesystem::path temporary = file;
  temporary += ".tmp";
  ::unlink(temporary.c_str());  // what a crash may have left
  {
    // Never a file that is there: in a folder like /tmp it may be somebody else's, with their mode.
    const core::FileDescriptor handle(::open(
        temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
    if (!handle.is_open()) return fail(os_error("cannot write " + file.string(), errno));
    if (!core::write_durably(handle, text))
      return fail(os_error("cannot write " + file.string(), errno));
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0)
    return fail(os_error("cannot put " + file.string() + " in place", errno));
  return sync_folder(core::folder_of(file));
}

}  // namespace avow::node
