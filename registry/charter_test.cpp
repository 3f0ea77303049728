#include "registry/charter.h"

#include <functional>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "registry/testing/consortium.h"

namespace charter_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

Json signed_by_all(const Consortium& consortium, Json slot) {
  for (const auto& one : consortium.organisations) {
    slot = sign_charter(std::move(slot), one.key_id, one.key);
  }
  return slot;
}

/// Changes action `index` of the draft, has all founders sign it, and gives the code of the refusal.
std::string with_action(std::size_t index, const std::function<void(Json&)>& change) {
  const Consortium consortium;
  auto slot = draft_charter(consortium.draft);
  auto actions = *slot.find("actions")->as_array();
  change(actions.at(index));
  slot.set("actions", Json::array(actions));
  const auto text = core::to_canonical(signed_by_all(consortium, slot));
  const auto read = verify_charter(text, kNow, false);
  return read ? "" : std::string(code_name(read.error().code));
}

}  // namespace

TEST_CASE("a charter signed by all founders is read back", "[registry][charter]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  CHECK(charter.members.size() == 3);
  CHECK(charter.quorum == 3);
  CHECK(charter.rules == 1);
  CHECK(charter.grants.size() == 1);
  const auto& acme = consortium.organisations[0];
  REQUIRE(charter.find(acme.scid) != nullptr);
  CHECK(charter.find(acme.did) == charter.find(acme.scid));
  CHECK(charter.find(acme.scid)->location == "acme.example");
  CHECK(charter.find(acme.scid)->keys.contains(acme.key_id));
  CHECK(charter.find("did:webvh:" + acme.scid + ":elsewhere.example") == nullptr);
  CHECK(charter.find("did:webvh:") == nullptr);
}

TEST_CASE("the network id is the hash of slot 1 without its signatures", "[registry][charter]") {
  const Consortium consortium;
  const auto slot = draft_charter(consortium.draft);
  const auto preimage = std::string(1, '\0') + core::to_canonical(slot);
  CHECK(consortium.charter().network == core::to_multibase(core::sha256(preimage)));
}

TEST_CASE("a charter that a founder has not signed names who is missing", "[registry][charter]") {
  const Consortium consortium;
  auto slot = draft_charter(consortium.draft);
  slot = sign_charter(slot, consortium.organisations[0].key_id, consortium.organisations[0].key);
  slot = sign_charter(slot, consortium.organisations[2].key_id, consortium.organisations[2].key);
  const auto read = verify_charter(core::to_canonical(slot), kNow, false);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::charter_unsigned);
  CHECK(read.error().detail == "not signed by " + consortium.organisations[1].did);
  CHECK(read_charter(core::to_canonical(slot), kNow, false));
}

TEST_CASE("a founder's signature must be by its own key", "[registry][charter]") {
  const Consortium consortium;
  const auto& acme = consortium.organisations[0];
  const auto& globex = consortium.organisations[1];
  const auto good = signed_by_all(consortium, draft_charter(consortium.draft));
  const auto forged = sign_charter(good, acme.key_id, globex.key);
  CHECK(verify_charter(core::to_canonical(forged), kNow, false).error().code ==
        ErrorCode::bad_signature);
  const auto stranger = sign_charter(good, "did:key:zStranger#key", globex.key);
  CHECK(verify_charter(core::to_canonical(stranger), kNow, false).error().code ==
        ErrorCode::key_not_authorised);
}

TEST_CASE("a charter changed after it was signed is refused", "[registry][charter]") {
  const Consortium consortium;
  auto slot = signed_by_all(consortium, draft_charter(consortium.draft));
  auto actions = *slot.find("actions")->as_array();
  actions.back().set("depth", 3);
  slot.set("actions", Json::array(actions));
  CHECK(verify_charter(core::to_canonical(slot), kNow, false).error().code ==
        ErrorCode::bad_signature);
}

TEST_CASE("who is admitted twice is named", "[registry][charter]") {
  const Consortium consortium;
  auto slot = draft_charter(consortium.draft);
  auto actions = *slot.find("actions")->as_array();
  actions.insert(actions.begin() + 2, actions.at(1));
  slot.set("actions", Json::array(actions));
  const auto read = read_charter(core::to_canonical(slot), kNow, false);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::bad_charter);
  CHECK(read.error().detail ==
        "/actions/2: " + *actions[1].find("entry")->find("state")->find_string("id") +
            " is a member already, or admitted twice");
}

TEST_CASE("a charter keeps to the rules that it is read by", "[registry][charter]") {
  CHECK(with_action(0, [](Json&) {}).empty());
  CHECK(with_action(0, [](Json& a) { a.set("quorum", 2); }) == "bad_charter");
  CHECK(with_action(0, [](Json& a) { a.set("quorum", 4); }) == "bad_charter");
  CHECK(with_action(0, [](Json& a) { a.set("rules", 2); }) == "bad_charter");
  CHECK(with_action(0, [](Json& a) { a.set("witnesses", Json::array({"did:key:z6Mk"})); }) ==
        "bad_charter");
  CHECK(with_action(0, [](Json& a) { a.set("extra", 1); }) == "bad_charter");
  CHECK(with_action(0, [](Json& a) { a.set("governors", Json::array()); }) == "bad_charter");
  CHECK(with_action(0, [](Json& a) { a.erase("freshness"); }) == "bad_charter");
  CHECK(with_action(1, [](Json& a) { a.set("scid", "QmSomebodyElse"); }) == "bad_charter");
  CHECK(with_action(4, [](Json& a) { a.set("member", "QmSomebodyElse"); }) == "bad_charter");
  CHECK(with_action(4, [](Json& a) { a.set("depth", 8); }).empty());
  CHECK(with_action(4, [](Json& a) { a.set("depth", 9); }) == "bad_charter");
  CHECK(with_action(4, [](Json& a) { a.set("types", Json::array()); }) == "bad_charter");
  CHECK(with_action(4, [](Json& a) { a.set("types", Json::array({"A", "A"})); }) == "bad_charter");
  CHECK(with_action(4, [](Json& a) { a.set("action", "evict"); }) == "bad_charter");
}

TEST_CASE("a quorum is floor(2n/3) + 1", "[registry][charter]") {
  const std::vector<std::int64_t> by_hand{1, 2, 3, 3, 4, 5, 5, 6, 7};  // n = 1 … 9
  for (std::size_t n = 1; n <= by_hand.size(); ++n) CHECK(quorum_of(n) == by_hand[n - 1]);
}

}  // namespace charter_test
