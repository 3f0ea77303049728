#pragma once

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/database.h"
#include "core/json.h"
#include "core/random.h"
#include "core/timestamp.h"
#include "revocation/credential_record.h"
#include "revocation/error.h"
#include "revocation/status_bits.h"
#include "revocation/status_delta.h"
#include "revocation/status_source.h"

namespace avow::revocation {

/// The tables of this room: issued_list, issued_chunk, issued_index, issued_credential.
std::span<const core::Migration> migrations();

/// A new list is opened when so many indexes of the last one are given out: random draws stay
/// short, and the next credentials still hide among many.
inline constexpr std::uint32_t kListFull = kListLength / 2;

/// What a new credential gets.
struct StatusAllocation {
  StatusSlots slots;
  std::vector<core::Json> entries;  // `credentialStatus`: the revocation entry, then the suspension
  /// Lists opened for it: `status.list` statements to append first.
  std::vector<StatusListDeclaration> opened;
};

/// What revoke, suspend or resume did. `before == after`: it was so already, and nothing changed.
struct StatusChange {
  CredentialState before = CredentialState::active;
  CredentialState after = CredentialState::active;
  std::vector<StatusDelta> deltas;  // `status.delta` statements to append
};

/// Lists and set bits of ours that others have been shown and this node has forgotten.
struct ShownBits {
  std::vector<StatusListDeclaration> opened;
  std::vector<StatusSlot> set;
};

/// What restore() took of it: to be said again.
struct Restoration {
  std::vector<StatusListDeclaration> opened;
  std::vector<StatusDelta> deltas;
};

/// A list of ours and its bits as last committed.
struct IssuedList {
  StatusListDeclaration declaration;
  std::shared_ptr<const StatusBits> bits;
};

/// The lists that our organisation publishes and the credentials that it issued.
///
/// All writing happens in the caller's transaction, so that bits, record, statement, outbox and
/// audit row commit together; memory follows after the commit. Faults of SQLite inside a
/// transaction are thrown and end where the Database runs it. Reading lists is thread-safe and
/// never waits for the disk: a reader sees each change whole, several of one transaction one after the other.
class StatusListIssuer final : public StatusSource {
 public:
  /// Lists are served at `<public_url>/status/<name>`. `database` (opened with migrations()) is
  /// read once, `random` is kept.
  /// fails storage (also: bits that are not what their hash says)
  static Result<std::unique_ptr<StatusListIssuer>, Error> load(core::Database& database,
                                                               core::Random& random,
                                                               std::string issuer,
                                                               std::string public_url);

  /// Gives out one random index of a revocation list and one of a suspension list, each never given before.
  /// fails conflict (that id has indexes already)
  Result<StatusAllocation, Error> allocate(core::Transaction& transaction,
                                           const std::string& credential_id);

  /// Stores a credential under the slots that allocate gave to its id.
  /// fails conflict
  Result<void, Error> record(core::Transaction& transaction, const CredentialRecord& credential);

  /// Revoking is final. Suspending, resuming and revoking what is so already changes nothing and is no error.
  /// fails not_found; conflict (suspending or resuming what is revoked)
  Result<StatusChange, Error> revoke(core::Transaction& transaction,
                                     const std::string& credential_id, core::Instant now);
  Result<StatusChange, Error> suspend(core::Transaction& transaction,
                                      const std::string& credential_id, core::Instant now);
  Result<StatusChange, Error> resume(core::Transaction& transaction,
                                     const std::string& credential_id, core::Instant now);

  /// Takes up what an older database has forgotten: lists under the URL at which this node serves them, bits of lists
  /// that are known then, and the state of the credentials that have those bits. Anything else is not ours and left out. No
  /// list that is there afterwards gives out an index again: which ones were given out and never mentioned nobody
  /// knows, and who got one second would be revoked with the first.
  /// fails storage
  Result<Restoration, Error> restore(core::Transaction& transaction, const ShownBits& shown,
                                     core::Instant now);

  /// Of all lists of ours, as that connection sees them.
  static std::vector<StatusListDeclaration> declarations(core::Connection& connection);
  /// The credential that has a bit.
  static std::optional<std::string> holder_of(core::Connection& connection, const StatusSlot& slot);
  static std::optional<CredentialRecord> find_credential(core::Connection& connection,
                                                         const std::string& credential_id);
  static CredentialPage list_credentials(core::Connection& connection,
                                         const CredentialQuery& query);

  /// From memory, as last committed.
  std::vector<IssuedList> lists() const;  // by name
  std::optional<IssuedList> find_list(std::string_view name) const;
  Result<KnownList, Error> find(const std::string& issuer, const std::string& list_url,
                                core::Instant now) const override;
  const std::string& issuer() const { return issuer_; }

 private:
  StatusListIssuer(core::Random& random, std::string issuer, std::string public_url);
  StatusListDeclaration open_list(core::Transaction& transaction, StatusPurpose purpose,
                                  std::uint32_t ordinal);
  /// The list that indexes are taken from now; opens one, and adds it to `opened`, if need be.
  StatusListDeclaration current_list(core::Transaction& transaction, StatusPurpose purpose,
                                     std::vector<StatusListDeclaration>& opened);
  StatusListIndex take_index(core::Transaction& transaction, const StatusListDeclaration& list,
                             const std::string& credential_id);
  bool take_up(core::Transaction& transaction, const StatusListDeclaration& declaration);
  Result<std::vector<StatusListIndex>, Error> set_bits(core::Transaction& transaction,
                                                       const StatusListDeclaration& list,
                                                       const std::vector<StatusListIndex>& set,
                                                       core::Instant now);
  Result<StatusDelta, Error> change_bit(core::Transaction& transaction, const StatusSlot& slot,
                                        StatusPurpose purpose, bool set);
  Result<StatusChange, Error> set_suspended(core::Transaction& transaction,
                                            const std::string& credential_id, bool suspended,
                                            core::Instant now);
  void remember(const StatusListDeclaration& declaration, const StatusBits& bits);

  core::Random& random_;
  const std::string issuer_;
  const std::string public_url_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, IssuedList, std::less<>> lists_;  // by name
};

}  // namespace avow::revocation
