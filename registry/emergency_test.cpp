#include "registry/emergency.h"

#include <algorithm>
#include <functional>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "registry/testing/consortium.h"

namespace emergency_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

/// Four governors; two of them suspend in an emergency.
struct Four {
  Consortium consortium{4};
  Charter charter = consortium.charter();
  std::vector<EmergencyRecord> held;

  Emergency by(std::size_t governor, std::size_t whom, const char* from, const char* until) const {
    const auto& one = consortium.organisations.at(governor);
    Emergency emergency;
    emergency.network = charter.network;
    emergency.scid = consortium.organisations.at(whom).scid;
    emergency.from = at(from);
    emergency.until = at(until);
    emergency.governor = one.scid;
    emergency.key = one.key_id;
    return must(sign_emergency(emergency, one.key));
  }
  std::vector<std::string> scids(const std::vector<std::size_t>& of) const {
    std::vector<std::string> found;
    for (const auto i : of) found.push_back(consortium.organisations[i].scid);
    std::sort(found.begin(), found.end());
    return found;
  }
  std::vector<EmergencyInterval> suspended(const Charter& by) const {
    return suspended_by(held, by, logs_of(by));
  }
  void sign(std::size_t governor, std::size_t whom, const char* from, const char* until) {
    held.push_back(
        must(check_emergency(by(governor, whom, from, until), charter, logs_of(charter))));
  }
};

constexpr const char* kMonday = "2026-11-23T08:00:00Z";
constexpr const char* kTuesday = "2026-11-24T08:00:00Z";
constexpr const char* kWednesday = "2026-11-25T08:00:00Z";

}  // namespace

TEST_CASE("an emergency suspension lasts 72 hours at most", "[registry][emergency]") {
  const Four four;
  CHECK_NOTHROW(four.by(0, 3, kMonday, "2026-11-26T08:00:00Z"));
  CHECK_THROWS(four.by(0, 3, kMonday, "2026-11-26T08:00:00.001Z"));
  CHECK_THROWS(four.by(0, 3, kMonday, kMonday));
  CHECK_THROWS(four.by(0, 3, kTuesday, kMonday));
  CHECK_NOTHROW(four.by(0, 3, kMonday, "2026-11-23T08:00:00.001Z"));
}

TEST_CASE("so many governors must sign an emergency that one of them is honest",
          "[registry][emergency]") {
  CHECK(emergency_quorum(1) == 1);
  CHECK(emergency_quorum(2) == 2);
  CHECK(emergency_quorum(4) == 2);
  CHECK(emergency_quorum(6) == 2);
  CHECK(emergency_quorum(7) == 3);
  CHECK(emergency_quorum(10) == 4);
}

TEST_CASE("one governor's word suspends nobody, the same word of two does",
          "[registry][emergency]") {
  Four four;
  four.sign(0, 3, kMonday, kTuesday);
  CHECK(four.suspended(four.charter).empty());
  four.sign(0, 3, kMonday, kWednesday);  // another interval of the same governor
  four.sign(1, 2, kMonday, kTuesday);    // another member
  CHECK(four.suspended(four.charter).empty());
  four.sign(1, 3, kMonday, kTuesday);
  const auto suspended = four.suspended(four.charter);
  REQUIRE(suspended.size() == 1);
  CHECK(suspended[0] == EmergencyInterval{four.consortium.organisations[3].scid, at(kMonday),
                                          at(kTuesday), four.scids({0, 1})});
}

TEST_CASE("intervals of one member unite where they touch", "[registry][emergency]") {
  Four four;
  for (const std::size_t governor : {0U, 1U}) four.sign(governor, 3, kMonday, kTuesday);
  for (const std::size_t governor : {1U, 2U}) four.sign(governor, 3, kTuesday, kWednesday);
  for (const std::size_t governor : {0U, 1U})
    four.sign(governor, 3, "2026-11-25T08:00:00.001Z", "2026-11-26T08:00:00Z");
  const auto suspended = four.suspended(four.charter);
  REQUIRE(suspended.size() == 2);
  CHECK(suspended[0].until == at(kWednesday));
  CHECK(suspended[0].by == four.scids({0, 1, 2}));
  CHECK(suspended[1].by == four.scids({0, 1}));
  CHECK(suspended[1].from == at("2026-11-25T08:00:00.001Z"));
}

TEST_CASE("an emergency is a governor's about a member, under its own signature",
          "[registry][emergency]") {
  Four four;
  const auto code = [](const Emergency& emergency, const Charter& charter) {
    const auto good = check_emergency(emergency, charter, logs_of(charter));
    return good ? "" : std::string(code_name(good.error().code));
  };
  const auto good = four.by(0, 3, kMonday, kTuesday);
  CHECK(code(good, four.charter).empty());
  auto three = four.charter;
  three.governors.erase(three.governors.begin());
  CHECK(code(good, three) == "not_a_governor");
  auto rotated = four.charter;
  rotated.governors.front().version = 2;
  CHECK(code(good, rotated) == "not_a_governor");
  three.members.erase(four.consortium.organisations[0].scid);
  CHECK(code(good, three) == "unknown_feed");
  auto other = four.charter;
  other.network = core::to_multibase(core::sha256("other"));
  CHECK(code(good, other) == "wrong_network");
  auto alone = four.charter;
  alone.members.erase(four.consortium.organisations[3].scid);
  CHECK(code(good, alone) == "unknown_feed");
  auto forged = good;
  forged.json.set("until", core::format_milliseconds(at(kWednesday)));
  const auto read = must(parse_emergency(core::to_canonical(forged.json)));
  CHECK(code(read, four.charter) == "bad_signature");
  auto late = good;
  late.epoch = 2;
  CHECK(code(late, four.charter) == "epoch_unknown");
}

TEST_CASE("who governs no longer has no say in an emergency", "[registry][emergency]") {
  Four four;
  for (const std::size_t governor : {0U, 1U}) four.sign(governor, 3, kMonday, kTuesday);
  CHECK(four.suspended(four.charter).size() == 1);
  auto three = four.charter;
  three.governors.erase(three.governors.begin());
  CHECK(four.suspended(three).empty());
}

}  // namespace emergency_test
