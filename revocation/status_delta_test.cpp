#include "revocation/status_delta.h"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace status_delta_test {

using namespace avow;
using namespace avow::revocation;

namespace {

core::Json json(std::string_view text) {
  return core::parse_json(text).value();
}

std::vector<StatusListIndex> indexes(std::uint32_t first, std::uint32_t count) {
  std::vector<StatusListIndex> all;
  for (std::uint32_t i = 0; i < count; ++i) all.emplace_back(first + i);
  return all;
}

bool is_void_body(const core::Json& body) {
  const auto delta = parse_status_delta(body);
  return !delta && delta.error().code == ErrorCode::malformed_body;
}

bool is_void(std::string_view text) {
  return is_void_body(json(text));
}

}  // namespace

TEST_CASE("a delta is read as it is written", "[revocation][delta]") {
  const auto body = json(R"({"list":"s1","set":[0,131071],"clear":[7],"encoding":"plain"})");
  const auto delta = parse_status_delta(body);
  REQUIRE(delta);
  CHECK(delta->list == "s1");
  CHECK(delta->set == std::vector{StatusListIndex(0), StatusListIndex(131'071)});
  CHECK(delta->clear == std::vector{StatusListIndex(7)});
  CHECK(to_json(*delta) == body);
}

TEST_CASE("many indexes travel as a Rice code", "[revocation][delta]") {
  // By hand: 0 … 16 are seventeen gaps of 0, with k = 0 as many zeros (00 00 7F); of a gap of 17 six bits with k = 3,
  // 110 001 (C7).
  const auto body = json(R"({"list":"s1","set":"uAAAAfw","clear":"uA8c","encoding":"rice"})");
  const auto delta = parse_status_delta(body);
  REQUIRE(delta);
  CHECK(delta->set == indexes(0, 17));
  CHECK(delta->clear == std::vector{StatusListIndex(17)});
  CHECK(to_json(*delta) == body);
  // Sixteen in all can be read by a person.
  CHECK(*to_json(StatusDelta{"s1", indexes(0, 15), indexes(17, 1)}).find_string("encoding") ==
        "plain");
  CHECK(*to_json(StatusDelta{"s1", indexes(0, 15), indexes(17, 2)}).find_string("encoding") ==
        "rice");
}

TEST_CASE("a delta whose Rice code has a fault is void", "[revocation][delta]") {
  CHECK_FALSE(is_void(R"({"list":"s1","set":"uAH8","clear":"uAA","encoding":"rice"})"));
  CHECK(is_void(R"({"list":"s1","set":"uAH8","clear":"uAH8","encoding":"rice"})"));  // 0 in both
  CHECK(is_void(R"({"list":"s1","set":"uAH8","clear":[],"encoding":"rice"})"));
  CHECK(is_void(R"({"list":"s1","set":"uAH8","clear":"uAA","encoding":"plain"})"));
  CHECK(is_void(R"({"list":"s1","set":"uAH8","clear":"","encoding":"rice"})"));
  CHECK(is_void(R"({"list":"s1","set":"AH8","clear":"uAA","encoding":"rice"})"));
  CHECK(is_void(R"({"list":"s1","set":"uAT8","clear":"uAA","encoding":"rice"})"));  // 0 with k = 1
  CHECK(is_void(R"({"list":"s1","set":"uAH8","encoding":"rice"})"));
}

TEST_CASE("a delta that changes nothing is well-formed", "[revocation][delta]") {
  CHECK(parse_status_delta(json(R"({"list":"r1","set":[],"clear":[],"encoding":"plain"})")));
}

TEST_CASE("a delta with any fault in its form is void", "[revocation][delta]") {
  CHECK(is_void(R"({"list":"r1","set":[1],"clear":[],"encoding":"plain","more":1})"));
  CHECK(is_void(R"({"list":"r1","set":[1],"clear":[],"encoding":"rice"})"));
  CHECK(is_void(R"({"list":"r1","set":[1],"clear":[]})"));
  CHECK(is_void(R"({"list":"r1","set":[1],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"r1","clear":[1],"encoding":"plain"})"));
  CHECK(is_void(R"({"set":[1],"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"R1","set":[1],"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"","set":[1],"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":1,"set":[1],"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"r1","set":1,"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"([])"));
}

TEST_CASE("a delta with an index that is none is void", "[revocation][delta]") {
  CHECK(is_void(R"({"list":"r1","set":[131072],"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"r1","set":[-1],"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"r1","set":["1"],"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"r1","set":[1.0],"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"s1","set":[],"clear":[131072],"encoding":"plain"})"));
}

TEST_CASE("an index given twice voids a delta, in one array or across both",
          "[revocation][delta]") {
  CHECK(is_void(R"({"list":"s1","set":[5,6,5],"clear":[],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"s1","set":[],"clear":[5,5],"encoding":"plain"})"));
  CHECK(is_void(R"({"list":"s1","set":[5],"clear":[5],"encoding":"plain"})"));
  CHECK_FALSE(is_void(R"({"list":"s1","set":[6,5],"clear":[7],"encoding":"plain"})"));
}

TEST_CASE("a delta holds 4,096 indexes and not one more", "[revocation][delta]") {
  CHECK_FALSE(is_void_body(to_json(StatusDelta{"r1", indexes(0, 4096), {}})));
  CHECK(is_void_body(to_json(StatusDelta{"r1", indexes(0, 4097), {}})));
  CHECK_FALSE(is_void_body(to_json(StatusDelta{"s1", indexes(0, 4000), indexes(5000, 96)})));
  CHECK(is_void_body(to_json(StatusDelta{"s1", indexes(0, 4000), indexes(5000, 97)})));
}

TEST_CASE("a revocation bit never clears, and the whole delta is void [STATUS-24]",
          "[revocation][delta]") {
  StatusBits bits;
  bits.set(StatusListIndex(9));
  const auto before = bits;
  const StatusDelta delta{"r1", {StatusListIndex(1)}, {StatusListIndex(9)}};
  CHECK(apply(delta, StatusPurpose::revocation, bits).error().code == ErrorCode::malformed_body);
  CHECK(bits == before);

  REQUIRE(apply(delta, StatusPurpose::suspension, bits));
  CHECK(bits.set_indexes() == std::vector{StatusListIndex(1)});
}

TEST_CASE("a big change is split into deltas that are each well-formed", "[revocation][delta]") {
  CHECK(make_deltas("s1", {}, {}).empty());
  CHECK(make_deltas("s1", indexes(0, 4096), {}).size() == 1);
  CHECK(make_deltas("s1", indexes(0, 4097), {}).size() == 2);

  auto wanted = indexes(0, 5000);
  std::ranges::reverse(wanted);
  const auto deltas = make_deltas("s1", wanted, indexes(6000, 4000));
  REQUIRE(deltas.size() == 3);
  CHECK(deltas[0].set.size() == 4096);
  CHECK(deltas[1].set.size() == 904);
  CHECK(deltas[1].clear.size() == 3192);
  CHECK(deltas[2].clear.size() == 808);
  StatusBits bits;
  for (const auto index : indexes(6000, 4001)) bits.set(index);
  for (const auto& delta : deltas) {
    CHECK(parse_status_delta(to_json(delta)) == delta);
    REQUIRE(apply(delta, StatusPurpose::suspension, bits));
  }
  CHECK(bits.count() == 5001);
  CHECK(bits.get(StatusListIndex(10'000)));
}

TEST_CASE("applying deltas is adding to and taking from a set", "[revocation][delta]") {
  CHECK(rc::check("deltas equal set arithmetic", [] {
    StatusBits bits;
    std::set<std::uint32_t> model;
    const auto steps = *rc::gen::inRange(1, 6);
    for (int step = 0; step < steps; ++step) {
      const auto touched = *rc::gen::container<std::set<std::uint32_t>>(
          rc::gen::inRange<std::uint32_t>(0, kListLength));
      StatusDelta delta{"s1", {}, {}};
      for (const auto index : touched) {
        const bool set = *rc::gen::arbitrary<bool>();
        (set ? delta.set : delta.clear).emplace_back(index);
        if (set) {
          model.insert(index);
        } else {
          model.erase(index);
        }
      }
      RC_ASSERT(parse_status_delta(to_json(delta)) == delta);
      RC_ASSERT(apply(delta, StatusPurpose::suspension, bits).has_value());
    }
    std::vector<StatusListIndex> expected;
    for (const auto index : model) expected.emplace_back(index);
    RC_ASSERT(bits.set_indexes() == expected);
  }));
}

TEST_CASE("a list is declared with its name, purpose and URL", "[revocation][delta]") {
  const auto body =
      json(R"({"list":"r1","purpose":"revocation","url":"https://acme.example/status/r1"})");
  const auto declaration = parse_status_list(body);
  REQUIRE(declaration);
  CHECK(declaration->purpose == StatusPurpose::revocation);
  CHECK(to_json(*declaration) == body);

  const auto refused = [](std::string_view text) {
    const auto parsed = parse_status_list(json(text));
    return !parsed && parsed.error().code == ErrorCode::malformed_body;
  };
  CHECK(refused(R"({"list":"r1","purpose":"message","url":"https://a.example/r1"})"));
  CHECK(refused(R"({"list":"r1","purpose":"revocation","url":"ftp://a.example/r1"})"));
  CHECK(refused(R"({"list":"r1","purpose":"revocation","url":"https://a.example/r1#list"})"));
  CHECK(refused(R"({"list":"r/1","purpose":"revocation","url":"https://a.example/r1"})"));
  CHECK(refused(R"({"list":"r1","purpose":"revocation"})"));
  CHECK(refused(R"({"list":"r1","purpose":"revocation","url":"https://a.example/r1","x":1})"));
}

TEST_CASE("a list's name has 1 to 32 plain characters", "[revocation][delta]") {
  CHECK(is_list_name("r1"));
  CHECK(is_list_name(std::string(32, 'a')));
  CHECK_FALSE(is_list_name(std::string(33, 'a')));
  CHECK_FALSE(is_list_name(""));
  CHECK_FALSE(is_list_name("r 1"));
  CHECK_FALSE(is_list_name("r.1"));
}

}  // namespace status_delta_test
