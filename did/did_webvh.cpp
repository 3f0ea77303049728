#include "did/did_webvh.h"

#include <algorithm>
#include <cassert>
#include <charconv>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/json_reader.h"
#include "did/did_key.h"
#include "did/internal/ascii.h"
#include "did/internal/web_rules.h"
#include "did/internal/webvh_did.h"
#include "did/internal/webvh_log.h"

namespace avow::did {
namespace {

using namespace internal;

constexpr std::size_t kMaxEntrySize = std::size_t{256} * 1024;
constexpr std::chrono::minutes kMaxClockSkew{5};

Error invalid(std::string detail) {
  return {ErrorCode::invalid_log, std::move(detail)};
}

struct VersionId {
  std::int64_t number;
  std::string hash;
};

/// "<number>-<hash>": a decimal without leading zeros, one dash, a SHA-256 multihash.
Result<VersionId, Error> parse_version_id(std::string_view text) {
  const auto dash = text.find('-');
  const std::string_view digits = text.substr(0, dash);
  VersionId id{0, {}};
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), id.number);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
  if (dash == std::string_view::npos || !is_number || !is_digit(digits[0]) || digits[0] == '0') {
    return fail(invalid("versionId is not a number, a dash and a hash"));
  }
  id.hash = std::string(text.substr(dash + 1));
  if (!is_webvh_hash(id.hash)) return fail(invalid("versionId does not hold a SHA-256 multihash"));
  return id;
}

Result<core::Instant, Error> parse_version_time(std::string_view text, core::Instant now) {
  if (!text.ends_with("Z") && !text.ends_with("+00:00")) {
    return fail(invalid("versionTime is not in UTC"));
  }
  const auto time = core::parse_rfc3339(text);
  if (!time) return fail(invalid("versionTime: " + time.error().detail));
  if (*time > now + kMaxClockSkew) {
    return fail(invalid("versionTime is more than 5 minutes in the future"));
  }
  return *time;
}

/// The SCID is the hash of the entry as it was before it had one.
Result<void, Error> check_scid(const core::Json& entry, const std::string& scid) {
  if (!is_webvh_hash(scid)) return fail(invalid("scid is not a SHA-256 multihash"));
  core::Json preliminary = entry;
  preliminary.erase("proof");
  // A placeholder left over would let two first entries share one SCID.
  if (core::to_canonical(preliminary).find(kScidPlaceholder) != std::string::npos) {
    return fail(invalid("the entry still holds the placeholder {SCID}"));
  }
  preliminary.set("versionId", kScidPlaceholder);
  const auto replaced = with_text_replaced(preliminary, scid, kScidPlaceholder);
  if (!replaced) return fail(replaced.error());
  if (webvh_hash(core::to_canonical(*replaced)) != scid) {
    return fail(invalid("scid is not the hash of the first entry"));
  }
  return {};
}

Result<Did, Error> check_state_id(const core::Json& state, const std::string& scid,
                                  bool allow_localhost) {
  const std::string* id = state.find_string("id");
  if (id == nullptr) return fail(invalid("state has no id"));
  auto did = Did::parse(*id);
  if (!did) return fail(invalid("state.id: " + did.error().detail));
  const auto parts = parse_webvh_did(*did);
  if (!parts) return fail(invalid("state.id: " + parts.error().detail));
  if (parts->scid != scid) return fail(invalid("state.id has another SCID than the parameters"));
  if (!allow_localhost && is_localhost(parts->location)) {
    return fail(invalid("state.id: localhost is allowed in development only"));
  }
  return did;
}

Result<core::Json, Error> verification_method(const core::Json& given, const std::string& did) {
  const std::string* id = given.find_string("id");
  const std::string* key = given.find_string("publicKeyMultibase");
  if (id == nullptr || !id->starts_with('#') || key == nullptr) {
    return fail(invalid("a verification method needs an id \"#…\" and a publicKeyMultibase"));
  }
  return core::Json::object(
      {{"id", did + *id}, {"type", "Multikey"}, {"controller", did}, {"publicKeyMultibase", *key}});
}

/// The DID document of `did`, which still has the placeholder in it.
Result<core::Json, Error> first_state(const WebvhParameters& parameters, const std::string& did) {
  core::Json methods = core::Json::array();
  core::Json ids = core::Json::array();
  for (const core::Json& given : parameters.verification_methods) {
    auto method = verification_method(given, did);
    if (!method) return fail(std::move(method.error()));
    ids.push_back(*method->find("id"));
    methods.push_back(std::move(*method));
  }
  return core::Json::object({
      {"@context", core::Json::array(
                       {"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"})},
      {"id", did},
      {"alsoKnownAs", core::Json::array({"did:web:" + parameters.domain})},
      {"verificationMethod", methods},
      {"authentication", ids},
      {"assertionMethod", ids},
  });
}

core::Json first_parameters(const WebvhParameters& parameters, const std::string& update_key) {
  core::Json next = core::Json::array();
  for (const std::string& hash : parameters.next_key_hashes) next.push_back(hash);
  return core::Json::object({
      {"method", "did:webvh:1.0"},
      {"scid", kScidPlaceholder},
      {"updateKeys", core::Json::array({update_key})},
      {"nextKeyHashes", next},
      // Only a first entry can allow a later move to another domain.
      {"portable", true},
  });
}

Result<void, Error> check_domain(const WebvhParameters& parameters) {
  // Through Did, so that only percent triples reach the location's rules.
  const auto did = Did::parse("did:web:" + parameters.domain);
  if (!did) return fail(did.error());
  const auto location = web_location(*did);
  if (!location) return fail(location.error());
  if (!location->segments.empty()) {
    return fail(Error{ErrorCode::invalid_did, "write a domain's port as %3A and digits"});
  }
  if (!parameters.allow_localhost && is_localhost(*location)) {
    return fail(Error{ErrorCode::invalid_did, "localhost is allowed in development only"});
  }
  return {};
}

/// A member `service` entry that stands for `<did>#name`, unless the document has its own.
void add_implicit_service(core::Json& services, const Did& did, std::string_view name,
                          core::Json service) {
  const std::string relative = '#' + std::string(name);
  for (const core::Json& existing : *services.as_array()) {
    const std::string* id = existing.find_string("id");
    if (id != nullptr && DidUrl::absolute(*id, did) == did.text() + relative) return;
  }
  service.set("id", did.text() + relative);
  services.push_back(std::move(service));
}

/// did:webvh v1.0 "whois LinkedVP Service" and "relativeRef Service".
void add_implicit_services(core::Json& document, const Did& did, const WebLocation& location) {
  const core::Json* present = document.find("service");
  core::Json services = core::Json::array();
  if (present != nullptr && present->as_array() != nullptr) services = *present;
  const std::string base = base_url(location);
  add_implicit_service(services, did, "files",
                       core::Json::object({{"type", "relativeRef"}, {"serviceEndpoint", base}}));
  add_implicit_service(
      services, did, "whois",
      core::Json::object({{"@context", "https://identity.foundation/linked-vp/contexts/v1"},
                          {"type", "LinkedVerifiablePresentation"},
                          {"serviceEndpoint", base + "whois.vp"}}));
  document.set("service", std::move(services));
}

}  // namespace

std::string webvh_key_hash(std::string_view multikey) {
  return webvh_hash(multikey);
}

Result<WebvhEntry, Error> create_webvh_entry(const WebvhParameters& parameters,
                                             const core::Ed25519SigningKey& update_key,
                                             core::Instant now) {
  if (auto checked = check_domain(parameters); !checked) return fail(std::move(checked.error()));
  const std::string did = "did:webvh:" + std::string(kScidPlaceholder) + ':' + parameters.domain;
  auto state = first_state(parameters, did);
  if (!state) return fail(std::move(state.error()));
  const core::Json preliminary = core::Json::object({
      {"versionId", kScidPlaceholder},
      {"versionTime", core::format_seconds(now)},
      {"parameters", first_parameters(parameters, update_key.public_key().to_multikey())},
      {"state", std::move(*state)},
  });
  const std::string scid = webvh_hash(core::to_canonical(preliminary));
  auto entry = with_text_replaced(preliminary, kScidPlaceholder, scid);
  if (!entry) return fail(std::move(entry.error()));
  entry->set("versionId", "1-" + entry_hash(*entry, scid));
  const core::ProofOptions options{
      .verification_method = did_key_method_of(update_key.public_key()),
      .proof_purpose = "assertionMethod",
      .created = core::format_seconds(now)};
  entry->set("proof", core::Json::array({core::create_proof(*entry, options, update_key)}));
  // What we publish must be what others accept; this also checks the parameters we were given.
  return verify_first_webvh_entry(*entry, now, parameters.allow_localhost);
}

Result<WebvhEntry, Error> verify_first_webvh_entry(const core::Json& entry, core::Instant now,
                                                   bool allow_localhost) {
  if (!entry.is_object()) return fail(invalid("a log entry is an object"));
  if (core::to_canonical(entry).size() > kMaxEntrySize) {
    return fail(invalid("the entry is larger than 256 KiB"));
  }
  core::JsonReader in(entry);
  const std::string version_id = in.string("versionId");
  const std::string version_time = in.string("versionTime");
  const core::Json* parameters = in.object("parameters");
  const core::Json* state = in.object("state");
  in.any("proof");
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(invalid(fault->pointer + ": " + fault->detail));
  }
  auto id = parse_version_id(version_id);
  if (!id) return fail(std::move(id.error()));
  if (id->number != 1) {
    return fail(invalid("entry " + std::to_string(id->number) +
                        " is not a first entry; later entries are not supported yet"));
  }
  const auto time = parse_version_time(version_time, now);
  if (!time) return fail(time.error());
  const auto first = read_first_parameters(*parameters);
  if (!first) return fail(first.error());
  if (auto checked = check_scid(entry, first->scid); !checked) return fail(checked.error());
  if (entry_hash(entry, first->scid) != id->hash) {
    return fail(invalid("versionId is not the hash of the entry"));
  }
  auto did = check_state_id(*state, first->scid, allow_localhost);
  if (!did) return fail(std::move(did.error()));
  if (auto checked = check_entry_proofs(entry, first->update_keys, now); !checked) {
    return fail(checked.error());
  }
  if (first->deactivated) return fail(invalid("a first entry that deactivates its DID"));
  auto document = Document::from_json(*state, *did);
  if (!document) return fail(invalid("state: " + document.error().detail));
  return WebvhEntry{first->scid,
                    std::move(*did),
                    1,
                    version_id,
                    std::move(id->hash),
                    *time,
                    entry,
                    std::make_shared<const Document>(std::move(*document))};
}

core::Json parallel_did_web(const WebvhEntry& entry) {
  const auto parts = parse_webvh_did(entry.did);
  assert(parts);
  core::Json resolved = entry.document->json();
  add_implicit_services(resolved, entry.did, parts->location);
  auto parallel = with_text_replaced(resolved, "did:webvh:" + parts->scid + ':', "did:web:");
  assert(parallel);
  const std::string own_id = *parallel->find_string("id");
  core::Json names = core::Json::array();
  const auto add_once = [&](const std::string& name) {
    const auto& known = *names.as_array();
    if (name != own_id && std::find(known.begin(), known.end(), core::Json(name)) == known.end()) {
      names.push_back(name);
    }
  };
  if (const core::Json* listed = parallel->find("alsoKnownAs")) {
    for (const core::Json& name : *listed->as_array()) add_once(*name.as_string());
  }
  add_once(entry.did.text());
  parallel->set("alsoKnownAs", std::move(names));
  return std::move(*parallel);
}

}  // namespace avow::did
