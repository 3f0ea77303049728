#include "registry/vote.h"

#include <functional>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "registry/testing/consortium.h"

namespace vote_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

const Organisation& acme() {
  static const Organisation organisation(1, "acme.example");
  return organisation;
}

Vote draft() {
  Vote vote;
  vote.network = core::to_multibase(core::sha256("network"));
  vote.slot = 2;
  vote.previous = vote.network;
  vote.value = core::to_multibase(core::sha256("value"));
  vote.governor = acme().scid;
  vote.key = acme().key_id;
  return vote;
}

/// Signs a vote that was changed after it was put together, and gives the code of the refusal to read it.
std::string changed(const std::function<void(Json&)>& change) {
  auto json = must(sign_vote(draft(), acme().key)).json;
  change(json);
  const auto read = parse_vote(core::to_canonical(json));
  return read ? "" : std::string(code_name(read.error().code));
}

}  // namespace

TEST_CASE("a vote that was signed is read back and verifies", "[registry][vote]") {
  const auto vote = must(sign_vote(draft(), acme().key));
  const auto read = must(parse_vote(vote.text));
  CHECK(read.hash == vote.hash);
  CHECK(read.value == draft().value);
  CHECK(has_good_signature(read, acme().key.public_key()));
  CHECK_FALSE(has_good_signature(read, Organisation::make_key(2).public_key()));
}

TEST_CASE("a vote's hash is that of a statement", "[registry][vote]") {
  const auto vote = must(sign_vote(draft(), acme().key));
  auto unsigned_vote = vote.json;
  unsigned_vote.erase("proof");
  const auto preimage = std::string(1, '\0') + core::to_canonical(unsigned_vote);
  CHECK(vote.hash == core::to_multibase(core::sha256(preimage)));
}

TEST_CASE("no member of a vote can be changed under its signature", "[registry][vote]") {
  const auto vote = must(sign_vote(draft(), acme().key));
  for (const auto& [name, value] : {std::pair<std::string, Json>{"slot", 3},
                                    {"round", 2},
                                    {"phase", "commit"},
                                    {"governor", "other"},
                                    {"epoch", 2}}) {
    CAPTURE(name);
    auto json = vote.json;
    json.set(name, value);
    CHECK_FALSE(
        has_good_signature(must(parse_vote(core::to_canonical(json))), acme().key.public_key()));
  }
}

TEST_CASE("a vote of another form is refused", "[registry][vote]") {
  CHECK(changed([](Json&) {}).empty());
  CHECK(changed([](Json& json) { json.set("type", "AvowHead"); }) == "malformed");
  CHECK(changed([](Json& json) { json.set("slot", 1); }) == "malformed");  // slot 1 is not voted on
  CHECK(changed([](Json& json) { json.set("round", 0); }) == "malformed");
  CHECK(changed([](Json& json) { json.set("phase", "abstain"); }) == "malformed");
  CHECK(changed([](Json& json) { json.set("value", ""); }) == "malformed");
  CHECK(changed([](Json& json) { json.set("value", "short"); }) == "malformed");
  CHECK(changed([](Json& json) { json.set("lock", 1); }) == "malformed");
  CHECK(changed([](Json& json) { json.set("previous", ""); }) == "malformed");
  CHECK(changed([](Json& json) { json.set("key", "did:web:elsewhere#key"); }) == "malformed");
  CHECK(changed([](Json& json) { json.set("more", 1); }) == "malformed");
  CHECK(changed([](Json& json) { json.erase("epoch"); }) == "malformed");
}

TEST_CASE("a close names no value without a lock, and none above its round", "[registry][vote]") {
  auto close = draft();
  close.phase = VotePhase::close;
  CHECK_FALSE(sign_vote(close, acme().key).has_value());
  close.lock = 2;
  CHECK_FALSE(sign_vote(close, acme().key).has_value());
  close.lock = 1;
  CHECK(sign_vote(close, acme().key).has_value());
  close.lock = 0;
  close.value = "";
  CHECK(sign_vote(close, acme().key).has_value());
}

}  // namespace vote_test
