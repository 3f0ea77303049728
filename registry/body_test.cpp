#include "registry/body.h"

#include <catch2/catch.hpp>

#include "core/ed25519.h"
#include "core/multibase.h"
#include "registry/testing/consortium.h"

namespace body_test {

using namespace avow;
using namespace avow::registry;
using core::Json;

TEST_CASE("bodies read back as they were written", "[registry][body]") {
  const NodeSet nodes{{"https://acme.example"}, "acme-ops"};
  CHECK(testing::must(parse_node_set(to_json(nodes))) == nodes);
  const Accreditation accreditation{"did:web:a.example", {"Badge"}, testing::kNow, 3};
  CHECK(testing::must(parse_accreditation(to_json(accreditation))) == accreditation);
  const AccreditationEnd end{"did:web:a.example", {"Badge", "Card"}};
  CHECK(testing::must(parse_accreditation_end(to_json(end))) == end);
  DocumentStatement document;
  document.id = "did:web:a.example:p";
  document.document = Json::object({{"id", document.id}});
  document.owner = "did:web:a.example:people:p-1";
  document.status = DocumentStatus::deactivated;
  const auto read = testing::must(parse_document_statement(to_json(document)));
  CHECK(read.id == document.id);
  CHECK(read.document == document.document);
  CHECK(read.owner == document.owner);
  CHECK(read.status == DocumentStatus::deactivated);
}

TEST_CASE("node.set names the keys of nodes, strictly", "[registry][body]") {
  const auto key = [](std::uint8_t seed) {
    return core::Ed25519SigningKey::from_seed(std::vector<std::uint8_t>(32, seed))->public_key();
  };
  const std::string url = "https://10.0.0.6:8444";
  NodeSet nodes{{"https://acme.example"}, {}, {{url, key(1)}, {url, key(2)}, {{}, key(1)}}};
  const auto good = to_json(nodes);
  CHECK(testing::must(parse_node_set(good)) == nodes);
  // Written by hand, as the README has it.
  const auto multikey = key(1).to_multikey();
  const auto by_hand = core::parse_json(R"({"urls":[],"peers":[{"url":")" + url + R"(","key":")" +
                                        multikey + R"("}]})");
  CHECK(testing::must(parse_node_set(*by_hand)) == NodeSet{{}, {}, {{url, key(1)}}});

  const auto takes = [&](Json peers) {
    auto json = good;
    json.set("peers", std::move(peers));
    return parse_node_set(json).has_value();
  };
  const auto takes_one = [&](const Json& peer) { return takes(Json::array({peer})); };
  CHECK(takes_one(Json::object({{"key", multikey}})));
  CHECK_FALSE(takes(Json::array()));
  CHECK_FALSE(takes("https://10.0.0.6:8444"));
  CHECK_FALSE(takes_one("https://10.0.0.6:8444"));
  CHECK_FALSE(takes_one(Json::object({{"url", url}})));
  CHECK_FALSE(takes_one(Json::object({{"key", multikey}, {"url", "http://10.0.0.6:8444"}})));
  CHECK_FALSE(takes_one(Json::object({{"key", multikey}, {"url", ""}})));
  CHECK_FALSE(takes_one(Json::object({{"key", multikey}, {"url", url}, {"name", "one"}})));
  CHECK_FALSE(
      takes_one(Json::object({{"key", multikey}, {"url", "https://" + std::string(2041, 'a')}})));
  CHECK(takes_one(Json::object({{"key", multikey}, {"url", "https://" + std::string(2040, 'a')}})));
  // did:key's own example of a P-256 key; a key of small order; one character changed.
  CHECK_FALSE(
      takes_one(Json::object({{"key", "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"}})));
  std::vector<std::uint8_t> identity(34, 0);
  identity[0] = 0xed;
  identity[1] = identity[2] = 1;
  CHECK_FALSE(
      takes_one(Json::object({{"key", core::to_multibase(core::Multibase::base58btc, identity)}})));
  CHECK_FALSE(takes_one(Json::object({{"key", multikey + "1"}})));
  // The same twice; sixteen and one too many.
  CHECK_FALSE(
      takes(Json::array({Json::object({{"key", multikey}}), Json::object({{"key", multikey}})})));
  Json many = Json::array();
  for (std::uint8_t i = 1; i <= 16; ++i)
    many.push_back(Json::object({{"key", key(i).to_multikey()}}));
  CHECK(takes(many));
  many.push_back(Json::object({{"key", key(17).to_multikey()}}));
  CHECK_FALSE(takes(many));
}

TEST_CASE("a body with anything out of form is void", "[registry][body]") {
  const auto good = to_json(Accreditation{"did:web:a.example", {"Badge"}, {}, 8});
  const auto refuses = [&](const char* name, const Json& value) {
    auto json = good;
    json.set(name, value);
    return !parse_accreditation(json).has_value();
  };
  CHECK(parse_accreditation(good));
  CHECK(refuses("depth", 9));
  CHECK(refuses("depth", -1));
  CHECK(refuses("subject", "Acme"));
  CHECK(refuses("types", Json::array()));
  CHECK(refuses("types", Json::array({"Badge", "Badge"})));
  CHECK(refuses("types", Json::array({1})));
  CHECK(refuses("until", "tomorrow"));
  CHECK(refuses("extra", true));
  CHECK_FALSE(parse_node_set(Json::object({{"urls", Json::array({"ftp://a.example"})}})));
  CHECK_FALSE(parse_document_statement(
      Json::object({{"id", "did:web:a"}, {"document", Json::object()}, {"status", "sleeping"}})));
}

}  // namespace body_test
