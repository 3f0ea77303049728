#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "node/http/address.h"
#include "node/http/internal/connection.h"

namespace avow::node::http {

/// Looks names up within the time that the caller has, which the system's resolver does not know: a name server that is
/// silent holds it for half a minute. Each lookup has a thread of its own. One that its caller gave up goes on there,
/// even after this object, and counts until it ends. Thread-safe.
class TimedLookup {
 public:
  /// Ten fetches a second of names whose servers are silent leave more behind: no name is looked up then until some end.
  /// So whoever must not be kept from it by others has an object of his own.
  static constexpr int kMaxAtOnce = 64;

  explicit TimedLookup(Lookup look_up);

  /// fails timed_out; too_many_fetches (kMaxAtOnce lookups have not ended); unreachable (no thread can be had)
  core::Result<std::vector<std::string>, core::Error> find(const std::string& host,
                                                           SteadyTime until) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace avow::node::http
