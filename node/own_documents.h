#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/own_records.h"

namespace avow::node {

/// What a change of an own document did.
struct DocumentChange {
  did::Resolution current;
  /// Why the feed could not say it: then it acts here, and members hear of it when the feed may be written again.
  std::optional<Error> unsaid = {};
};

/// Changes the documents of the own organisation's agents and people: the next version, what the members hear of it and
/// the audit row in one transaction. The organisation's own document follows from its did:webvh log and is
/// refused here.
class OwnDocuments {
 public:
  explicit OwnDocuments(const OwnRecords& records) : records_(records) {}

  /// Any member may change but `id` and `controller`, which stays the organisation; and no key may be, or have been,
  /// another agent's. The document as it stands changes nothing.
  /// fails invalid_input (the DID, the document, its controller), not_found, denied (the organisation's own),
  ///       conflict (deactivated, another's key), feed_full, storage, restored_backup
  Result<DocumentChange, Error> update(const std::string& did, const core::Json& document,
                                       const std::string& actor);
  /// Final. Like every stop it is never refused because the feed cannot say it.
  /// fails invalid_input, not_found, denied, conflict (deactivated already), storage
  Result<DocumentChange, Error> deactivate(const std::string& did, const std::string& reason,
                                           const std::string& actor);
  /// The newest versions, newest first, at most 1,000. Those of the organisation's own DID are the entries of its log.
  /// fails invalid_input, not_found, storage
  Result<std::vector<did::Resolution>, Error> history(const std::string& did) const;

 private:
  bool is_of_organisation(const did::Did& did) const;
  Result<std::vector<did::Resolution>, Error> history_of_organisation(const did::Did& did) const;
  Result<did::Did, Error> changeable(const std::string& did) const;
  Result<void, Error> check_controller(const core::Json& document) const;
  Result<void, Error> claim_keys(core::Transaction& transaction, const did::Did& did,
                                 const core::Json& document) const;
  Result<void, Error> update_in(core::Transaction& transaction, const did::Did& did,
                                const core::Json& document, const std::string& actor,
                                core::Instant now) const;
  Result<std::optional<Error>, Error> deactivate_in(core::Transaction& transaction,
                                                    const did::Did& did, const std::string& reason,
                                                    const std::string& actor,
                                                    core::Instant now) const;
  Result<DocumentChange, Error> as_it_stands(const did::Did& did,
                                             std::optional<Error> unsaid) const;

  OwnRecords records_;
};

}  // namespace avow::node
