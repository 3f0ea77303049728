#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/ed25519.h"
#include "did/did_webvh_write.h"
#include "registry/charter.h"
#include "registry/statement.h"

namespace avow::registry::testing {

core::Instant at(const char* text);
inline const core::Instant kNow = at("2026-11-21T08:00:00Z");

/// The value, or an exception that says why there is none.
template <class T>
T must(Result<T, Error> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}

void must(Result<void, Error> result);

/// An organisation with a key of its own, derived from `number`.
struct Organisation {
  Organisation(std::uint32_t number, const std::string& domain,
               const did::WebvhWitnesses& witnesses = {});

  static core::Ed25519SigningKey make_key(std::uint32_t number);
  static did::WebvhEntry make_entry(std::uint32_t number, const std::string& domain,
                                    const did::WebvhWitnesses& witnesses = {});

  core::Ed25519SigningKey key;
  did::WebvhEntry entry;
  std::string scid;
  std::string did;
  std::string key_id;
};

/// The keys of `count` witnesses of logs.
std::vector<core::Ed25519SigningKey> witness_keys(std::size_t count);
did::WebvhWitnesses witnesses_of(const std::vector<core::Ed25519SigningKey>& keys);

/// A few organisations and the charter that all of them signed, with `witnesses` (of witness_keys) for their logs.
class Consortium {
 public:
  explicit Consortium(std::size_t size = 3, std::size_t witnesses = 0);

  Charter charter() const;

  std::vector<Organisation> organisations;
  CharterDraft draft;
};

/// The logs of its members, of which none has gone on.
LogOf logs_of(const Charter& charter);

/// Writes a feed by the rules, in memory. Copies go on independently: that is how feeds fork.
class Author {
 public:
  Author(const Organisation& organisation, std::string network);

  /// The author of a later epoch, which continues the statement of that hash. `key` must outlive it.
  Author in_epoch(std::int64_t epoch, const core::Ed25519SigningKey& key, std::string key_id,
                  std::string previous) const;
  const std::string& last() const { return previous_; }

  Statement open(core::Instant time = kNow);
  Statement next(const std::string& kind, core::Json body, core::Instant time = kNow);
  Statement note(const std::string& text, core::Instant time = kNow);
  /// What next() would sign, for a test to change.
  StatementDraft draft(const std::string& kind, core::Json body, core::Instant time = kNow) const;
  const Organisation& organisation() const { return *organisation_; }

 private:
  const Organisation* organisation_;
  std::string network_;
  const core::Ed25519SigningKey* key_;
  std::string key_id_;
  std::int64_t epoch_ = 1;
  std::int64_t sequence_ = 0;
  std::string previous_;
};

core::Json list_body(const std::string& name, const std::string& purpose);

core::Json delta_body(const std::string& name, const std::vector<int>& set,
                      const std::vector<int>& clear = {});

core::Json base_body(const std::string& name, const std::vector<int>& set);

core::Json accredit_body(const std::string& subject, const std::string& type, int depth,
                         const std::string& until = "");

}  // namespace avow::registry::testing
