#include "node/http/internal/dial.h"

#include "node/http/internal/socket.h"

namespace avow::node::http {
namespace {

constexpr std::size_t kMaxIdleStreams = 4;  // for one purpose
constexpr std::size_t kMaxPurposes = 256;
constexpr std::size_t kMaxAddresses = 4;  // of one host that are tried

}  // namespace

core::Error at(const std::string& where, core::Error error) {
  error.detail = where + ": " + error.detail;
  return error;
}

core::Result<FileDescriptor, core::Error> dial(
    const HostPort& authority, const TimedLookup& names,
    const std::function<bool(const std::string& address)>& may_connect, SteadyTime until) {
  const auto found = names.find(authority.host, until);
  if (!found) return core::fail(found.error());
  std::vector<std::string> allowed;
  for (const std::string& address : *found) {
    if (allowed.size() < kMaxAddresses && may_connect(address)) allowed.push_back(address);
  }
  if (!found->empty() && allowed.empty()) {
    return core::fail(core::Error{core::ErrorCode::blocked_address,
                                  "this host has no address that may be connected to"});
  }
  Result<FileDescriptor, std::string> connected = connect_to_tcp(allowed, authority.port, until);
  if (!connected) return core::fail(unreachable(connected.error()));
  return std::move(*connected);
}

std::unique_ptr<Stream> IdleStreams::take(const std::string& purpose) {
  const std::scoped_lock lock(mutex_);
  const auto found = idle_.find(purpose);
  if (found == idle_.end()) return nullptr;
  while (!found->second.empty()) {
    std::unique_ptr<Stream> stream = std::move(found->second.back());
    found->second.pop_back();
    if (stream->is_quiet()) return stream;
  }
  return nullptr;
}

void IdleStreams::give_back(const std::string& purpose, std::unique_ptr<Stream> stream) {
  const std::scoped_lock lock(mutex_);
  if (idle_.size() > kMaxPurposes) idle_.clear();
  std::vector<std::unique_ptr<Stream>>& idle = idle_[purpose];
  if (idle.size() < kMaxIdleStreams) idle.push_back(std::move(stream));
}

}  // namespace avow::node::http
