#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/audit/audit_log.h"
#include "node/membership.h"

namespace avow::node {

/// Changes the documents of the own organisation's agents and people: the next version, what the members hear of it and
/// the audit row in one transaction. The organisation's own document follows from its did:webvh log and is
/// refused here.
class OwnDocuments {
 public:
  struct Parts {
    core::Database& database;
    did::DocumentStore& documents;
    Membership& membership;
    const AuditLog& audit;
    const Organisation& organisation;
    const core::Clock& clock;
  };
  explicit OwnDocuments(const Parts& parts) : parts_(parts) {}

  /// Any member may change but `id` and `controller`, which stays the organisation. The document as it stands
  /// changes nothing.
  /// fails invalid_input (the DID, the document, its controller), not_found, denied (the organisation's own),
  ///       conflict (deactivated), storage, restored_backup
  /// gives the current version
  Result<did::Resolution, Error> update(const std::string& did, const core::Json& document,
                                        const std::string& actor);
  /// Final.
  /// fails as update()
  Result<did::Resolution, Error> deactivate(const std::string& did, const std::string& reason,
                                            const std::string& actor);
  /// The newest versions, newest first, at most 1,000.
  /// fails invalid_input, not_found, storage
  Result<std::vector<did::Resolution>, Error> history(const std::string& did) const;

 private:
  Result<did::Did, Error> changeable(const std::string& did) const;
  Result<void, Error> check_controller(const core::Json& document) const;
  Result<did::Resolution, Error> finish(const did::Did& did, const Result<void, Error>& done);

  Parts parts_;
};

}  // namespace avow::node
