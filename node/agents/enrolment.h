#pragma once

#include <string>
#include <vector>

#include "node/agents/agent.h"
#include "node/audit/audit_log.h"
#include "node/membership.h"

namespace avow::node {

struct EnrolmentRequest {
  std::string name;
  std::string version;
  std::string kind;
  std::string owner_name;  // of the person who answers for it
  std::string owner_id;    // path segment; made from the name if empty
  std::string public_key;  // Multikey
};

/// Takes agents into the organisation: a did:web document for the agent and for its owner, served by this node and
/// published in the feed, and the audit row, in one transaction.
class Enrolment {
 public:
  struct Parts {
    core::Database& database;
    did::DocumentStore& documents;
    Membership& membership;
    const AuditLog& audit;
    const Organisation& organisation;
    const core::Clock& clock;
  };
  explicit Enrolment(const Parts& parts) : parts_(parts) {}

  /// fails invalid_input (name, owner, key), conflict (name, without regard to case, or key is taken), storage,
  ///       restored_backup
  Result<Agent, Error> add(const EnrolmentRequest& request, const std::string& actor);
  Result<std::vector<Agent>, Error> list() const;
  /// fails not_found, storage
  Result<Agent, Error> find(const std::string& name) const;

 private:
  Result<Agent, Error> describe(const EnrolmentRequest& request, core::Instant now) const;
  Result<void, Error> publish(core::Transaction& transaction, const std::string& did,
                              const core::Json& document, core::Instant now);
  Parts parts_;
};

}  // namespace avow::node
