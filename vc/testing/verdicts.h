#pragma once

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "vc/testing/world.h"

/// Asking for a verdict on a credential of the world, and what a test wants of it.
namespace avow::vc::testing {

using core::Json;

inline Verdict verify(World& world, const Json& credential) {
  return verify_credential(credential, world.context(), world.options());
}

inline Verdict verify_at(World& world, const Json& credential, const char* time) {
  auto options = world.options();
  options.now = core::parse_rfc3339(time).value();
  return verify_credential(credential, world.context(), options);
}

/// The codes of all failed checks, in order.
inline std::vector<std::string> failures(const Verdict& verdict) {
  std::vector<std::string> codes;
  for (const Check& check : verdict.checks) {
    if (check.outcome == CheckOutcome::failed) codes.push_back(check.code);
  }
  return codes;
}

inline void require_refused(const Verdict& verdict, const std::string& code) {
  CAPTURE(code, failures(verdict));
  CHECK(verdict.outcome() == Outcome::rejected);
  CHECK(verdict.code() == code);
}

inline Json with_proof_member(Json document, std::string_view member, Json value) {
  Json proof = *document.find("proof");
  proof.set(member, std::move(value));
  document.set("proof", std::move(proof));
  return document;
}

}  // namespace avow::vc::testing
