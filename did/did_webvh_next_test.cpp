// What may follow an entry of a log.

#include <catch2/catch.hpp>

#include "did/did_webvh.h"
#include "did/testing/webvh_entries.h"

namespace did_webvh_next_test {

using namespace avow::did;
using namespace avow::did::testing;
namespace core = avow::core;
using core::Json;

namespace {

const Json kFirst = finished(preliminary());

Json plain_next() {
  return next_with(kFirst, Json::object(), 1);
}

/// The next entry with one member changed before it was numbered and signed.
Json next_having(const char* name, Json value) {
  return following(kFirst, with_member(plain_next(), name, std::move(value)), 1);
}

Json promising(const std::vector<std::uint8_t>& keys) {
  Json hashes = Json::array();
  for (const std::uint8_t number : keys) hashes.push_back(key_hash(number));
  return hashes;
}

Json keys_of(const std::vector<std::uint8_t>& numbers) {
  Json keys = Json::array();
  for (const std::uint8_t number : numbers) keys.push_back(multikey(number));
  return keys;
}

}  // namespace

TEST_CASE("an entry follows the one that it was hashed after", "[did][webvh]") {
  const auto first = verified(kFirst);
  const auto second = verified_after(first, plain_next());
  CHECK(second.version == 2);
  CHECK(second.scid == first.scid);
  CHECK(second.parameters == first.parameters);
  const Json third = next_with(plain_next(), Json::object(), 1);
  check_follows(second, third);
  check_refused_after(first, third, "entry 3 does not follow entry 1");
  check_refused_after(second, plain_next(), "entry 2 does not follow entry 2");
  check_refused_after(first, kFirst, "entry 1 does not follow entry 1");
  check_refused(plain_next(), "not a first entry");
}

TEST_CASE("an entry of another branch or log does not follow [DID-37]", "[did][webvh]") {
  const auto first = verified(kFirst);
  const Json other = next_having("versionTime", "2026-05-29T20:26:41Z");
  const Json third = next_with(other, Json::object(), 1);
  check_refused_after(verified_after(first, plain_next()), third, "versionId is not the hash");
  check_follows(verified_after(first, other), third);
  const auto elsewhere = verified(finished(with_parameter("ttl", 60)));
  check_refused_after(elsewhere, plain_next(), "versionId is not the hash");
}

TEST_CASE("the hash of a later entry is recomputed [DID-37]", "[did][webvh]") {
  const Json next = plain_next();
  Json renamed = with_member(next, "versionId", std::string("2-") + kOtherHash);
  renamed.erase("proof");
  renamed.set("proof", Json::array({proof_by(renamed, 1)}));
  check_refused_after(verified(kFirst), renamed, "versionId is not the hash");
}

TEST_CASE("time goes on from entry to entry", "[did][webvh]") {
  const auto first = verified(kFirst);
  check_follows(first, next_having("versionTime", "2026-05-28T20:26:41Z"));
  check_follows(first, next_having("versionTime", "2026-05-28T20:26:40.001Z"));
  check_refused_after(first, next_having("versionTime", "2026-05-28T20:26:40Z"), "not later");
  check_refused_after(first, next_having("versionTime", "2026-05-28T20:26:39Z"), "not later");
  check_follows(first, next_having("versionTime", "2026-06-07T20:31:40Z"));
  const auto ahead =
      verify_next_webvh_entry(first, next_having("versionTime", "2026-06-07T20:31:41Z"), kLater);
  REQUIRE_FALSE(ahead);
  CHECK(ahead.error().code == ErrorCode::not_yet_valid);
}

TEST_CASE("an entry is said to be ahead of its time only if all else is well", "[did][webvh]") {
  const Json ahead = next_having("versionTime", "9999-01-01T00:00:00Z");
  check_refused_after(verified(kFirst), with_member(ahead, "proof", *kFirst.find("proof")),
                      "proof");
}

TEST_CASE("a later entry is signed by a key of the entry before", "[did][webvh]") {
  const auto first = verified(kFirst);
  const Json rotation = Json::object({{"updateKeys", keys_of({2})}});
  const Json rotated = next_with(kFirst, rotation, 1);
  check_follows(first, rotated);
  check_refused_after(first, next_with(kFirst, rotation, 2), "not one of the updateKeys");
  const auto second = verified_after(first, rotated);
  check_follows(second, next_with(rotated, Json::object(), 2));
  check_refused_after(second, next_with(rotated, Json::object(), 1), "not one of the updateKeys");
}

TEST_CASE("a log without update keys is frozen", "[did][webvh]") {
  const Json frozen = next_with(kFirst, Json::object({{"updateKeys", Json::array()}}), 1);
  const auto second = verified_after(verified(kFirst), frozen);
  check_refused_after(second, next_with(frozen, Json::object(), 1), "not one of the updateKeys");
  check_refused_after(second, next_with(frozen, Json::object({{"updateKeys", keys_of({1})}}), 1),
                      "not one of the updateKeys");
}

TEST_CASE("with pre-rotation an entry is signed by a key that was promised [DID-40]",
          "[did][webvh]") {
  const Json promise = finished(with_parameter("nextKeyHashes", promising({2, 3})));
  const auto first = verified(promise);
  const auto rotate = [&](const std::vector<std::uint8_t>& keys, std::uint8_t signer) {
    return next_with(
        promise, Json::object({{"updateKeys", keys_of(keys)}, {"nextKeyHashes", promising({4})}}),
        signer);
  };
  check_follows(first, rotate({2}, 2));
  check_follows(first, rotate({2, 3}, 3));
  check_refused_after(first, rotate({2}, 1), "not one of the updateKeys");
  check_refused_after(first, rotate({1}, 1), "promised");
  check_refused_after(first, rotate({2, 4}, 2), "promised");
  check_refused_after(first, rotate({4, 2}, 2), "promised");
  check_refused_after(first, rotate({}, 1), "/parameters/updateKeys");
}

TEST_CASE("with pre-rotation each entry names its keys and its promise [DID-40]", "[did][webvh]") {
  const Json promise = finished(with_parameter("nextKeyHashes", promising({1, 2})));
  const auto first = verified(promise);
  const auto next = [&](Json parameters) { return next_with(promise, std::move(parameters), 1); };
  const Json keys = keys_of({1});
  check_follows(first,
                next(Json::object({{"updateKeys", keys}, {"nextKeyHashes", promising({2})}})));
  check_refused_after(first, next(Json::object({{"nextKeyHashes", promising({2})}})),
                      "/parameters/updateKeys");
  check_refused_after(first, next(Json::object({{"updateKeys", keys}})),
                      "/parameters/nextKeyHashes");
  check_refused_after(first, next(Json::object()), "/parameters/updateKeys");
}

TEST_CASE("an empty promise ends pre-rotation after its own entry [DID-40]", "[did][webvh]") {
  const Json promise = finished(with_parameter("nextKeyHashes", promising({2})));
  const auto off = [&](std::uint8_t key) {
    return next_with(
        promise, Json::object({{"updateKeys", keys_of({key})}, {"nextKeyHashes", Json::array()}}),
        key);
  };
  check_refused_after(verified(promise), off(1), "promised");
  const auto second = verified_after(verified(promise), off(2));
  check_follows(second, next_with(off(2), Json::object({{"updateKeys", keys_of({9})}}), 2));
  check_follows(second, next_with(off(2), Json::object(), 2));
}

TEST_CASE("pre-rotation that a later entry begins holds from the entry after it [DID-40]",
          "[did][webvh]") {
  const Json on = next_with(
      kFirst, Json::object({{"updateKeys", keys_of({2})}, {"nextKeyHashes", promising({3})}}), 1);
  const auto second = verified_after(verified(kFirst), on);
  const auto after = [&](std::uint8_t key) {
    return next_with(
        on, Json::object({{"updateKeys", keys_of({key})}, {"nextKeyHashes", Json::array()}}), key);
  };
  check_follows(second, after(3));
  check_refused_after(second, after(2), "promised");
}

TEST_CASE("parameters that an entry does not name stay as they were", "[did][webvh]") {
  const Json start = finished(with_parameter("ttl", 60));
  const auto first = verified(start);
  CHECK(first.parameters.ttl_seconds == 60);
  const Json said = Json::object(
      {{"watchers", Json::array({"https://w.example/"})}, {"witness", witness_rule(1, {5})}});
  const auto second = verified_after(first, next_with(start, said, 1));
  const auto third =
      verified_after(second, next_with(next_with(start, said, 1), Json::object(), 1));
  CHECK(third.parameters == second.parameters);
  CHECK(third.parameters.ttl_seconds == 60);
  CHECK(third.parameters.watchers == std::vector<std::string>{"https://w.example/"});
  CHECK(third.parameters.witnesses.keys == std::vector{key(5).public_key()});
}

TEST_CASE("a null in a later entry sets its default", "[did][webvh]") {
  const Json start = finished(with_parameter("ttl", 60));
  Json nulls = Json::object();
  for (const char* name : {"nextKeyHashes", "watchers", "witness", "portable", "ttl", "scid"}) {
    nulls.set(name, nullptr);
  }
  const auto second = verified_after(verified(start), next_with(start, nulls, 1));
  CHECK(second.parameters.ttl_seconds == 3600);
  const auto frozen =
      verified_after(verified(start), next_with(start, Json::object({{"updateKeys", nullptr}}), 1));
  CHECK(frozen.parameters.update_keys.empty());
}

TEST_CASE("a later entry has no SCID, no unknown parameter and no older method", "[did][webvh]") {
  const auto first = verified(kFirst);
  const auto with = [](const char* name, Json value) {
    return next_with(kFirst, Json::object({{name, std::move(value)}}), 1);
  };
  check_follows(first, with("method", "did:webvh:1.0"));
  for (const char* method : {"did:webvh:0.5", "did:webvh:1.1", "did:webvh:99.0", "did:web"}) {
    check_refused_after(first, with("method", method), "/parameters/method");
  }
  check_refused_after(first, with("scid", first.scid), "/parameters/scid");
  check_refused_after(first, with("prerotation", true), "/parameters/prerotation");
  check_refused_after(first, with("ttl", "60"), "/parameters/ttl");
  check_refused_after(first, with("updateKeys", Json::array({"z6MkNoKey"})),
                      "/parameters/updateKeys");
}

TEST_CASE("a log that is not portable stays so", "[did][webvh]") {
  const Json portable = finished(with_parameter("portable", true));
  const Json yes = Json::object({{"portable", true}});
  const Json no = Json::object({{"portable", false}});
  check_refused_after(verified(kFirst), next_with(kFirst, yes, 1), "/parameters/portable");
  check_refused_after(verified(portable), next_with(portable, yes, 1), "/parameters/portable");
  check_follows(verified(portable), next_with(portable, no, 1));
  const auto fixed = verified_after(verified(portable), next_with(portable, no, 1));
  CHECK_FALSE(fixed.parameters.portable);
  check_refused_after(fixed, next_with(next_with(portable, no, 1), yes, 1), "/parameters/portable");
}

TEST_CASE("a portable log moves to another place, and names the one before [DID-39]",
          "[did][webvh]") {
  const Json portable = finished(with_parameter("portable", true));
  const auto first = verified(portable);
  const auto moved = [&](const Json& from, const std::string& place, Json names, Json parameters) {
    const Json state = Json::object(
        {{"id", "did:webvh:" + first.scid + ':' + place}, {"alsoKnownAs", std::move(names)}});
    const Json next = next_with(from, std::move(parameters), 1);
    return following(from, with_member(next, "state", state), 1);
  };
  const Json before = Json::array({"did:web:new.example", first.did.text()});
  const Json nothing = Json::object();
  const auto second = verified_after(first, moved(portable, "new.example", before, nothing));
  CHECK(second.did.text() == "did:webvh:" + first.scid + ":new.example");
  check_follows(first, moved(portable, "new.example:a", before, nothing));
  check_refused_after(first,
                      moved(portable, "new.example", Json::array({"did:web:new.example"}), nothing),
                      "alsoKnownAs");
  check_refused_after(first, moved(portable, "new.example", Json::array(), nothing), "alsoKnownAs");
  check_refused_after(first,
                      moved(portable, "new.example", before, Json::object({{"portable", false}})),
                      "not portable");
  check_refused_after(first, moved(portable, "127.0.0.1", before, nothing), "state.id");
  // Not portable from the start, and the DID of another log.
  check_refused_after(verified(kFirst), moved(kFirst, "new.example", before, nothing),
                      "another SCID");
  const Json stays = Json::object({{"id", "did:webvh:" + verified(kFirst).scid + ":new.example"},
                                   {"alsoKnownAs", Json::array({verified(kFirst).did.text()})}});
  check_refused_after(verified(kFirst),
                      following(kFirst, with_member(plain_next(), "state", stays), 1),
                      "not portable");
}

TEST_CASE("the SCID of a later state.id is that of the log [DID-38]", "[did][webvh]") {
  const Json state =
      Json::object({{"id", "did:webvh:" + std::string(kOtherHash) + ":acme.example"}});
  check_refused_after(verified(kFirst), next_having("state", state), "another SCID");
}

TEST_CASE("nothing follows a deactivation [DID-45]", "[did][webvh]") {
  const Json end = next_with(kFirst, Json::object({{"deactivated", true}}), 1);
  const auto last = verified_after(verified(kFirst), end);
  CHECK(last.parameters.deactivated);
  check_refused_after(last, next_with(end, Json::object({{"deactivated", false}}), 1),
                      "nothing follows");
  check_refused_after(last, next_with(end, Json::object(), 1), "nothing follows");
}

TEST_CASE("an entry that was changed after it was signed does not follow", "[did][webvh]") {
  const auto first = verified(kFirst);
  const Json next = plain_next();
  const Json other = next_having("versionTime", "2026-05-29T20:26:41Z");
  check_refused_after(first, with_member(next, "versionTime", "2026-05-29T20:26:41Z"),
                      "versionId is not the hash");
  check_refused_after(first, with_member(next, "proof", *other.find("proof")), "proof");
  check_refused_after(first, without_member(next, "proof"), "no proof");
  check_refused_after(first, with_member(next, "extra", 1), "/extra");
}

}  // namespace did_webvh_next_test
