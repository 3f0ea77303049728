#include <exception>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/clock.h"
#include "did/did_webvh_log.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"

namespace witness_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

Finished ask(const Node& of, std::vector<std::string> words,
             const std::vector<const Node*>& witnesses) {
  for (const Node* witness : witnesses)
    words.insert(words.end(), {"--witness", witness->peer_url()});
  words.push_back("--json");
  return of.avow(std::move(words));
}

/// Which version of the log an outsider takes whom this node serves; the fault if it takes none.
std::string version_outside(const Node& node) {
  const auto jsonl = node.at_public().get("/.well-known/did.jsonl").text;
  const auto file = node.at_public().get("/.well-known/did-witness.json");
  const auto now = core::SystemClock().now();
  auto log = did::verify_webvh_log(jsonl, now);
  const auto proofs = did::parse_webvh_witness_file(file.status == 200 ? file.text : "[]");
  REQUIRE(proofs);
  log = did::approved(std::move(log), *proofs);
  const auto found = did::resolve_webvh(log, *did::Did::parse(node.did()));
  return found ? found->version.substr(0, 1) : std::string(did::code_name(found.error().code));
}

}  // namespace

TEST_CASE("a rotation waits for its witnesses, whose proofs members and outsiders ask for",
          "[witness]") {
  ConsortiumOptions options;
  options.names = {"acme", "globex", "initech", "umbrella"};
  options.links = {{0, 1}, {1, 2}, {2, 3}};
  options.witnesses = 4;  // three are needed
  Consortium consortium(options);
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  Node& initech = consortium[2];
  Node& umbrella = consortium[3];
  consortium.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const Json first = agent.issue();
  consortium.settle();
  CHECK(version_outside(acme) == "invalid_log");  // outsiders see no charter that admits it
  acme.stop();

  const auto few = ask(acme, {"witness", "collect"}, {&globex, &initech});
  CHECK(few.exit_code == 4);
  CHECK(few.err.find("2 of its witnesses and needs 3") != std::string::npos);
  CHECK(ask(acme, {"witness", "collect"}, {&umbrella}).exit_code == 0);
  acme.start();
  CHECK(version_outside(acme) == "1");
  acme.stop();

  const std::vector<std::string> rotate{"key", "rotate", "--passphrase-file",
                                        acme.passphrase_file().string()};
  umbrella.stop();
  const auto waiting = ask(acme, rotate, {&globex, &initech, &umbrella});
  CHECK(waiting.exit_code == 4);
  CHECK(waiting.err.find("waits for its witnesses") != std::string::npos);
  umbrella.start();
  // It runs with the keys that it has, and signs nothing that the version which waits would judge.
  acme.start();
  CHECK(version_outside(acme) == "1");
  CHECK(verify_credential(globex, first).status == 200);
  acme.wait_until_it_signs();
  // From the time of that version on, which is a whole second and may still lie ahead.
  CHECK(eventually([&] {
    try {
      agent.issue();
      return false;
    } catch (const std::exception& refusal) {
      return std::string(refusal.what()).find("awaiting_witnesses") != std::string::npos;
    }
  }));
  umbrella.wait_until_it_signs();
  acme.stop();
  const auto rotated = ask(acme, rotate, {&umbrella});
  INFO(rotated.err);
  REQUIRE(rotated.exit_code == 0);
  acme.start();
  const Json second = agent.issue();
  CHECK(*second.find("proof")->find_string("verificationMethod") == acme.did() + "#key-2");
  consortium.settle();
  CHECK(version_outside(acme) == "2");
  for (const Node* node : {&globex, &initech, &umbrella}) {
    CHECK(verify_credential(*node, first).status == 200);
    CHECK(verify_credential(*node, second).status == 200);
  }
  for (const Node* node : {&acme, &globex, &initech, &umbrella})
    CHECK(audit_complaint(*node) == "");
}

namespace {

/// What a command answers with.
Json answer_of(const Finished& finished) {
  const auto json = core::parse_json(finished.out);
  return json ? *json : Json::object();
}

std::int64_t slot_at(Node& node) {
  const Reply state = node.admin().get("/v1/governance");
  const Json* slot = state.body.find("slot");
  return slot != nullptr && slot->as_integer() != nullptr ? *slot->as_integer() : 0;
}

}  // namespace

TEST_CASE("governors settle a version whose witnesses cannot all be had", "[witness][settle]") {
  ConsortiumOptions options;
  options.names = {"acme", "globex", "initech", "umbrella"};
  options.links = {{0, 1}, {1, 2}, {2, 3}, {3, 0}};
  options.witnesses =
      3;  // all three are needed, and Acme, who is one, stands still when it rotates
  Consortium consortium(options);
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  Node& initech = consortium[2];
  Node& umbrella = consortium[3];
  consortium.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const Json first = agent.issue();
  consortium.settle();
  acme.stop();

  const std::vector<std::string> rotate{"key", "rotate", "--passphrase-file",
                                        acme.passphrase_file().string()};
  const auto waiting = ask(acme, rotate, {&globex, &initech});
  CHECK(waiting.exit_code == 4);
  const auto pending = core::parse_json(read_file(acme.data() / "did-pending.json"));
  REQUIRE(pending);
  const auto version_id = *pending->find_string("versionId");
  CHECK(waiting.err.find(version_id.substr(2)) != std::string::npos);
  acme.start();

  // The people of three organisations agree to what their nodes show them.
  const auto scid = acme.did().substr(std::string("did:webvh:").size(), 46);
  const auto file = globex.data() / "settle.json";
  write_file(file, core::to_canonical(Json::object({{"action", "settle"},
                                                    {"scid", scid},
                                                    {"version", 2},
                                                    {"entryHash", version_id.substr(2)}})));
  const auto proposed = globex.avow({"govern", "propose", file.string(), "--yes", "--json"});
  INFO(proposed.err);
  REQUIRE(proposed.exit_code == 0);
  const auto words = core::to_canonical(answer_of(proposed));
  CHECK(words.find("version 2 is the entry " + version_id.substr(2)) != std::string::npos);
  REQUIRE(eventually([&] {
    for (Node* node : {&globex, &initech, &umbrella})
      node->avow({"govern", "vote", "--yes", "--json"});
    return slot_at(globex) == 2;
  }));
  REQUIRE(eventually([&] { return slot_at(acme) == 2; }));
  acme.stop();

  const auto rotated = ask(acme, rotate, {});
  INFO(rotated.err);
  REQUIRE(rotated.exit_code == 0);
  CHECK(*answer_of(rotated).find_string("versionId") == version_id);
  acme.start();
  acme.wait_until_it_signs();
  const Json second = agent.issue();
  CHECK(*second.find("proof")->find_string("verificationMethod") == acme.did() + "#key-2");
  consortium.settle();
  for (const Node* node : {&globex, &initech, &umbrella}) {
    CHECK(verify_credential(*node, first).status == 200);
    CHECK(verify_credential(*node, second).status == 200);
  }
}

}  // namespace witness_test
