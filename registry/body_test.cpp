#include "registry/body.h"

#include <catch2/catch.hpp>

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
