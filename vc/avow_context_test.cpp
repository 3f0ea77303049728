#include "vc/avow_context.h"

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/sha256.h"
#include "vc/namespace.h"
#include "vc/testing/world.h"

namespace avow_context_test {

using namespace avow;  // NOLINT(google-build-using-namespace)
using core::Json;

TEST_CASE("the context that is published under its URL never changes", "[vc][context]") {
  const std::string text = vc::avow_context();
  const auto json = core::parse_json(text);
  REQUIRE(json);
  CHECK(core::to_canonical(*json) == text);
  // Verifiers pin this. Other terms need another URL.
  CHECK(core::to_hex(core::sha256(core::as_bytes(text))) ==
        "750c1d30895af7b9e4f156c6ebbbc03cf8138c2640d006011a14c23e551cd329");
}

TEST_CASE("the context defines what a capability credential says beyond the W3C's terms",
          "[vc][context]") {
  const std::string text = vc::avow_context();
  const auto json = core::parse_json(text);
  REQUIRE(json);
  const Json& terms = *json->find("@context");
  CHECK(*terms.find("@protected")->as_boolean());
  CHECK(*terms.find_string(std::string(vc::kAgentCapabilityCredential)) ==
        std::string(vc::kAvowContext) + "#" + std::string(vc::kAgentCapabilityCredential));
  const vc::testing::World world;
  Json subject = world.subject();
  subject.set("limits", Json::object());
  for (const auto& [name, value] : *subject.as_object()) {
    CAPTURE(name);
    if (name == "id") continue;
    const Json* term = terms.find(name);
    REQUIRE(term != nullptr);
    CHECK(*term->find_string("@id") == std::string(vc::kAvowContext) + "#" + name);
  }
  CHECK(terms.find("owner")->find("@context")->find_string("role") != nullptr);
}

}  // namespace avow_context_test
