#include "registry/statement.h"

#include <functional>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/sha256.h"
#include "registry/testing/consortium.h"

namespace statement_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

const std::string kNetwork = core::to_multibase(core::sha256(std::string_view("a network")));

struct Fixture {
  Organisation acme{1, "acme.example"};
  Author author{acme, kNetwork};
};

/// The code with which a changed but canonical text is refused; empty if it is accepted.
std::string refusal(const Json& json) {
  const auto read = parse_statement(core::to_canonical(json));
  return read ? "" : std::string(code_name(read.error().code));
}

std::string with_change(const Statement& statement, const std::function<void(Json&)>& change) {
  auto json = statement.json;
  change(json);
  return refusal(json);
}

}  // namespace

TEST_CASE("a signed statement reads back as it was drafted", "[registry][statement]") {
  Fixture f;
  const auto open = f.author.open();
  const auto again = must(parse_statement(open.text));
  CHECK(again.network == kNetwork);
  CHECK(again.feed == f.acme.scid);
  CHECK(again.epoch == 1);
  CHECK(again.sequence == 0);
  CHECK(again.previous == kNetwork);
  CHECK(again.key == f.acme.key_id);
  CHECK(again.time == kNow);
  CHECK(again.kind == StatementKind::epoch_open);
  CHECK(again.hash == open.hash);
  CHECK(has_good_signature(again, f.acme.key.public_key()));
  CHECK_FALSE(has_good_signature(again, Organisation::make_key(9).public_key()));
}

TEST_CASE("a statement's hash is SHA-256 over 0x00 and its text without the proof",
          "[registry][statement]") {
  Fixture f;
  const auto open = f.author.open();
  auto without = open.json;
  without.erase("proof");
  const std::string preimage = std::string(1, '\0') + core::to_canonical(without);
  CHECK(open.hash == core::to_multibase(core::sha256(preimage)));
  CHECK(open.leaf == core::sha256(preimage));
}

TEST_CASE("a text that is not its own canonical text is refused", "[registry][statement]") {
  Fixture f;
  const auto text = f.author.open().text;
  for (const auto& changed : {" " + text, text + "\n", "{ " + text.substr(1)}) {
    const auto read = parse_statement(changed);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::not_canonical);
  }
  const auto epoch = text.find("\"epoch\":1,");
  REQUIRE(epoch != std::string::npos);
  auto reordered = "{\"epoch\":1," + text.substr(1, epoch - 1) + text.substr(epoch + 10);
  CHECK(parse_statement(reordered).error().code == ErrorCode::not_canonical);
  auto escaped = text;
  escaped.replace(escaped.find("epoch.open"), 1, "\\u0065");
  CHECK(parse_statement(escaped).error().code == ErrorCode::not_canonical);
  auto duplicated = text;
  duplicated.insert(1, "\"epoch\":1,");
  CHECK(parse_statement(duplicated).error().code == ErrorCode::malformed);
}

TEST_CASE("a statement's members are closed and of the right form", "[registry][statement]") {
  Fixture f;
  f.author.open();
  const auto note = f.author.note("hello");
  REQUIRE(refusal(note.json).empty());
  for (const auto* name : {"type", "network", "feed", "epoch", "sequence", "previous", "key",
                           "time", "kind", "body", "proof"}) {
    CAPTURE(name);
    CHECK(with_change(note, [&](Json& json) { json.erase(name); }) == "malformed");
    CHECK(with_change(note, [&](Json& json) { json.set(name, true); }) == "malformed");
  }
  CHECK(with_change(note, [](Json& json) { json.set("extra", 1); }) == "malformed");
  CHECK(with_change(note, [](Json& json) { json.set("epoch", 0); }) == "malformed");
  CHECK(with_change(note, [](Json& json) { json.set("sequence", -1); }) == "malformed");
  CHECK(with_change(note, [](Json& json) { json.set("time", "2026-11-21T08:00:00Z"); }) ==
        "malformed");
  CHECK(with_change(note, [](Json& json) { json.set("time", "2026-11-21T09:00:00.000+01:00"); }) ==
        "malformed");
  CHECK(with_change(note, [](Json& json) { json.set("previous", "uAAAA"); }) == "malformed");
}

TEST_CASE("only strings, booleans and safe integers stand in a statement",
          "[registry][statement]") {
  Fixture f;
  f.author.open();
  const auto with_body = [&](const Json& value) {
    const auto note = f.author.note("x");
    return with_change(note, [&](Json& json) { json.set("body", Json::object({{"v", value}})); });
  };
  CHECK(with_body(true).empty());
  CHECK(with_body(std::int64_t{9'007'199'254'740'991}).empty());
  CHECK(with_body(Json()) == "malformed");
  CHECK(with_body(Json::number(1.5)) == "malformed");
  CHECK(with_body(Json::array({Json()})) == "malformed");
}

TEST_CASE("a sequence beyond the safe integers is refused by form [GOSSIP-05]",
          "[registry][statement][GOSSIP-05]") {
  Fixture f;
  auto text = f.author.open().text;
  const std::string sequence = "\"sequence\":0";
  text.replace(text.find(sequence), sequence.size(), "\"sequence\":18446744073709551615");
  CHECK(parse_statement(text).error().code == ErrorCode::malformed);
}

TEST_CASE("a statement is at most 8 deep and 64 KiB long", "[registry][statement][GOSSIP-08]") {
  Fixture f;
  f.author.open();
  const auto nested = [](int depth) {
    Json value = "leaf";
    for (int i = 0; i < depth; ++i) value = Json::array({value});
    return Json::object({{"v", value}});  // statement 1, body 2, arrays from 3 on
  };
  CHECK(sign_statement(f.author.draft("advisory", nested(6)), f.acme.key));
  CHECK_FALSE(sign_statement(f.author.draft("advisory", nested(7)), f.acme.key));

  const auto padded = [&](std::size_t size) {
    return sign_statement(
        f.author.draft("advisory", Json::object({{"text", std::string(size, 'a')}})), f.acme.key);
  };
  const auto overhead = must(padded(0)).text.size();
  // A proofValue is 87 to 89 characters; so the edge is approached from what was signed.
  const auto fitting = padded(kMaxStatementBytes - overhead - 8);
  REQUIRE(fitting);
  CHECK(fitting->text.size() <= kMaxStatementBytes);
  CHECK(padded(kMaxStatementBytes - overhead + 8).error().code == ErrorCode::too_large);
}

TEST_CASE("a statement's proof has exactly the five members", "[registry][statement]") {
  Fixture f;
  const auto open = f.author.open();
  const auto with_proof = [&](const char* name, const Json& value) {
    return with_change(open, [&](Json& json) {
      auto proof = *json.find("proof");
      proof.set(name, value);
      json.set("proof", proof);
    });
  };
  CHECK(with_proof("created", "2026-11-21T08:00:00Z") == "malformed");
  CHECK(with_proof("proofPurpose", "authentication") == "malformed");
  CHECK(with_proof("cryptosuite", "eddsa-rdfc-2022") == "malformed");
  CHECK(with_proof("cryptosuite", "ecdsa-jcs-2019") == "malformed");
  CHECK(with_proof("type", "Ed25519Signature2020") == "malformed");
  CHECK(with_proof("verificationMethod", f.acme.did + "#key-2") == "malformed");
  CHECK(with_change(open, [](Json& json) {
          auto proof = *json.find("proof");
          proof.erase("proofValue");
          json.set("proof", proof);
        }) == "malformed");
}

TEST_CASE("epoch.open stands at sequence 0 and only there", "[registry][statement]") {
  Fixture f;
  CHECK_FALSE(sign_statement(f.author.draft("advisory", Json::object()), f.acme.key));
  f.author.open();
  CHECK_FALSE(sign_statement(f.author.draft("epoch.open", Json::object()), f.acme.key));
}

TEST_CASE("changing any one byte of a statement spoils it", "[registry][statement]") {
  Fixture f;
  f.author.open();
  const auto note = f.author.note("hello");
  for (std::size_t i = 0; i < note.text.size(); ++i) {
    auto changed = note.text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto read = parse_statement(changed);
    const bool good = read && has_good_signature(*read, f.acme.key.public_key());
    CAPTURE(i, changed);
    CHECK_FALSE(good);
  }
}

TEST_CASE("kinds keep their names and priorities", "[registry][statement]") {
  // source: the priorities that the chain rule gives each kind, by hand
  const std::vector<std::pair<std::string, int>> expected{
      {"epoch.open", 0},   {"status.delta", 1},    {"accredit.revoke", 1}, {"agent.suspend", 1},
      {"agent.disown", 1}, {"key.compromised", 1}, {"status.list", 2},     {"status.base", 4},
      {"node.set", 2},     {"did.document", 2},    {"accredit", 2},        {"issued", 2},
      {"advisory", 2},     {"of.tomorrow", 2}};
  for (const auto& [name, priority] : expected) {
    CAPTURE(name);
    CHECK(priority_of(kind_named(name)) == priority);
  }
  CHECK(kind_named("of.tomorrow") == StatementKind::unknown);
  CHECK(name_of(StatementKind::key_compromised) == "key.compromised");
}

}  // namespace statement_test
