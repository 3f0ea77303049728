#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/database.h"
#include "core/timestamp.h"
#include "revocation/credential_record.h"
#include "revocation/error.h"
#include "revocation/status_bits.h"
#include "revocation/status_delta.h"

/// What StatusListIssuer keeps on disk. Faults of SQLite are thrown and end where the Database runs its caller.
namespace avow::revocation::store {

struct StoredList {
  StatusListDeclaration declaration;
  std::uint32_t ordinal = 1;    // within its purpose
  std::uint32_t allocated = 0;  // indexes given out; kListFull at least if it is closed
};

std::vector<StoredList> all_lists(core::Connection& connection);
/// The list of that purpose that was opened last.
std::optional<StoredList> newest_list(core::Connection& connection, StatusPurpose purpose);
/// With all bits clear.
void insert_list(core::Connection& connection, const StatusListDeclaration& declaration,
                 std::uint32_t ordinal);

/// fails storage: no bits, or not those that were written
Result<StatusBits, Error> read_bits(core::Connection& connection, const std::string& list);
void write_bits(core::Connection& connection, const std::string& list, const StatusBits& bits);

/// Gives an index to a credential. False: it is taken.
bool take_index(core::Connection& connection, const StatusSlot& slot, StatusPurpose purpose,
                const std::string& credential_id);
/// No index of the lists that are there is given out again.
void close_lists(core::Connection& connection);
/// The credential that was given an index.
std::optional<std::string> holder_of(core::Connection& connection, const StatusSlot& slot);
/// The index of that purpose that a credential was given.
std::optional<StatusSlot> slot_of(core::Connection& connection, StatusPurpose purpose,
                                  const std::string& credential_id);

void insert_credential(core::Connection& connection, const CredentialRecord& credential);
void set_state(core::Connection& connection, const std::string& credential_id,
               CredentialState state, core::Instant changed_at);
std::optional<CredentialRecord> find_credential(core::Connection& connection,
                                                const std::string& credential_id);
CredentialPage list_credentials(core::Connection& connection, const CredentialQuery& query);

}  // namespace avow::revocation::store
