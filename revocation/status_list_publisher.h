#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/json.h"
#include "core/timestamp.h"
#include "revocation/error.h"
#include "revocation/status_list_issuer.h"

namespace avow::revocation {

/// A list credential as it is served: `text` to the byte, with a strong ETag over it.
struct PublishedStatusList {
  std::string text;
  std::string etag;  // with its quotes
  core::Instant valid_until;
};

/// Serves our lists as signed credentials. Signs when asked for, and anew when bits have changed or
/// half of the validity has passed; until then the same bytes. Thread-safe.
class StatusListPublisher {
 public:
  /// The document with its proof.
  using Signer = std::function<core::Json(const core::Json& unsigned_credential)>;
  static constexpr core::Milliseconds kDefaultValidity = std::chrono::minutes(15);

  /// validity at least 2 seconds
  StatusListPublisher(const StatusListIssuer& lists, Signer sign,
                      core::Milliseconds validity = kDefaultValidity);

  /// The list of that name.
  /// fails not_found
  Result<std::shared_ptr<const PublishedStatusList>, Error> publish(std::string_view name,
                                                                    core::Instant now);

 private:
  struct Cached {
    std::shared_ptr<const StatusBits> bits;
    core::Instant signed_at;
    std::shared_ptr<const PublishedStatusList> published;
  };

  const StatusListIssuer& lists_;
  const Signer sign_;
  const core::Milliseconds validity_;
  std::mutex mutex_;
  std::map<std::string, Cached, std::less<>> cached_;  // by name
};

}  // namespace avow::revocation
