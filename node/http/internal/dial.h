#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "node/http/internal/stream.h"
#include "node/http/internal/timed_lookup.h"
#include "node/http/url.h"

namespace avow::node::http {

/// Looks the host up, once, and connects to an address that `may_connect` allows.
/// fails unreachable, timed_out, too_many_fetches, blocked_address
core::Result<FileDescriptor, core::Error> dial(
    const HostPort& authority, const TimedLookup& names,
    const std::function<bool(const std::string& address)>& may_connect, SteadyTime until);

/// The error, with where it was met before it.
core::Error at(const std::string& where, core::Error error);

/// Connections that are not in use, each under what it may be used for again. Thread-safe.
class IdleStreams {
 public:
  /// One that is still open and silent; null if there is none.
  std::unique_ptr<Stream> take(const std::string& purpose);
  /// Not kept beyond a bound.
  void give_back(const std::string& purpose, std::unique_ptr<Stream> stream);

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::unique_ptr<Stream>>> idle_;
};

}  // namespace avow::node::http
