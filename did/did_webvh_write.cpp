#include "did/did_webvh_write.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/canonical_json.h"
#include "did/internal/web_rules.h"
#include "did/internal/webvh_did.h"
#include "did/internal/webvh_log.h"
#include "did/internal/webvh_parameters.h"

namespace avow::did {
namespace {

using namespace internal;

Result<core::Json, Error> verification_method(const core::Json& given, const std::string& did) {
  const std::string* id = given.find_string("id");
  const std::string* key = given.find_string("publicKeyMultibase");
  if (id == nullptr || !id->starts_with('#') || key == nullptr) {
    return fail(invalid_log("a verification method needs an id \"#…\" and a publicKeyMultibase"));
  }
  return core::Json::object(
      {{"id", did + *id}, {"type", "Multikey"}, {"controller", did}, {"publicKeyMultibase", *key}});
}

/// The DID document of `did`, which still has the placeholder in it.
Result<core::Json, Error> first_state(const WebvhCreation& creation, const std::string& did) {
  core::Json methods = core::Json::array();
  core::Json ids = core::Json::array();
  for (const core::Json& given : creation.verification_methods) {
    auto method = verification_method(given, did);
    if (!method) return fail(std::move(method.error()));
    ids.push_back(*method->find("id"));
    methods.push_back(std::move(*method));
  }
  return core::Json::object({
      {"@context", core::Json::array(
                       {"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"})},
      {"id", did},
      {"alsoKnownAs", core::Json::array({"did:web:" + creation.domain})},
      {"verificationMethod", methods},
      {"authentication", ids},
      {"assertionMethod", ids},
  });
}

core::Json first_parameters(const WebvhCreation& creation,
                            const core::Ed25519PublicKey& update_key) {
  core::Json parameters = core::Json::object({
      {"method", "did:webvh:1.0"},
      {"scid", kScidPlaceholder},
      {"updateKeys", to_json(std::vector{update_key})},
      {"nextKeyHashes", to_json(creation.next_key_hashes)},
      // Only a first entry can allow a later move to another domain.
      {"portable", true},
  });
  if (!creation.witnesses.empty()) parameters.set("witness", to_json(creation.witnesses));
  return parameters;
}

Result<void, Error> check_domain(const std::string& domain, bool allow_localhost) {
  // Through Did, so that only percent triples reach the location's rules.
  const auto did = Did::parse("did:web:" + domain);
  if (!did) return fail(did.error());
  const auto location = web_location(*did);
  if (!location) return fail(location.error());
  if (!location->segments.empty()) {
    return fail(Error{ErrorCode::invalid_did, "write a domain's port as %3A and digits"});
  }
  if (!allow_localhost && is_localhost(*location)) {
    return fail(Error{ErrorCode::invalid_did, "localhost is allowed in development only"});
  }
  return {};
}

core::Json signed_entry(core::Json entry, const std::string& hash_base, std::int64_t version,
                        const core::Ed25519SigningKey& key, core::Instant created) {
  entry.set("versionId", hash_base);
  const std::string hash = entry_hash(unsigned_entry(entry), hash_base);
  entry.set("versionId", std::to_string(version) + '-' + hash);
  entry.set("proof", core::Json::array({create_log_proof(entry, key, created)}));
  return entry;
}

core::Json changed_parameters(const WebvhEntry& previous, const WebvhChange& change) {
  core::Json parameters = core::Json::object();
  if (change.update_keys) parameters.set("updateKeys", to_json(*change.update_keys));
  if (change.next_key_hashes) {
    parameters.set("nextKeyHashes", to_json(*change.next_key_hashes));
  } else if (!previous.parameters.next_key_hashes.empty()) {
    parameters.set("nextKeyHashes", to_json(previous.parameters.next_key_hashes));
  }
  if (change.witnesses) parameters.set("witness", to_json(*change.witnesses));
  if (change.watchers) parameters.set("watchers", to_json(*change.watchers));
  if (change.ttl_seconds) parameters.set("ttl", *change.ttl_seconds);
  if (change.never_move_again) parameters.set("portable", false);
  if (change.deactivate) parameters.set("deactivated", true);
  return parameters;
}

}  // namespace

Result<WebvhEntry, Error> create_webvh_entry(const WebvhCreation& creation,
                                             const core::Ed25519SigningKey& update_key,
                                             core::Instant now) {
  if (auto checked = check_domain(creation.domain, creation.allow_localhost); !checked) {
    return fail(std::move(checked.error()));
  }
  const std::string did = "did:webvh:" + std::string(kScidPlaceholder) + ':' + creation.domain;
  auto state = first_state(creation, did);
  if (!state) return fail(std::move(state.error()));
  const core::Json preliminary = core::Json::object({
      {"versionId", kScidPlaceholder},
      {"versionTime", core::format_seconds(now)},
      {"parameters", first_parameters(creation, update_key.public_key())},
      {"state", std::move(*state)},
  });
  const std::string text = core::to_canonical(preliminary);
  const std::string scid = webvh_hash(text);
  auto entry = with_text_replaced(text, kScidPlaceholder, scid);
  if (!entry) return fail(std::move(entry.error()));
  // What we publish must be what others accept; this also checks the parameters we were given.
  return verify_first_webvh_entry(signed_entry(std::move(*entry), scid, 1, update_key, now), now,
                                  {.allow_localhost = creation.allow_localhost});
}

Result<WebvhEntry, Error> append_webvh_entry(const WebvhEntry& previous, const WebvhChange& change,
                                             const core::Ed25519SigningKey& update_key,
                                             core::Instant now, const WebvhOptions& options) {
  const auto after_previous =
      std::chrono::floor<std::chrono::seconds>(previous.version_time) + std::chrono::seconds(1);
  const core::Instant time =
      std::max<core::Instant>(std::chrono::floor<std::chrono::seconds>(now), after_previous);
  core::Json entry = core::Json::object({
      {"versionTime", core::format_seconds(time)},
      {"parameters", changed_parameters(previous, change)},
      {"state", change.document ? *change.document : previous.document->json()},
  });
  return verify_next_webvh_entry(
      previous,
      signed_entry(std::move(entry), previous.version_id, previous.version + 1, update_key, time),
      now, options);
}

Result<core::Json, Error> moved_document(const WebvhEntry& entry, std::string_view domain,
                                         const WebvhOptions& options) {
  if (auto checked = check_domain(std::string(domain), options.allow_localhost); !checked) {
    return fail(std::move(checked.error()));
  }
  const std::string place(entry.did.method_specific_id().substr(entry.scid.size() + 1));
  const auto path = place.find(':');
  const std::string new_place =
      std::string(domain) + (path == std::string::npos ? "" : place.substr(path));
  const std::string did = "did:webvh:" + entry.scid + ':' + new_place;
  core::Json old = entry.document->json();
  const core::Json known = old.take("alsoKnownAs");
  auto document = with_text_replaced(core::to_canonical(old), entry.did.text(), did);
  if (!document) return document;
  core::Json names = core::Json::array();
  if (known.as_array() != nullptr) {
    for (const core::Json& name : *known.as_array()) {
      if (name == core::Json(did)) continue;
      names.push_back(name == core::Json("did:web:" + place) ? core::Json("did:web:" + new_place)
                                                             : name);
    }
  }
  names.push_back(entry.did.text());
  document->set("alsoKnownAs", std::move(names));
  return document;
}

Result<std::vector<WebvhEntry>, Error> deactivate_webvh(const WebvhEntry& previous,
                                                        const core::Ed25519SigningKey& update_key,
                                                        core::Instant now,
                                                        const WebvhOptions& options) {
  std::vector<WebvhEntry> entries;
  if (!previous.parameters.next_key_hashes.empty()) {
    const WebvhChange no_promise{.update_keys = std::vector{update_key.public_key()},
                                 .next_key_hashes = std::vector<std::string>{}};
    auto entry = append_webvh_entry(previous, no_promise, update_key, now, options);
    if (!entry) return fail(std::move(entry.error()));
    entries.push_back(std::move(*entry));
  }
  const WebvhChange end{.update_keys = std::vector<core::Ed25519PublicKey>{}, .deactivate = true};
  auto last = append_webvh_entry(entries.empty() ? previous : entries.back(), end, update_key, now,
                                 options);
  if (!last) return fail(std::move(last.error()));
  entries.push_back(std::move(*last));
  return entries;
}

}  // namespace avow::did
