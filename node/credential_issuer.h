#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "node/agents/agent.h"
#include "node/own_records.h"
#include "node/together.h"
#include "revocation/status_list_issuer.h"
#include "vc/issue.h"

namespace avow::node {

/// What a change of a credential's state did.
struct StateChange {
  revocation::StatusChange change;
  revocation::CredentialRecord record;
  std::optional<registry::SaidAt> said;  // the statement of the own feed that says it
  /// Why the feed could not say it: then it acts here, and the feed catches up.
  std::optional<Error> unsaid;
  std::int64_t audit = 0;  // number of the audit row
};

/// The organisation as issuer. Each undertaking is one transaction: credential record, status bits, statement of
/// the feed, outbox and audit row commit together or not at all.
class CredentialIssuer {
 public:
  struct Parts {
    OwnRecords records;
    revocation::StatusListIssuer& lists;
    const core::Ed25519SigningKey& key;
    core::Random& random;
    vc::Profile profile;  // whose rules what is issued must meet
  };
  explicit CredentialIssuer(const Parts& parts);

  /// Signs a credential, with a revocation and a suspension entry of its own. `actor` is for the audit log.
  /// fails invalid_input (what vc::issue refuses), subject_deactivated (a subject is one of our DIDs that has ended),
  ///       subject_stopped, key_compromised, conflict (that id is taken), feed_full, storage, restored_backup,
  ///       awaiting_witnesses (of the next version)
  Result<core::Json, Error> issue(core::Json credential, const std::string& actor);

  enum class Change { suspend, resume, revoke };
  /// Stops that are asked for within kStopsApart of each other are said together, in one transaction: an hour of the feed
  /// holds 72,000 statements that are urgent. The next stop after a pause is said at once.
  static constexpr std::chrono::milliseconds kStopsApart{50};
  static constexpr std::size_t kMostStops = 256;
  /// A stop is never refused because the feed cannot say it (a fork, a restored backup): it acts here, in our lists
  /// and in what this node verifies, and the feed catches up when it may be written again. What is
  /// so already changes nothing and says nothing further; the audit log keeps that it was asked.
  /// fails not_found, conflict (suspending or resuming what is revoked), storage
  Result<StateChange, Error> change(const std::string& credential_id, Change change,
                                    const std::string& reason, const std::string& actor);

  /// The members of an AgentCapabilityCredential for one of our agents; `claims` may hold capabilities and limits.
  core::Json capability_credential(const Agent& agent, const std::string& type,
                                   const core::Json& claims, core::Instant from,
                                   std::chrono::seconds lifetime) const;

 private:
  Result<core::Json, Error> issue_in(core::Transaction& transaction, core::Json credential,
                                     const std::string& id, const std::string& actor,
                                     core::Instant now);
  Result<void, Error> check_subjects(core::Transaction& transaction,
                                     const std::vector<std::optional<std::string>>& ids) const;
  Result<void, Error> record(core::Transaction& transaction, const core::Json& credential,
                             const revocation::StatusSlots& slots, core::Instant now);
  struct Asked {
    std::string credential_id;
    Change change;
    std::string reason;
    std::string actor;
  };
  using Answer = Result<StateChange, Error>;
  std::vector<Answer> change_all(const std::vector<Asked>& asked);
  Answer begin(core::Transaction& transaction, const Asked& asked, core::Instant now);
  Result<void, Error> say_all(core::Transaction& transaction, std::vector<Answer>& answers,
                              core::Instant now);
  Result<void, Error> say_again(core::Transaction& transaction, const Asked& asked,
                                StateChange& change, core::Instant now);
  void record_change(core::Transaction& transaction, const Asked& asked, StateChange& change,
                     core::Instant now);

  Parts parts_;
  Together<Asked, Answer> stops_;
};

std::string_view name_of(CredentialIssuer::Change change);  // "suspend", "resume", "revoke"

}  // namespace avow::node
