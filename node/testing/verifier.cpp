#include "node/testing/verifier.h"

#include <stdexcept>
#include <utility>

namespace avow::node::testing {

Verifier::Verifier(const Rooms& rooms)
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

std::string Verifier::verdict(const core::Json& credential, std::vector<core::Json> stapled) {
  const vc::Verdict verdict = judge(credential, std::move(stapled));
  return verdict.outcome() == vc::Outcome::accepted ? "accepted" : verdict.code();
}

vc::Verdict Verifier::judge(const core::Json& credential, std::vector<core::Json> stapled,
                            vc::Profile profile) {
  vc::VerifyOptions options;
  options.profile = profile;
  options.now = clock.now();
  options.stapled = std::move(stapled);
  return vc::verify_credential(credential, {resolver, keys, signatures, status, trust}, options);
}

void hear(Rooms& to, Rooms& from) {
  registry::Objects heard;
  for (std::int64_t version = 2; version <= from.own_log.newest_counted(); ++version)
    heard.log_entries.push_back(from.own_log.counted(version)->text);
  for (const auto& statement : from.said()) heard.statements.push_back(statement.text);
  const auto view = from.replica.view();
  if (const auto* head = view->counted_head(from.organisation.entry.scid))
    heard.heads.push_back(head->text);
  to.write([&](core::Transaction& tx) {
    if (!to.replica.receive(tx, heard, "", to.clock.now()))
      throw std::runtime_error("not received");
  });
}

}  // namespace avow::node::testing
