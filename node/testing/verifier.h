#pragma once

#include <string>
#include <utility>
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
  explicit Verifier(const Rooms& rooms)
      : own(rooms.own_log),
        registry([&rooms] { return rooms.replica.view(); }),
        key(keys),
        resolver({{"key", &key},
                  {"webvh", &own},
                  {"webvh", &registry},
                  {"web", rooms.documents.get()},
                  {"web", &registry}}),
        trust(rooms.replica, *rooms.local_rules, *rooms.stops, *rooms.issued),
        lists(*rooms.lists, *rooms.membership, rooms.replica),
        status(lists),
        clock(rooms.clock) {}

  /// "accepted", or the verdict's code.
  std::string verdict(const core::Json& credential, std::vector<core::Json> stapled = {}) {
    const vc::Verdict verdict = judge(credential, std::move(stapled));
    return verdict.outcome() == vc::Outcome::accepted ? "accepted" : verdict.code();
  }
  vc::Verdict judge(const core::Json& credential, std::vector<core::Json> stapled = {},
                    vc::Profile profile = vc::Profile::consortium) {
    vc::VerifyOptions options;
    options.profile = profile;
    options.now = clock.now();
    options.stapled = std::move(stapled);
    return vc::verify_credential(credential, {resolver, keys, signatures, status, trust}, options);
  }

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
inline void hear(Rooms& to, Rooms& from) {
  registry::Objects heard;
  for (std::int64_t version = 2; version <= from.own_log.newest_counted(); ++version)
    heard.log_entries.push_back(from.own_log.counted(version)->text);
  for (const auto& statement : from.said()) heard.statements.push_back(statement.text);
  if (const auto* head = from.replica.view()->counted_head(from.organisation.entry.scid))
    heard.heads.push_back(head->text);
  to.write([&](core::Transaction& tx) {
    if (!to.replica.receive(tx, heard, "", to.clock.now()))
      throw std::runtime_error("not received");
  });
}

}  // namespace avow::node::testing
