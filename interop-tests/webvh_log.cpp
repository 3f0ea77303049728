// did:webvh logs for another implementation to read, and what we read of its own (interop-tests/npm/webvh_logs_test.js).
// Lines of JSON in, lines of JSON out:
//   {"make":"create"|"rotate"|"witness"|"move"|"deactivate","seed":…,"domain":…,"now":…}  gives {did, jsonl, witness}
//   {"read":<did>,"jsonl":…,"witness":…,"now":…,"versionNumber":…}                         gives {document, metadata} or {error}
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "core/sha256.h"
#include "did/did_webvh_log.h"
#include "did/did_webvh_write.h"

namespace {

using namespace avow;
using core::Json;

Json fault(std::string_view code, const std::string& detail) {
  return Json::object({{"error", code}, {"detail", detail}});
}

/// The keys of one log: those that rotate, one for its document, those of its witnesses.
class Keys {
 public:
  explicit Keys(std::string seed) : seed_(std::move(seed)) {}
  core::Ed25519SigningKey operator()(const std::string& name) const {
    return core::Ed25519SigningKey::from_seed(core::sha256(seed_ + name)).value();
  }
  std::string multikey(const std::string& name) const {
    return (*this)(name).public_key().to_multikey();
  }

 private:
  std::string seed_;
};

/// A log under construction: rotating keys "0", "1", …, and two of three witnesses if it asks for any.
struct Maker {
  Keys keys;
  core::Instant now;
  std::vector<did::WebvhEntry> entries = {};
  int rotations = 0;

  std::vector<std::string> promise() const {
    return {did::webvh_key_hash(keys.multikey(std::to_string(rotations + 1)))};
  }
  void create(const std::string& domain, bool witnessed) {
    did::WebvhCreation creation{
        domain,
        {Json::object({{"id", "#key-1"}, {"publicKeyMultibase", keys.multikey("document")}})},
        promise()};
    if (witnessed) creation.witnesses = {2, witnesses()};
    entries.push_back(did::create_webvh_entry(creation, keys("0"), now).value());
  }
  std::vector<core::Ed25519PublicKey> witnesses() const {
    return {keys("w1").public_key(), keys("w2").public_key(), keys("w3").public_key()};
  }
  void rotate(did::WebvhChange change = {}) {
    ++rotations;
    const auto key = keys(std::to_string(rotations));
    change.update_keys = std::vector{key.public_key()};
    change.next_key_hashes = promise();
    entries.push_back(did::append_webvh_entry(entries.back(), change, key, now).value());
  }
  void move(const std::string& domain) {
    rotate({.document = did::moved_document(entries.back(), domain).value()});
  }
  void deactivate() {
    const auto key = keys(std::to_string(rotations + 1));
    for (const auto end = did::deactivate_webvh(entries.back(), key, now).value();
         const auto& entry : end) {
      entries.push_back(entry);
    }
  }
  /// Of the newest entry, by two of the witnesses.
  Json witness_file() const {
    Json proofs = Json::array();
    for (const char* name : {"w1", "w3"}) {
      proofs.push_back(did::create_webvh_witness_proof(entries.back().version_id, keys(name), now));
    }
    return Json::array(
        {Json::object({{"versionId", entries.back().version_id}, {"proof", proofs}})});
  }
};

Json make(const std::string& what, const Json& asked, core::Instant now) {
  core::JsonReader in(asked);
  Maker maker{Keys(in.string("seed")), now};
  const std::string domain = in.string("domain");
  if (!in.ok()) return fault("request", "seed, domain");
  maker.create(domain, what == "witness");
  if (what != "create") maker.rotate();
  if (what == "witness") maker.rotate();
  if (what == "move") maker.move("moved." + domain);
  if (what == "deactivate") maker.deactivate();
  std::string jsonl;
  for (const auto& entry : maker.entries) jsonl += core::to_canonical(entry.json) + '\n';
  Json out = Json::object({{"did", maker.entries.back().did.text()}, {"jsonl", jsonl}});
  if (what == "witness") out.set("witness", maker.witness_file());
  return out;
}

Json read(const std::string& text, const Json& asked, core::Instant now) {
  core::JsonReader in(asked);
  const std::string jsonl = in.text("jsonl", std::size_t{1} << 20);
  const auto number = in.optional_integer("versionNumber", 1, 1'000'000);
  const auto did = did::Did::parse(text);
  if (!in.ok() || !did) return fault("request", "read, jsonl");
  auto log = did::verify_webvh_log(jsonl, now);
  if (did::needs_witnesses(log)) {
    const Json* file = asked.find("witness");
    const auto proofs =
        did::parse_webvh_witness_file(file == nullptr ? "[]" : core::to_canonical(*file));
    if (!proofs) return fault(did::code_name(proofs.error().code), proofs.error().detail);
    log = did::approved(std::move(log), *proofs);
  }
  const auto found = did::resolve_webvh(log, *did, {.version_number = number});
  if (!found) return fault(did::code_name(found.error().code), found.error().detail);
  return Json::object({{"document", found->document->json()},
                       {"metadata", *found->method_metadata},
                       {"deactivated", found->deactivated}});
}

Json answer(const std::string& line) {
  const auto asked = core::parse_json(line, {.max_bytes = std::size_t{1} << 20});
  if (!asked) return fault("request", asked.error().detail);
  core::JsonReader in(*asked);
  const core::Instant now = in.instant("now");
  if (!in.ok()) return fault("request", "now");
  if (const std::string* what = asked->find_string("make")) return make(*what, *asked, now);
  if (const std::string* did = asked->find_string("read")) return read(*did, *asked, now);
  return fault("request", "make or read");
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << core::to_canonical(answer(line)) << std::endl;
  }
  return std::cout ? 0 : 1;
}
