#pragma once

#include <cstddef>
#include <string_view>

#include "core/http_fetcher.h"
#include "did/did_web.h"
#include "did/host_answers.h"

namespace avow::did::internal {

/// A file that stands where a DID says: what, and how much of it is read.
struct HostedFile {
  std::string_view path;       // below the host, percent-encoded
  std::string_view accept;     // media types
  std::size_t max_size;        // bytes
  std::string_view too_large;  // what to say if it has more
};

/// What the host answers with status 200.
/// fails not_found (404, 410); document_too_large, representation_not_supported (compressed); blocked_address, tls_failure,
///       too_many_fetches; timed_out; unavailable (no answer, or another status: no redirect is followed)
Result<core::HttpResponse, Error> fetch_from_host(core::HttpFetcher& fetcher,
                                                  const WebLocation& location,
                                                  const HostedFile& file, Localhost localhost);

/// Did the host itself say so? Anything else may be the work of whoever stands between.
bool is_hosts_word(ErrorCode code);

}  // namespace avow::did::internal
