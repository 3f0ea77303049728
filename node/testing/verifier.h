#pragma once

#include <string>
#include <vector>

#include "did/composite_resolver.h"
#include "did/did_key.h"
#include "node/own_resolver.h"
#include "node/testing/rooms.h"
#include "node/trust/known_lists.h"
#include "node/trust/registry_trust_policy.h"
#include "registry/registry_resolver.h"
#include "revocation/status_list_checker.h"
#include "vc/verify.h"

namespace avow::node::testing {

/// What a node verifies with, joined as node.cpp joins it, over the same rooms. `rooms` outlives it.
struct Verifier {
  explicit Verifier(const Rooms& rooms);

  /// "accepted", or the verdict's code.
  std::string verdict(const core::Json& credential, std::vector<core::Json> stapled = {});
  vc::Verdict judge(const core::Json& credential, std::vector<core::Json> stapled = {},
                    vc::Profile profile = vc::Profile::consortium);

  core::PublicKeyCache keys;
  vc::SignatureCache signatures{100};
  OwnOrganisationResolver own;
  registry::RegistryResolver registry;
  did::DidKeyResolver key;
  did::CompositeResolver resolver;
  RegistryTrustPolicy trust;
  KnownLists lists;
  revocation::StatusListChecker status;
  const core::Clock& clock;
};

/// Brings what `from` has said, and its newest head, to `to`.
void hear(Rooms& to, Rooms& from);

}  // namespace avow::node::testing
