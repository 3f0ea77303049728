#pragma once

#include <string>
#include <vector>

#include "node/agents/agent.h"
#include "node/own_records.h"

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
  explicit Enrolment(const OwnRecords& records) : records_(records) {}

  /// fails invalid_input (name, owner, key), conflict (name, without regard to case, or the key is or was another's),
  ///       feed_full, storage, restored_backup
  Result<Agent, Error> add(const EnrolmentRequest& request, const std::string& actor);
  /// Agents as their documents stand.
  Result<std::vector<Agent>, Error> list() const;
  /// fails not_found, storage
  Result<Agent, Error> find(const std::string& name) const;

 private:
  Result<Agent, Error> describe(const EnrolmentRequest& request, core::Instant now) const;
  Result<void, Error> publish(core::Transaction& transaction, const std::string& did,
                              const core::Json& document, core::Instant now) const;
  Result<void, Error> add_in(core::Transaction& transaction, const Agent& agent,
                             const std::string& actor, core::Instant now) const;
  Result<Agent, Error> as_documented(Agent agent) const;

  OwnRecords records_;
};

}  // namespace avow::node
