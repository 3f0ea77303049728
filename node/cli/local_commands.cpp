// Commands that work on files and need no running node.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "did/did_key.h"
#include "did/document.h"
#include "node/cli/asking.h"
#include "node/cli/commands.h"
#include "node/cli/node_client.h"
#include "node/cli/passphrase_source.h"
#include "node/data_directory.h"
#include "node/http/url.h"
#include "node/transaction.h"
#include "node/version.h"
#include "registry/charter.h"
#include "vc/namespace.h"
#include "vc/present.h"

namespace avow::node::cli {
namespace {

constexpr std::size_t kMaxFounderLogBytes = std::size_t{5} << 20;
constexpr std::size_t kMaxCredentialBytes = std::size_t{256} * 1024;

KdfCost cost(bool weak) {
  return weak ? kWeakestKdfCost : KdfCost{};
}

Result<core::Json, Error> read_json(const std::filesystem::path& file, std::size_t max_bytes) {
  const auto text = read_text_file(file, max_bytes);
  if (!text) return fail(text.error());
  auto json = core::parse_json(*text, {max_bytes, 64, 100'000});
  if (!json) return fail(from_core(json.error(), "cannot read " + file.string()));
  return std::move(*json);
}

/// The first entry of a founder's log.
Result<did::WebvhEntry, Error> read_founder(const std::filesystem::path& file, core::Instant now) {
  const auto text = read_text_file(file, kMaxFounderLogBytes);
  if (!text) return fail(text.error());
  const auto json = core::parse_json(std::string_view(*text).substr(0, text->find('\n')),
                                     {kMaxCredentialBytes, 64, 100'000});
  const auto no_log = [&](Error error) {
    error.fix = kGiveLog;
    return fail(std::move(error));
  };
  const std::string what = file.string() + " is not a founder's did.jsonl";
  if (!json) return no_log(from_core(json.error(), what));
  auto entry = did::verify_first_webvh_entry(*json, now, {.allow_localhost = true});
  if (!entry) return no_log(from_did(entry.error(), what));
  return std::move(*entry);
}

/// What `avow init --witness` was given, with the threshold that a charter asks for.
Result<did::WebvhWitnesses, Error> read_witnesses(const std::vector<std::string>& ids) {
  core::Json::Array items;
  for (const std::string& id : ids) items.push_back(core::Json::object({{"id", id}}));
  auto read = registry::read_charter_witnesses(items, "--witness");
  if (!read || ids.size() > registry::kMaxWitnesses) {
    return fail(Error{ErrorCode::usage, "these are not the witnesses of a log",
                      read ? "there are more than 64" : read.error().detail,
                      "give each as did:key:z6Mk…, once (see: avow witness create)"});
  }
  return registry::charter_witnesses(std::move(read->keys));
}

std::string domain_of(const did::WebvhEntry& founder) {
  const std::string prefix = "did:webvh:" + founder.scid + ":";
  return founder.did.text().substr(prefix.size());
}

/// "acme.example=AgentCapabilityCredential,1"
Result<registry::Grant, Error> read_grant(const std::string& text,
                                          const std::vector<did::WebvhEntry>& founders) {
  const std::size_t equals = text.find('=');
  const std::size_t comma = text.find(',', equals == std::string::npos ? 0 : equals);
  const std::string depth = comma == std::string::npos ? "0" : text.substr(comma + 1);
  if (equals == std::string::npos || depth.size() != 1 || depth[0] < '0' || depth[0] > '8') {
    return fail(
        Error{ErrorCode::usage, "'" + text + "' is not a grant",
              "it says who may issue which type of credential",
              "write DOMAIN=CredentialType or DOMAIN=CredentialType,DEPTH with a depth of 0 to 8"});
  }
  for (const did::WebvhEntry& founder : founders) {
    if (domain_of(founder) == text.substr(0, equals)) {
      return registry::Grant{
          founder.scid,
          {text.substr(equals + 1, comma == std::string::npos ? comma : comma - equals - 1)},
          depth[0] - '0'};
    }
  }
  return fail(Error{
      ErrorCode::usage,
      "'" + text + "' grants to " + text.substr(0, equals) + ", which is not a founder",
      "a charter grants to those who found the network", "name the domain of one of the founders"});
}

/// The usual tiers with another middle one; its neighbours give way, so that low >= normal >= high.
Result<revocation::FreshnessTiers, Error> freshness_with_normal(std::int64_t seconds) {
  const std::int64_t shortest = revocation::kShortestTier.count();
  const std::int64_t longest = revocation::kLongestTier.count();
  if (seconds < shortest || seconds > longest) {
    return fail(Error{ErrorCode::usage,
                      "--freshness-normal " + std::to_string(seconds) + " is out of range",
                      "an issuer is stale after " + std::to_string(shortest) + " to " +
                          std::to_string(longest) + " seconds",
                      "give --freshness-normal 900, for example"});
  }
  revocation::FreshnessTiers tiers;
  tiers.normal = std::chrono::seconds(seconds);
  tiers.low = std::max(tiers.low, tiers.normal);
  tiers.high = std::min(tiers.high, tiers.normal);
  return tiers;
}

Result<registry::CharterDraft, Error> make_draft(const CharterDraftOptions& options,
                                                 core::Instant now) {
  registry::CharterDraft draft;
  for (const auto& file : options.founders) {
    auto founder = read_founder(file, now);
    if (!founder) return fail(founder.error());
    draft.founders.push_back(std::move(*founder));
  }
  for (const std::string& text : options.grants) {
    auto grant = read_grant(text, draft.founders);
    if (!grant) return fail(grant.error());
    draft.grants.push_back(std::move(*grant));
  }
  if (draft.grants.empty()) {
    for (const did::WebvhEntry& founder : draft.founders)
      draft.grants.push_back({founder.scid, {std::string(vc::kAgentCapabilityCredential)}, 1});
  }
  // Those that the founders' logs name: a charter with others would admit nobody.
  if (!draft.founders.empty()) draft.witnesses = draft.founders.front().parameters.witnesses;
  if (options.freshness_normal_seconds) {
    auto freshness = freshness_with_normal(*options.freshness_normal_seconds);
    if (!freshness) return fail(freshness.error());
    draft.freshness = *freshness;
  }
  return draft;
}

void show_charter(const registry::Charter& charter, const Console& console) {
  std::vector<std::vector<std::string>> rows{{"MEMBER", "GOVERNS", "SIGNED", "MAY ISSUE"}};
  std::map<std::string, std::string, std::less<>> grants;
  for (const registry::Grant& grant : charter.grants) {
    for (const std::string& type : grant.types) {
      std::string& text = grants[grant.member];
      if (!text.empty()) text += ", ";
      text +=
          type + (grant.depth > 0 ? " (accredits " + std::to_string(grant.depth) + " deep)" : "");
    }
  }
  const core::Json* proofs = charter.json.find("proof");
  for (const auto& [scid, member] : charter.members) {
    bool governs = false;
    for (const registry::Governor& governor : charter.governors)
      governs = governs || governor.scid == scid;
    bool has_signed = false;
    if (proofs != nullptr && proofs->as_array() != nullptr) {
      for (const core::Json& proof : *proofs->as_array()) {
        const std::string* method = proof.find_string("verificationMethod");
        has_signed = has_signed || (method != nullptr && member.keys.contains(*method));
      }
    }
    rows.push_back({member.did, governs ? "yes" : "no", has_signed ? "yes" : "NO", grants[scid]});
  }
  console.line("network    " + charter.network);
  console.line("quorum     " + std::to_string(charter.quorum) + " of " +
               std::to_string(charter.governors.size()) + " governors");
  if (!charter.witnesses().empty()) {
    const auto& witnesses = charter.witnesses();
    console.line("witnesses  " + std::to_string(witnesses.threshold) + " of these " +
                 std::to_string(witnesses.keys.size()) + " sign each version of a member's log");
    for (const auto& key : witnesses.keys)
      console.line("           " + did::did_key_of(key).text());
    if (witnesses.keys.size() <= kFewWitnesses) console.warning(std::string(kFewWitnessesWarning));
  }
  console.line("freshness  low " + std::to_string(charter.freshness.low.count() / 1000) +
               " s, normal " + std::to_string(charter.freshness.normal.count() / 1000) +
               " s, high " + std::to_string(charter.freshness.high.count() / 1000) + " s");
  console.table(rows);
}

Error charter_error(const registry::Error& error, const std::filesystem::path& file) {
  Error fault = from_registry(error, file.string() + " is not a valid charter");
  if (error.code == registry::ErrorCode::malformed || error.code == registry::ErrorCode::too_large)
    fault.code = ErrorCode::invalid_input;  // another file was meant
  fault.fix = "give the file that avow charter found wrote, to which founders add signatures alone";
  return fault;
}

Result<std::string, Error> read_charter_text(const std::filesystem::path& file) {
  auto text = read_text_file(file, registry::kMaxCharterBytes);
  if (!text) return text;
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return text;
}

}  // namespace

int init(const InitOptions& options, const Console& console) {
  auto passphrase = read_new_passphrase(options.passphrase,
                                        "Passphrase for the new organisation's keys: ", console);
  if (!passphrase) return console.fault(passphrase.error());
  auto witnesses = read_witnesses(options.witnesses);
  if (!witnesses) return console.fault(witnesses.error());
  if (is_localhost(options.domain))
    console.warning("localhost is for development: no other organisation can resolve it");
  core::SystemClock clock;
  core::SystemRandom random;
  const auto organisation = initialise({options.data, options.organisation, options.domain,
                                        cost(options.weak_key_derivation), std::move(*witnesses)},
                                       std::move(*passphrase), clock, random);
  if (!organisation) return console.fault(organisation.error());
  console.line("organisation  " + printable(organisation->name));
  console.line("did           " + organisation->did().text());
  console.line("node key      " + organisation->node_key);
  console.line("data          " + options.data.string());
  console.line(
      "next          send its did.jsonl to whoever drafts the charter, or, to join, to a member "
      "who governs;");
  console.line("              then: avow serve --data " + options.data.string() +
               " --charter FILE --peer https://ADDR:PORT#KEY");
  console.result(core::Json::object({{"name", organisation->name},
                                     {"did", organisation->did().text()},
                                     {"scid", organisation->entry.scid},
                                     {"nodeKey", organisation->node_key},
                                     {"data", options.data.string()}}));
  return 0;
}

namespace {

/// What is to be written or signed: more is asked of it than of a charter that is in force.
registry::Result<registry::Charter, registry::Error> read_unsigned(const std::string& text,
                                                                   core::Instant now) {
  auto charter = registry::read_charter(text, now, /*allow_localhost=*/true);
  if (!charter) return charter;
  if (const auto good = registry::check_founders(*charter); !good)
    return registry::fail(good.error());
  return charter;
}

}  // namespace

int charter_draft(const CharterDraftOptions& options, const Console& console) {
  if (options.founders.empty() || options.out.empty()) {
    return console.fault(
        {ErrorCode::usage, "a draft needs its founders and a file to go to",
         "it admits those whose logs it is given",
         "avow charter found --founder A/did.jsonl --founder B/did.jsonl --out charter.json"});
  }
  // Another one may have all its signatures by now.
  if (std::filesystem::exists(options.out)) {
    return console.fault({ErrorCode::conflict, options.out.string() + " exists",
                          "a charter is not written over", "name another file, or remove it"});
  }
  const core::Instant now = core::SystemClock().now();
  const auto draft = make_draft(options, now);
  if (!draft) return console.fault(draft.error());
  const std::string text = core::to_canonical(registry::draft_charter(*draft));
  // What would be refused later is not written now.
  const auto charter = read_unsigned(text, now);
  if (!charter) {
    Error error = from_registry(charter.error(), "this would not be a valid charter");
    error.fix =
        "check --founder and --grant, and that each founder named the witnesses of the charter "
        "with avow init --witness; nothing was written";
    return console.fault(error);
  }
  if (auto written = write_text_file(options.out, text + "\n", 0644); !written)
    return console.fault(written.error());
  show_charter(*charter, console);
  console.line("written    " + options.out.string() +
               "; each founder signs it: avow charter found --sign " + options.out.string() +
               " --data DIR");
  console.result(
      core::Json::object({{"network", charter->network}, {"file", options.out.string()}}));
  return 0;
}

int charter_sign(const CharterSignOptions& options, const Console& console) {
  const core::Instant now = core::SystemClock().now();
  const DataDirectory directory{options.data};
  const auto organisation = read_organisation(directory, now);
  if (!organisation) return console.fault(organisation.error());
  const auto text = read_charter_text(options.charter);
  if (!text) return console.fault(text.error());
  const auto charter = read_unsigned(*text, now);
  if (!charter) return console.fault(charter_error(charter.error(), options.charter));
  const registry::Member* member = charter->find(organisation->entry.scid);
  if (member == nullptr) {
    return console.fault({ErrorCode::charter_invalid,
                          "this charter does not admit " + organisation->did().text(),
                          "only its founders sign it",
                          "name the --data of a founder; who joins later signs no charter"});
  }
  auto passphrase = read_passphrase(
      options.passphrase, "Passphrase of " + printable(organisation->name) + ": ", console);
  if (!passphrase) return console.fault(passphrase.error());
  core::SystemRandom random;
  const auto store = Keystore::open(directory.keys(), std::move(*passphrase), {}, random);
  if (!store) return console.fault(store.error());
  // A charter admits founders with the first entry of their logs, and is signed with its key.
  const auto key = store->load(assertion_key_name(1));
  if (!key) return console.fault(key.error());
  const core::Json signed_slot = registry::sign_charter(
      charter->json, organisation->did().text() + "#" + assertion_key_name(1), *key);
  if (auto written = write_text_file(options.charter, core::to_canonical(signed_slot) + "\n", 0644);
      !written)
    return console.fault(written.error());
  console.line("signed     " + options.charter.string() + " for " + printable(organisation->name));
  console.result(core::Json::object(
      {{"network", charter->network}, {"signedBy", organisation->did().text()}}));
  return 0;
}

int charter_show(const std::filesystem::path& file, const Console& console) {
  const core::Instant now = core::SystemClock().now();
  const auto text = read_charter_text(file);
  if (!text) return console.fault(text.error());
  const auto charter = registry::read_charter(*text, now, /*allow_localhost=*/true);
  if (!charter) return console.fault(charter_error(charter.error(), file));
  show_charter(*charter, console);
  const auto verified = registry::verify_charter(*text, now, /*allow_localhost=*/true);
  console.line(verified ? "valid      signed by every founder"
                        : "NOT VALID  " + printable(verified.error().detail));
  console.result(core::Json::object({{"network", charter->network},
                                     {"valid", verified.has_value()},
                                     {"charter", charter->json}}));
  return verified ? 0 : 3;
}

int agent_add_request(const AgentAddOptions& options, const std::string& public_key,
                      const Console& console);

int agent_add(const AgentAddOptions& options, const Console& console) {
  if (!options.public_key.empty()) return agent_add_request(options, options.public_key, console);
  if (options.key_out.empty()) {
    return console.fault({ErrorCode::usage, "an agent has a key of its own",
                          "with it the agent shows that a credential is about itself",
                          "give --public-key if it has one, or --key-out FILE to make one"});
  }
  auto passphrase =
      read_new_passphrase(options.passphrase, "Passphrase for the agent's key: ", console);
  if (!passphrase) return console.fault(passphrase.error());
  core::SystemRandom random;
  const auto key = core::Ed25519SigningKey::generate(random);
  if (!key) return console.fault(from_core(key.error(), "cannot make a key"));
  if (auto written = write_key_file(options.key_out, "agent", *key, *passphrase,
                                    cost(options.weak_key_derivation), random);
      !written)
    return console.fault(written.error());
  const int result = agent_add_request(options, key->public_key().to_multikey(), console);
  // A key that nobody enrolled is of no use, and its file would be in the way of the next try.
  std::error_code ignored;
  if (result != 0) std::filesystem::remove(options.key_out, ignored);
  return result;
}

namespace {

struct Challenge {
  std::string challenge;
  std::string domain;
};

Result<Challenge, Error> challenge_for(const VpCreateOptions& options) {
  if (options.node.empty()) {
    if (options.challenge.empty() || options.domain.empty()) {
      return fail(Error{ErrorCode::usage,
                        "a presentation is made for one verifier and one challenge",
                        "so it is of no use to anybody else, nor twice",
                        "give --node URL, or both --challenge and --domain"});
    }
    return Challenge{options.challenge, options.domain};
  }
  const auto client = NodeClient::at(options.node);
  if (!client) return fail(client.error());
  const auto answer = client->post("/challenges", core::Json::object());
  if (!answer) return fail(answer.error());
  core::JsonReader reader(*answer);
  Challenge challenge{reader.string("challenge"), reader.string("domain")};
  if (auto fault = reader.finish(core::JsonReader::Members::open))
    return fail(Error{ErrorCode::unreachable, "the node gave no challenge", fault->detail,
                      "is this the address of an Avow node?"});
  // Whoever answers at that URL may be passing on the challenge of another verifier.
  if (!options.domain.empty() && options.domain != challenge.domain) {
    return fail(Error{
        ErrorCode::denied, "the node at " + options.node + " is not the verifier that was named",
        "it asks for a presentation to " + challenge.domain, "check --node and --domain"});
  }
  return challenge;
}

/// The method of the holder's document under which the verifier's node knows the key; nothing if it does not know the
/// document, and may take it from elsewhere.
/// fails denied (the document is known, and has another key or none)
Result<std::optional<std::string>, Error> method_at(const std::string& node, const std::string& did,
                                                    const std::string& multikey) {
  const auto client = NodeClient::at(node);
  if (!client) return fail(client.error());
  const auto answer = client->exchange("GET", "/1.0/identifiers/" + http::percent_encode(did), "",
                                       "application/did");
  if (!answer) return fail(answer.error());
  const auto id = did::Did::parse(did);
  if (!id || answer->status != 200) return std::optional<std::string>();
  const auto document = did::Document::from_json(answer->body, *id);
  if (!document) return std::optional<std::string>();
  core::PublicKeyCache keys{1};
  for (const did::VerificationMethod& method : document->verification_methods()) {
    const auto known = did::public_key_of(method, keys);
    if (known && known->to_multikey() == multikey &&
        document->find(method.id, did::VerificationRelationship::authentication) != nullptr) {
      return std::optional(method.id);
    }
  }
  return fail(Error{ErrorCode::denied, "this is not the key of " + did,
                    "its document, as " + node + " knows it, has another key for authentication",
                    "present with the key that the agent has now (see: avow did history)"});
}

/// The DID that the credentials are about, and the method of that DID which the key belongs to.
Result<vc::Holder, Error> holder_of(const core::Json& credential, const VpCreateOptions& options,
                                    const core::Ed25519SigningKey& key) {
  const core::Json* subject = credential.find("credentialSubject");
  const std::string* did = subject != nullptr ? subject->find_string("id") : nullptr;
  if (did == nullptr)
    return fail(Error{ErrorCode::invalid_input, "the credential names no subject",
                      "nobody could present it",
                      "ask its issuer for one whose credentialSubject has the agent's DID as id"});
  if (*did == did::did_key_of(key.public_key()).text())
    return vc::Holder{*did, did::did_key_method_of(key.public_key()), key};
  if (!options.method.empty()) {
    return vc::Holder{
        *did, options.method.starts_with('#') ? *did + options.method : options.method, key};
  }
  std::optional<std::string> known;
  if (!options.node.empty()) {
    auto method = method_at(options.node, *did, key.public_key().to_multikey());
    if (!method) return fail(method.error());
    known = std::move(*method);
  }
  return vc::Holder{*did, known.value_or(*did + "#key-1"), key};
}

}  // namespace

int vp_create(const VpCreateOptions& options, const Console& console) {
  std::vector<core::Json> credentials;
  for (const auto& file : options.credentials) {
    auto credential = read_json(file, kMaxCredentialBytes);
    if (!credential) return console.fault(credential.error());
    credentials.push_back(std::move(*credential));
  }
  auto passphrase = read_passphrase(options.passphrase, "Passphrase of the agent's key: ", console);
  if (!passphrase) return console.fault(passphrase.error());
  const auto key = read_key_file(options.key, *passphrase);
  if (!key) return console.fault(key.error());
  const auto holder = holder_of(credentials.front(), options, *key);
  if (!holder) return console.fault(holder.error());
  const auto challenge = challenge_for(options);
  if (!challenge) return console.fault(challenge.error());
  const auto presentation = vc::present(
      credentials, *holder, {challenge->challenge, challenge->domain, core::SystemClock().now()});
  if (!presentation) return console.fault(from_vc(presentation.error(), "cannot present this"));
  const std::string text = core::to_canonical(*presentation);
  if (options.out.empty()) {
    console.line(text);
  } else {
    if (auto written = write_text_file(options.out, text + "\n", 0600); !written)
      return console.fault(written.error());
    console.line("holder   " + printable(holder->did));
    console.line("for      " + printable(challenge->domain));
    console.line("written  " + options.out.string() + "   (good once, for 60 s)");
  }
  console.result(*presentation);
  return 0;
}

int version(const Console& console) {
  console.line("avow " + std::string(kVersion));
  console.result(core::Json::object({{"version", kVersion}}));
  return 0;
}

}  // namespace avow::node::cli
