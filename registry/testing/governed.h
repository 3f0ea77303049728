#pragma once

#include <string>
#include <vector>

#include "registry/testing/governors.h"
#include "registry/testing/node.h"

namespace avow::registry::testing {

inline constexpr const char* kMonday = "2026-11-23T08:00:00.000Z";
inline constexpr const char* kTuesday = "2026-11-24T08:00:00.000Z";
inline constexpr const char* kBefore = "2026-11-23T07:59:59.999Z";

/// Four founders, of whom the fourth does no more than be there; a node that follows.
struct Governed {
  std::vector<const Organisation*> governors() const { return {&acme, &globex, &initech}; }
  /// What it takes for them to decide the next slot, and its deciding.
  Ballots slot(core::Json::Array actions) const;
  void decide(core::Json::Array actions);
  Standing standing(const Organisation& issuer, const char* moment) const;

  Consortium consortium{4};
  Charter charter = consortium.charter();
  Node node{charter};
  const Organisation& acme = consortium.organisations[0];
  const Organisation& globex = consortium.organisations[1];
  const Organisation& initech = consortium.organisations[2];
  const Organisation& umbrella = consortium.organisations[3];
};

/// Why the first of what was refused was, or nothing.
std::string code_of(const Receipt& receipt);

}  // namespace avow::registry::testing
