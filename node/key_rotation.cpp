#include "node/key_rotation.h"

#include <string>
#include <utility>

#include "did/did_webvh_write.h"

namespace avow::node {
namespace {

Error no_such_key(std::int64_t version) {
  return {ErrorCode::configuration, "the key of the next version is not in the key store",
          "did.jsonl promises " + update_key_name(version) +
              "; it is removed once the version that it signed counts",
          "restore did.jsonl and keys/ together, from where they are newest"};
}

Result<core::Ed25519SigningKey, Error> load_or_make(Keystore& store, const std::string& name,
                                                    core::Random& random) {
  if (store.contains(name)) return store.load(name);
  auto key = core::Ed25519SigningKey::generate(random);
  if (!key) return fail(from_core(key.error(), "cannot make a signing key"));
  if (auto added = store.add(name, *key); !added) return fail(added.error());
  return std::move(*key);
}

/// The document as it is, with a new key in place of the organisation's assertion key wherever that stands.
core::Json with_assertion_key(const Organisation& organisation, std::int64_t version,
                              const core::Ed25519PublicKey& key) {
  const auto before = organisation.assertion_method();
  const auto method = organisation.did().text() + "#" + assertion_key_name(version);
  core::Json document = organisation.entry.document->json();
  core::Json methods = core::Json::array();
  for (const core::Json& one : *document.find("verificationMethod")->as_array()) {
    const std::string* id = one.find_string("id");
    if (id == nullptr || *id != before) methods.push_back(one);
  }
  methods.push_back(core::Json::object({{"id", method},
                                        {"type", "Multikey"},
                                        {"controller", organisation.did().text()},
                                        {"publicKeyMultibase", key.to_multikey()}}));
  document.set("verificationMethod", std::move(methods));
  for (const auto* relationship : {"authentication", "assertionMethod"}) {
    core::Json references = core::Json::array();
    for (const core::Json& one : *document.find(relationship)->as_array())
      references.push_back(one == core::Json(before) ? core::Json(method) : one);
    document.set(relationship, std::move(references));
  }
  return document;
}

}  // namespace

Result<void, Error> remove_used_update_keys(const DataDirectory& directory,
                                            std::int64_t counted_version) {
  for (std::int64_t version = 1; version <= counted_version; ++version) {
    if (auto removed = remove_key(directory.keys(), update_key_name(version)); !removed)
      return removed;
  }
  return {};
}

namespace {

Result<did::WebvhEntry, Error> make_next_version(const Organisation& organisation, Keystore& store,
                                                 const core::Clock& clock, core::Random& random) {
  const auto version = organisation.entry.version + 1;
  if (!store.contains(update_key_name(version))) return fail(no_such_key(version));
  const auto update = store.load(update_key_name(version));
  if (!update) return fail(update.error());
  // Keys that a rotation left behind when it was cut short are the ones to use: nobody has seen them.
  const auto assertion = load_or_make(store, assertion_key_name(version), random);
  if (!assertion) return fail(assertion.error());
  const auto next = load_or_make(store, update_key_name(version + 1), random);
  if (!next) return fail(next.error());
  did::WebvhChange change;
  change.document = with_assertion_key(organisation, version, assertion->public_key());
  change.update_keys = {{update->public_key()}};
  change.next_key_hashes = {{did::webvh_key_hash(next->public_key().to_multikey())}};
  // Proofs are dated by the second: what the key before has signed in this one is of its own version still.
  const auto when = clock.now() + std::chrono::seconds(1);
  auto entry = did::append_webvh_entry(organisation.entry, change, *update, when,
                                       {.allow_localhost = is_localhost(organisation.domain)});
  if (!entry) return fail(from_did(entry.error(), "cannot make the next version of the log"));
  return std::move(*entry);
}

Error not_approved(const AskedVersion& asked, std::string missing) {
  return {
      ErrorCode::awaiting_witnesses,
      "version " + asked.entry.version_id + " waits for its witnesses", std::move(missing),
      "run this again with --witness URL for each that has not signed; if one is lost for good, "
      "governors may settle it: avow govern propose, with the action settle of scid " +
          asked.entry.scid + ", version " + std::to_string(asked.entry.version) + ", entryHash " +
          asked.entry.entry_hash};
}

}  // namespace

Result<Organisation, Error> rotate_keys(const DataDirectory& directory,
                                        core::SecretBytes passphrase, const core::Clock& clock,
                                        core::Random& random, const AskWitnesses& ask,
                                        const IsSettled& is_settled) {
  auto organisation = read_organisation(directory, clock.now());
  if (!organisation) return fail(organisation.error());
  auto store = Keystore::open(directory.keys(), std::move(passphrase), {}, random);
  if (!store) return fail(store.error());
  auto asked = asked_version(directory, *organisation, clock.now());
  if (!asked) return fail(asked.error());
  if (!*asked || !(*asked)->is_pending) {
    auto entry = make_next_version(*organisation, *store, clock, random);
    if (!entry) return fail(entry.error());
    *asked = AskedVersion{std::move(*entry), /*is_pending=*/true};
    if (!(*asked)->entry.witnesses.empty()) {
      if (auto written = write_pending(directory, (*asked)->entry); !written)
        return fail(written.error());
    }
  }
  const bool is_named = is_settled && is_settled((*asked)->entry);
  if (!is_named && missing_approval(*organisation, **asked) && ask) ask(*organisation, **asked);
  auto missing = missing_approval(*organisation, **asked);
  if (missing && !is_named) return fail(not_approved(**asked, std::move(*missing)));
  if (auto published = publish_pending(directory, *organisation, std::move(**asked)); !published)
    return fail(published.error());
  return organisation;
}

}  // namespace avow::node
