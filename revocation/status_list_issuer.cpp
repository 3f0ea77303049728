#include "revocation/status_list_issuer.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "revocation/internal/sqlite_status_store.h"
#include "vc/status_entry.h"

namespace avow::revocation {

namespace {

/// Of a list that others name: far more than anybody opens, far from the end of the numbers.
constexpr std::uint32_t kMaxOrdinal = 1'000'000;

// Lists are left when half full, so each draw hits a free index with a chance over 1/2: so many misses do not
// happen by chance.
constexpr int kMaxDraws = 256;

/// "r1", "s2".
std::string list_name(StatusPurpose purpose, std::uint32_t ordinal) {
  return std::string(name_of(purpose).substr(0, 1)) + std::to_string(ordinal);
}

/// The number in a list's name, if it is one that open_list could have given.
std::optional<std::uint32_t> ordinal_in(const StatusListDeclaration& declaration) {
  std::uint32_t ordinal = 0;
  const auto* end = declaration.list.data() + declaration.list.size();
  if (declaration.list.empty()) return std::nullopt;
  const auto read = std::from_chars(declaration.list.data() + 1, end, ordinal);
  if (read.ec != std::errc() || ordinal == 0 || ordinal > kMaxOrdinal) return std::nullopt;
  if (list_name(declaration.purpose, ordinal) != declaration.list) return std::nullopt;
  return ordinal;
}

tl::unexpected<Error> not_found(const std::string& credential_id) {
  return fail(
      Error{ErrorCode::not_found, "no credential " + credential_id + " was issued by this node"});
}

}  // namespace

std::string_view name_of(CredentialState state) {
  switch (state) {
    case CredentialState::active:
      return "active";
    case CredentialState::suspended:
      return "suspended";
    case CredentialState::revoked:
      return "revoked";
  }
  return "";
}

StatusListIssuer::StatusListIssuer(core::Random& random, std::string issuer, std::string public_url)
    : random_(random), issuer_(std::move(issuer)), public_url_(std::move(public_url)) {}

Result<std::unique_ptr<StatusListIssuer>, Error> StatusListIssuer::load(core::Database& database,
                                                                        core::Random& random,
                                                                        std::string issuer,
                                                                        std::string public_url) {
  std::unique_ptr<StatusListIssuer> loaded(
      new StatusListIssuer(random, std::move(issuer), std::move(public_url)));
  std::optional<Error> fault;
  const auto read = database.read([&](core::Connection& connection) {
    for (const auto& list : store::all_lists(connection)) {
      const auto bits = store::read_bits(connection, list.declaration.list);
      if (!bits) {
        fault = bits.error();
        return;
      }
      loaded->remember(list.declaration, *bits);
    }
  });
  if (!read) return fail(Error{ErrorCode::storage, read.error().detail});
  if (fault) return fail(*fault);
  return loaded;
}

void StatusListIssuer::remember(const StatusListDeclaration& declaration, const StatusBits& bits) {
  // A new snapshot instead of a change in place: who holds the old one reads it to the end untorn.
  IssuedList list{declaration, std::make_shared<const StatusBits>(bits)};
  const std::unique_lock lock(mutex_);
  lists_.insert_or_assign(declaration.list, std::move(list));
}

StatusListDeclaration StatusListIssuer::open_list(core::Transaction& transaction,
                                                  StatusPurpose purpose, std::uint32_t ordinal) {
  const auto name = list_name(purpose, ordinal);
  StatusListDeclaration declaration{name, purpose, public_url_ + "/status/" + name};
  store::insert_list(transaction, declaration, ordinal);
  transaction.after_commit([this, declaration] { remember(declaration, StatusBits()); });
  return declaration;
}

StatusListDeclaration StatusListIssuer::current_list(core::Transaction& transaction,
                                                     StatusPurpose purpose,
                                                     std::vector<StatusListDeclaration>& opened) {
  const auto newest = store::newest_list(transaction, purpose);
  if (newest && newest->allocated < kListFull) return newest->declaration;
  opened.push_back(open_list(transaction, purpose, newest ? newest->ordinal + 1 : 1));
  return opened.back();
}

StatusListIndex StatusListIssuer::take_index(core::Transaction& transaction,
                                             const StatusListDeclaration& list,
                                             const std::string& credential_id) {
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    const StatusSlot slot{list.list, StatusListIndex(core::uniform(random_, kListLength))};
    if (store::take_index(transaction, slot, list.purpose, credential_id)) return slot.index;
  }
  throw std::runtime_error("no free index was drawn: the random numbers repeat");
}

Result<StatusAllocation, Error> StatusListIssuer::allocate(core::Transaction& transaction,
                                                           const std::string& credential_id) {
  if (store::slot_of(transaction, StatusPurpose::revocation, credential_id)) {
    return fail(
        Error{ErrorCode::conflict, "credential " + credential_id + " has status indexes already"});
  }
  StatusAllocation allocation;
  const auto take = [&](StatusPurpose purpose) {
    const auto list = current_list(transaction, purpose, allocation.opened);
    const auto index = take_index(transaction, list, credential_id);
    allocation.entries.push_back(vc::make_status_entry(name_of(purpose), list.url, index.value()));
    return StatusSlot{list.list, index};
  };
  allocation.slots.revocation = take(StatusPurpose::revocation);
  allocation.slots.suspension = take(StatusPurpose::suspension);
  return allocation;
}

Result<void, Error> StatusListIssuer::record(core::Transaction& transaction,
                                             const CredentialRecord& credential) {
  if (store::slot_of(transaction, StatusPurpose::revocation, credential.id) !=
          credential.slots.revocation ||
      store::slot_of(transaction, StatusPurpose::suspension, credential.id) !=
          credential.slots.suspension) {
    return fail(Error{ErrorCode::conflict,
                      "credential " + credential.id + " was not given these status indexes"});
  }
  if (store::find_credential(transaction, credential.id)) {
    return fail(Error{ErrorCode::conflict, "credential " + credential.id + " is recorded already"});
  }
  store::insert_credential(transaction, credential);
  return {};
}

Result<StatusDelta, Error> StatusListIssuer::change_bit(core::Transaction& transaction,
                                                        const StatusSlot& slot,
                                                        StatusPurpose purpose, bool set) {
  // Read from the transaction, not from memory: an earlier one of the same group commit may not be in memory yet.
  auto bits = store::read_bits(transaction, slot.list);
  if (!bits) return fail(bits.error());
  StatusDelta delta{slot.list, {}, {}};
  (set ? delta.set : delta.clear).push_back(slot.index);
  if (auto applied = apply(delta, purpose, *bits); !applied) return fail(applied.error());
  store::write_bits(transaction, slot.list, *bits);
  transaction.after_commit([this, list = slot.list, changed = *bits] {
    if (const auto known = find_list(list)) remember(known->declaration, changed);
  });
  return delta;
}

Result<StatusChange, Error> StatusListIssuer::revoke(core::Transaction& transaction,
                                                     const std::string& credential_id,
                                                     core::Instant now) {
  const auto credential = store::find_credential(transaction, credential_id);
  if (!credential) return not_found(credential_id);
  StatusChange change{credential->state, CredentialState::revoked, {}};
  if (change.before == change.after) return change;
  // A suspended credential keeps its suspension bit: it tells no lie, and one delta less is one fault less.
  auto delta =
      change_bit(transaction, credential->slots.revocation, StatusPurpose::revocation, true);
  if (!delta) return fail(delta.error());
  change.deltas.push_back(std::move(*delta));
  store::set_state(transaction, credential_id, change.after, now);
  return change;
}

Result<StatusChange, Error> StatusListIssuer::set_suspended(core::Transaction& transaction,
                                                            const std::string& credential_id,
                                                            bool suspended, core::Instant now) {
  const auto credential = store::find_credential(transaction, credential_id);
  if (!credential) return not_found(credential_id);
  if (credential->state == CredentialState::revoked) {
    return fail(Error{ErrorCode::conflict, "credential " + credential_id +
                                               " is revoked, which is final; issue a new one"});
  }
  StatusChange change{
      credential->state, suspended ? CredentialState::suspended : CredentialState::active, {}};
  if (change.before == change.after) return change;
  auto delta =
      change_bit(transaction, credential->slots.suspension, StatusPurpose::suspension, suspended);
  if (!delta) return fail(delta.error());
  change.deltas.push_back(std::move(*delta));
  store::set_state(transaction, credential_id, change.after, now);
  return change;
}

Result<StatusChange, Error> StatusListIssuer::suspend(core::Transaction& transaction,
                                                      const std::string& credential_id,
                                                      core::Instant now) {
  return set_suspended(transaction, credential_id, /*suspended=*/true, now);
}

Result<StatusChange, Error> StatusListIssuer::resume(core::Transaction& transaction,
                                                     const std::string& credential_id,
                                                     core::Instant now) {
  return set_suspended(transaction, credential_id, /*suspended=*/false, now);
}

/// False: it is there, or none of ours.
bool StatusListIssuer::take_up(core::Transaction& transaction,
                               const StatusListDeclaration& declaration) {
  const auto ordinal = ordinal_in(declaration);
  if (!ordinal || declaration.url != public_url_ + "/status/" + declaration.list) return false;
  const auto lists = store::all_lists(transaction);
  const bool is_there = std::any_of(lists.begin(), lists.end(), [&](const store::StoredList& list) {
    return list.declaration.list == declaration.list || list.declaration.url == declaration.url;
  });
  if (is_there) return false;
  store::insert_list(transaction, declaration, *ordinal);
  transaction.after_commit([this, declaration] { remember(declaration, StatusBits()); });
  return true;
}

/// gives those that were clear
Result<std::vector<StatusListIndex>, Error> StatusListIssuer::set_bits(
    core::Transaction& transaction, const StatusListDeclaration& list,
    const std::vector<StatusListIndex>& set, core::Instant now) {
  auto bits = store::read_bits(transaction, list.list);
  if (!bits) return fail(bits.error());
  std::vector<StatusListIndex> changed;
  for (const auto index : set) {
    if (bits->get(index)) continue;
    bits->set(index);
    changed.push_back(index);
    const auto id = store::holder_of(transaction, {list.list, index});
    const auto credential = id ? store::find_credential(transaction, *id) : std::nullopt;
    if (!credential || credential->state == CredentialState::revoked) continue;
    store::set_state(transaction, *id,
                     list.purpose == StatusPurpose::revocation ? CredentialState::revoked
                                                               : CredentialState::suspended,
                     now);
  }
  store::write_bits(transaction, list.list, *bits);
  transaction.after_commit([this, list, bits = *bits] { remember(list, bits); });
  return changed;
}

Result<Restoration, Error> StatusListIssuer::restore(core::Transaction& transaction,
                                                     const ShownBits& shown, core::Instant now) {
  Restoration restored;
  for (const auto& declaration : shown.opened) {
    if (take_up(transaction, declaration)) restored.opened.push_back(declaration);
  }
  std::map<std::string, std::vector<StatusListIndex>, std::less<>> by_list;
  for (const auto& slot : shown.set) by_list[slot.list].push_back(slot.index);
  for (const auto& list : store::all_lists(transaction)) {
    const auto found = by_list.find(list.declaration.list);
    if (found == by_list.end()) continue;
    auto changed = set_bits(transaction, list.declaration, found->second, now);
    if (!changed) return fail(changed.error());
    for (auto& delta : make_deltas(list.declaration.list, std::move(*changed), {}))
      restored.deltas.push_back(std::move(delta));
  }
  store::close_lists(transaction);
  return restored;
}

std::vector<StatusListDeclaration> StatusListIssuer::declarations(core::Connection& connection) {
  std::vector<StatusListDeclaration> all;
  for (auto& list : store::all_lists(connection)) all.push_back(std::move(list.declaration));
  return all;
}

std::optional<std::string> StatusListIssuer::holder_of(core::Connection& connection,
                                                       const StatusSlot& slot) {
  return store::holder_of(connection, slot);
}

std::optional<CredentialRecord> StatusListIssuer::find_credential(
    core::Connection& connection, const std::string& credential_id) {
  return store::find_credential(connection, credential_id);
}

CredentialPage StatusListIssuer::list_credentials(core::Connection& connection,
                                                  const CredentialQuery& query) {
  return store::list_credentials(connection, query);
}

std::vector<IssuedList> StatusListIssuer::lists() const {
  const std::shared_lock lock(mutex_);
  std::vector<IssuedList> all;
  all.reserve(lists_.size());
  for (const auto& entry : lists_) all.push_back(entry.second);
  return all;
}

std::optional<IssuedList> StatusListIssuer::find_list(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = lists_.find(name);
  if (found == lists_.end()) return std::nullopt;
  return found->second;
}

Result<KnownList, Error> StatusListIssuer::find(const std::string& /*issuer*/,
                                                const std::string& list_url,
                                                core::Instant /*now*/) const {
  // Names are unique and end the URL; the whole URL is compared, as a list keeps the one it was opened with.
  const auto list = find_list(std::string_view(list_url).substr(list_url.rfind('/') + 1));
  if (!list || list->declaration.url != list_url) {
    return fail(Error{ErrorCode::status_retrieval_error, "no list is published at that URL"});
  }
  return KnownList{issuer_,
                   {list->declaration.purpose},
                   list->bits->bytes(),
                   list->bits,
                   core::Json::object({{"source", "own"}})};
}

}  // namespace avow::revocation
