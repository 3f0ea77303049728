#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "revocation/error.h"
#include "revocation/status_bits.h"

namespace avow::revocation {

/// A list as it stands now. `bits` does not change while this exists.
struct KnownList {
  std::string issuer;                   // the DID whose list it is
  std::vector<StatusPurpose> purposes;  // usually one
  core::ByteView bits;                  // at least 131,072 of them
  std::shared_ptr<const void> owner;  // keeps `bits` alive; null if they live as long as the source
  /// What the answer rests on, e.g. {"sequence":41,"ageSeconds":3}; joined to the evidence of the check.
  core::Json evidence = core::Json::object();
};

/// Port: the lists that can be asked about. Thread-safe.
class StatusSource {
 public:
  virtual ~StatusSource() = default;
  /// The list published at `list_url`, whoever's it is: the checker compares. `issuer` is the
  /// credential's, and says whose lists to look at first.
  /// fails status_retrieval_error (not known or not reachable), registry_stale, and what reading a list fails with
  virtual Result<KnownList, Error> find(const std::string& issuer, const std::string& list_url,
                                        core::Instant now) const = 0;
};

}  // namespace avow::revocation
