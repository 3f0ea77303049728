#include "did/composite_resolver.h"

#include <catch2/catch.hpp>

namespace composite_resolver_test {

using namespace avow::did;
using avow::core::Json;

namespace {

/// Answers from what the test says, and counts the questions.
class ScriptedResolver final : public Resolver {
 public:
  Result<Resolution, Error> resolve(const Did& did,
                                    const ResolutionOptions& options = {}) const override {
    ++asked;
    last_options = options;
    if (error) return fail(*error);
    auto document = Document::from_json(Json::object({{"id", did.text()}}), did);
    return Resolution{std::make_shared<const Document>(std::move(*document)), version};
  }

  mutable int asked = 0;
  mutable ResolutionOptions last_options;
  std::optional<Error> error;
  std::string version = "1";
};

const Error kNotFound{ErrorCode::not_found, "not here"};
const Did kWeb = *Did::parse("did:web:example.com");
const Did kKey = *Did::parse("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp");

}  // namespace

TEST_CASE("resolvers are asked in their order until one knows the DID", "[did][composite]") {
  ScriptedResolver own, registry;
  own.version = "own";
  registry.version = "registry";
  const CompositeResolver resolver({{"web", &own}, {"web", &registry}});
  CHECK(resolver.resolve(kWeb)->version == "own");
  CHECK(registry.asked == 0);
  own.error = kNotFound;
  CHECK(resolver.resolve(kWeb)->version == "registry");
}

TEST_CASE("a resolver that cannot answer is not passed over", "[did][composite]") {
  ScriptedResolver own, registry;
  own.error = Error{ErrorCode::unavailable, "disk"};
  const CompositeResolver resolver({{"web", &own}, {"web", &registry}});
  const auto answer = resolver.resolve(kWeb);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::unavailable);
  CHECK(registry.asked == 0);
}

TEST_CASE("a method that has no route is not supported [DID-44]", "[did][composite]") {
  ScriptedResolver own;
  const CompositeResolver resolver({{"web", &own}});
  const auto answer = resolver.resolve(*Did::parse("did:example:1"));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::method_not_supported);
  CHECK(own.asked == 0);
}

TEST_CASE("a malformed did:web or did:webvh is refused before anybody is asked [DID-09, DID-17]",
          "[did][composite]") {
  const auto text =
      GENERATE(as<std::string>{}, "did:web:127.0.0.1", "did:web:example.com:..:..:admin",
               "did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg",
               "did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg:example.com:..:..:admin",
               "did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg:example.com:%2E%2E",
               "did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg:example.com:a%2Fb",
               "did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg:%31%32%37.0.0.1",
               "did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg:127.0.0.1%3a80",
               "did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2D:example.com",
               "did:webvh:Qm0000000000000000000000000000000000000000000000:example.com");
  INFO(text);
  ScriptedResolver anybody;
  const CompositeResolver resolver({{"web", &anybody}, {"webvh", &anybody}});
  const auto answer = resolver.resolve(*Did::parse(text));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::invalid_did);
  CHECK(anybody.asked == 0);
}

TEST_CASE("only documents that never change are kept: did:key's and did:jwk's",
          "[did][composite]") {
  ScriptedResolver keys, web_keys, web;
  const CompositeResolver resolver({{"key", &keys}, {"jwk", &web_keys}, {"web", &web}});
  for (int i = 0; i < 2; ++i) CHECK(resolver.resolve(*Did::parse("did:jwk:e30")));
  CHECK(web_keys.asked == 1);
  const auto first = resolver.resolve(kKey);
  CHECK(resolver.resolve(kKey)->document == first->document);
  CHECK(keys.asked == 1);
  CHECK(resolver.resolve(kWeb)->version == "1");
  web.version = "2";
  CHECK(resolver.resolve(kWeb)->version == "2");
}

TEST_CASE("a version that is asked for is asked of the resolver, not of the cache",
          "[did][composite]") {
  ScriptedResolver keys;
  const CompositeResolver resolver({{"key", &keys}});
  CHECK(resolver.resolve(kKey));
  CHECK(resolver.resolve(kKey, {.version_id = "7"}));
  CHECK(keys.asked == 2);
  CHECK(keys.last_options.version_id == "7");
  CHECK(resolver.resolve(kKey)->version == "1");
}

TEST_CASE("a DID whose own source has no such version is asked of nobody else",
          "[did][composite]") {
  ScriptedResolver own, registry;
  own.error = Error{ErrorCode::version_not_found, "no version 7"};
  const CompositeResolver resolver({{"web", &own}, {"web", &registry}});
  const auto answer = resolver.resolve(kWeb, {.version_id = "7"});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::version_not_found);
  CHECK(registry.asked == 0);
}

TEST_CASE("both a version id and a time are refused before anybody is asked", "[did][composite]") {
  ScriptedResolver own;
  const CompositeResolver resolver({{"web", &own}});
  const auto answer =
      resolver.resolve(kWeb, {.version_id = "1", .version_time = avow::core::Instant()});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::invalid_options);
  CHECK(own.asked == 0);
}

TEST_CASE("an error is never kept", "[did][composite]") {
  ScriptedResolver keys;
  keys.error = kNotFound;
  const CompositeResolver resolver({{"key", &keys}});
  CHECK_FALSE(resolver.resolve(kKey));
  keys.error.reset();
  CHECK(resolver.resolve(kKey));
}

TEST_CASE("the cache holds no more than its capacity", "[did][composite]") {
  ScriptedResolver keys;
  const CompositeResolver resolver({{"key", &keys}}, /*cache_capacity=*/2);
  for (const char* text : {"did:key:a", "did:key:b", "did:key:c", "did:key:a"}) {
    CHECK(resolver.resolve(*Did::parse(text)));
  }
  CHECK(keys.asked == 4);
  CHECK(resolver.resolve(*Did::parse("did:key:c")));
  CHECK(keys.asked == 4);
}

}  // namespace composite_resolver_test
