#include "did/did_webvh.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "did/internal/ascii.h"
#include "did/internal/web_rules.h"
#include "did/internal/webvh_did.h"
#include "did/internal/webvh_log.h"
#include "did/internal/webvh_parameters.h"

namespace avow::did {
namespace {

using namespace internal;

constexpr std::size_t kMaxEntrySize = std::size_t{256} * 1024;

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
    return fail(invalid_log("versionId is not a number, a dash and a hash"));
  }
  id.hash = std::string(text.substr(dash + 1));
  if (!is_webvh_hash(id.hash))
    return fail(invalid_log("versionId does not hold a SHA-256 multihash"));
  return id;
}

Result<core::Instant, Error> parse_version_time(std::string_view text) {
  if (!text.ends_with("Z") && !text.ends_with("+00:00")) {
    return fail(invalid_log("versionTime is not in UTC"));
  }
  const auto time = core::parse_rfc3339(text);
  if (!time) return fail(invalid_log("versionTime: " + time.error().detail));
  return *time;
}

/// The members of an entry as they are written.
struct EntryText {
  VersionId id;
  std::string version_id;
  core::Instant time;
  const core::Json* parameters;
  const core::Json* state;
  UnsignedEntry signed_part;
};

Result<EntryText, Error> read_entry(const core::Json& entry) {
  if (!entry.is_object()) return fail(invalid_log("a log entry is an object"));
  core::JsonReader in(entry);
  std::string version_id = in.string("versionId");
  const std::string version_time = in.string("versionTime");
  const core::Json* parameters = in.object("parameters");
  const core::Json* state = in.object("state");
  const core::Json* proof = in.any("proof");
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(invalid_log(fault->pointer + ": " + fault->detail));
  }
  auto id = parse_version_id(version_id);
  if (!id) return fail(std::move(id.error()));
  const auto time = parse_version_time(version_time);
  if (!time) return fail(time.error());
  auto signed_part = unsigned_entry(entry);
  const std::size_t proof_size = proof == nullptr ? 0 : core::to_canonical(*proof).size();
  if (signed_part.before_id.size() + proof_size > kMaxEntrySize) {
    return fail(invalid_log("the entry is larger than 256 KiB"));
  }
  return EntryText{std::move(*id), std::move(version_id), *time, parameters,
                   state,          std::move(signed_part)};
}

/// The SCID is the hash of the entry as it was before it had one.
Result<void, Error> check_scid(UnsignedEntry entry, const std::string& scid) {
  if (!is_webvh_hash(scid)) return fail(invalid_log("scid is not a SHA-256 multihash"));
  // A placeholder left over would let two first entries share one SCID.
  if (entry.text().find(kScidPlaceholder) != std::string::npos) {
    return fail(invalid_log("the entry still holds the placeholder {SCID}"));
  }
  entry.id = kScidPlaceholder;
  const auto replaced = with_text_replaced(entry.text(), scid, kScidPlaceholder);
  if (!replaced) return fail(replaced.error());
  if (webvh_hash(core::to_canonical(*replaced)) != scid) {
    return fail(invalid_log("scid is not the hash of the first entry"));
  }
  return {};
}

Result<Did, Error> check_state_id(const core::Json& state, const std::string& scid,
                                  const WebvhOptions& options) {
  const std::string* id = state.find_string("id");
  if (id == nullptr) return fail(invalid_log("state has no id"));
  auto did = Did::parse(*id);
  if (!did) return fail(invalid_log("state.id: " + did.error().detail));
  const auto parts = parse_webvh_did(*did);
  if (!parts) return fail(invalid_log("state.id: " + parts.error().detail));
  if (parts->scid != scid)
    return fail(invalid_log("state.id has another SCID than the parameters"));
  if (!options.allow_localhost && is_localhost(parts->location)) {
    return fail(invalid_log("state.id: localhost is allowed in development only"));
  }
  return did;
}

/// did:webvh v1.0 "DID Portability".
Result<void, Error> check_move(const WebvhEntry& previous, const Did& did, const core::Json& state,
                               const WebvhParameters& after) {
  if (did == previous.did) return {};
  if (!previous.parameters.portable || !after.portable) {
    return fail(invalid_log("state.id is another DID, and the log is not portable"));
  }
  const core::Json* names = state.find("alsoKnownAs");
  const core::Json::Array* listed = names == nullptr ? nullptr : names->as_array();
  const core::Json before(previous.did.text());
  if (listed == nullptr || std::find(listed->begin(), listed->end(), before) == listed->end()) {
    return fail(invalid_log("a DID that moves names the one before in alsoKnownAs"));
  }
  return {};
}

/// Whose proof an entry needs: those asked for until then, or those that it is the first to ask for.
const WebvhWitnesses& witnesses_of(const WebvhEntry* previous, const WebvhParameters& after) {
  const bool are_new = previous == nullptr || previous->parameters.witnesses.empty();
  return are_new ? after.witnesses : previous->parameters.witnesses;
}

/// Whose signature it needs: with pre-rotation, and at first, its own keys; else those before it.
const std::vector<core::Ed25519PublicKey>& signers_of(const WebvhEntry* previous,
                                                      const WebvhParameters& after) {
  const bool own = previous == nullptr || !previous->parameters.next_key_hashes.empty();
  return own ? after.update_keys : previous->parameters.update_keys;
}

/// What a first and a later entry have in common once their parameters are read.
Result<WebvhEntry, Error> finish(core::Json entry, EntryText text, std::string scid,
                                 WebvhParameters after, const WebvhEntry* previous,
                                 core::Instant now, const WebvhOptions& options) {
  const std::string& hashed_with = previous == nullptr ? scid : previous->version_id;
  if (entry_hash(text.signed_part, hashed_with) != text.id.hash) {
    return fail(invalid_log("versionId is not the hash of the entry"));
  }
  auto did = check_state_id(*text.state, scid, options);
  if (!did) return fail(std::move(did.error()));
  if (previous != nullptr) {
    auto checked = check_move(*previous, *did, *text.state, after);
    if (!checked) return fail(std::move(checked.error()));
  }
  if (auto checked =
          check_entry_proofs(entry.find("proof"), text.signed_part, signers_of(previous, after));
      !checked) {
    return fail(std::move(checked.error()));
  }
  auto document = Document::from_json(*text.state, *did);
  if (!document) return fail(invalid_log("state: " + document.error().detail));
  if (text.time > now + kMaxWebvhAhead) {
    return fail(
        Error{ErrorCode::not_yet_valid, "versionTime is more than 5 minutes in the future"});
  }
  WebvhWitnesses witnesses = witnesses_of(previous, after);
  return WebvhEntry{std::move(scid),         std::move(*did),
                    text.id.number,          std::move(text.version_id),
                    std::move(text.id.hash), text.time,
                    std::move(entry),        std::make_shared<const Document>(std::move(*document)),
                    std::move(after),        std::move(witnesses)};
}

}  // namespace

Result<WebLocation, Error> webvh_location(const Did& did) {
  auto parts = parse_webvh_did(did);
  if (!parts) return fail(std::move(parts.error()));
  return std::move(parts->location);
}

std::string webvh_key_hash(std::string_view multikey) {
  return webvh_hash(multikey);
}

Result<WebvhEntry, Error> verify_first_webvh_entry(core::Json entry, core::Instant now,
                                                   const WebvhOptions& options) {
  auto text = read_entry(entry);
  if (!text) return fail(std::move(text.error()));
  if (text->id.number != 1) {
    return fail(
        invalid_log("entry " + std::to_string(text->id.number) + " is not a first entry of a log"));
  }
  auto first = read_first_parameters(*text->parameters, options);
  if (!first) return fail(std::move(first.error()));
  if (first->in_force.deactivated) {
    return fail(invalid_log("a first entry that deactivates its DID"));
  }
  if (auto checked = check_scid(text->signed_part, first->scid); !checked)
    return fail(checked.error());
  return finish(std::move(entry), std::move(*text), std::move(first->scid),
                std::move(first->in_force), nullptr, now, options);
}

Result<WebvhEntry, Error> verify_next_webvh_entry(const WebvhEntry& previous, core::Json entry,
                                                  core::Instant now, const WebvhOptions& options) {
  if (previous.parameters.deactivated) {
    return fail(invalid_log("nothing follows the entry that deactivates a DID"));
  }
  auto text = read_entry(entry);
  if (!text) return fail(std::move(text.error()));
  if (text->id.number != previous.version + 1) {
    return fail(invalid_log("entry " + std::to_string(text->id.number) + " does not follow entry " +
                            std::to_string(previous.version)));
  }
  if (text->time <= previous.version_time) {
    return fail(invalid_log("versionTime is not later than that of the entry before"));
  }
  auto after = read_next_parameters(*text->parameters, previous.parameters, options);
  if (!after) return fail(std::move(after.error()));
  return finish(std::move(entry), std::move(*text), previous.scid, std::move(*after), &previous,
                now, options);
}

}  // namespace avow::did
