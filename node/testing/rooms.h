#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/testing/fake_clock.h"
#include "core/testing/seeded_random.h"
#include "node/agents/agent_standing.h"
#include "node/agents/enrolment.h"
#include "node/credential_issuer.h"
#include "node/key_compromise.h"
#include "node/own_documents.h"
#include "node/schema.h"
#include "node/trust/local_rules.h"
#include "registry/testing/consortium.h"

namespace avow::node::testing {

/// The value, or an exception that says why there is none.
template <class T>
T must(Result<T, Error> result) {
  if (!result) throw std::runtime_error(result.error().what + ": " + result.error().why);
  return std::move(*result);
}
void must(Result<void, Error> result);

/// The one peer of rooms that have one.
inline constexpr const char* kPeer = "http://10.0.0.2:8444";

/// What an organisation's node writes with, joined as node.cpp joins it, but with a clock that stands still (at
/// registry::testing::kNow), seeded randomness and keys from memory: no sockets, no threads. What is on disk lies in
/// `folder`, so that a second one over the same folder is the node after a restart; in an empty one the guard files say, as
/// after `avow init`, that nothing was signed.
struct Rooms {
  Rooms(const registry::testing::Organisation& whose, std::filesystem::path where,
        std::uint64_t seed = 1, std::vector<std::string> peers = {});
  /// `signing` is the key of the newest entry of its log.
  Rooms(Organisation whose, const core::Ed25519SigningKey& signing, std::filesystem::path where,
        std::uint64_t seed = 1, std::vector<std::string> peers = {},
        const registry::HourLimits& said_again_per_hour = kSaidAgainPerHour);

  /// What a node does with the file that it was handed.
  Result<void, Error> join(const std::string& charter_text);
  Result<void, Error> join(const registry::Charter& charter) { return join(charter.text); }

  void write(const std::function<void(core::Transaction&)>& work);
  void read(const std::function<void(core::Connection&)>& work);

  /// The own feed as it is stored, oldest first.
  std::vector<registry::Statement> said();
  std::vector<std::string> kinds_said();
  /// "credential.issue", …, oldest first.
  std::vector<std::string> audited();
  std::vector<revocation::CredentialRecord> credentials();

  /// A capability credential that may be issued: read the customer's records, for an hour.
  core::Json draft(const Agent& agent) const;
  EnrolmentRequest request(const std::string& name);

  const std::filesystem::path folder;
  const core::Ed25519SigningKey& key;
  const Organisation organisation;
  core::testing::FakeClock clock{registry::testing::kNow};
  core::testing::SeededRandom random;
  std::ostringstream logged;
  Log log{logged, clock};
  AuditLog audit;
  registry::Replica replica;
  registry::DiskGuardFile guard;
  const registry::MemberLog own_log;
  registry::OwnFeed feed;
  registry::DiskGuardFile vote_guard;
  registry::OwnVotes votes;
  std::unique_ptr<core::Database> database;
  std::unique_ptr<did::DocumentStore> documents;
  std::unique_ptr<LocalRuleBook> local_rules;
  std::unique_ptr<AgentStopBook> stops;
  std::unique_ptr<IssuedBatches> issued;
  std::unique_ptr<revocation::StatusListIssuer> lists;
  std::unique_ptr<Membership> membership;
  std::unique_ptr<CredentialIssuer> issuer;
  std::unique_ptr<Enrolment> enrolment;
  std::unique_ptr<OwnDocuments> own_documents;
  std::unique_ptr<AgentStanding> standing;
  std::unique_ptr<KeyCompromise> key_compromise;
};

}  // namespace avow::node::testing
