#include "vc/nothing_known.h"

#include <catch2/catch.hpp>

#include "vc/testing/world.h"

namespace avow::vc::nothing_known_test {
namespace {

TEST_CASE("without lists and registry nothing that asks for them is accepted", "[vc][verify]") {
  testing::World world;
  const NothingKnown nothing;
  const VerifyContext context{world.resolver, world.keys, world.signatures, nothing, nothing};
  VerifyOptions options = world.options();
  const core::Json with_status = world.credential();

  CHECK(verify_credential(with_status, context, options).outcome() == Outcome::undetermined);
  CHECK(verify_credential(with_status, context, options).code() == "issuer_unknown");
  options.profile = Profile::w3c;
  CHECK(verify_credential(with_status, context, options).outcome() == Outcome::undetermined);
  CHECK(verify_credential(with_status, context, options).code() == "STATUS_RETRIEVAL_ERROR");

  const core::Json without_status = world.credential_without("credentialStatus");
  CHECK(verify_credential(without_status, context, options).outcome() == Outcome::accepted);
}

}  // namespace
}  // namespace avow::vc::nothing_known_test
