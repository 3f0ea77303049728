#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/timestamp.h"

namespace avow::core {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::size_t max_response_bytes = 1 << 20;
  Milliseconds deadline{5000};  // for the whole exchange
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string body = {};

  /// The first header of that name; null if there is none.
  const std::string* header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers) {
      if (name == lower_case_name) return &value;
    }
    return nullptr;
  }
};

/// Port: one HTTP exchange, no redirects followed, nothing decompressed. An answer of any status is a response.
/// fails unreachable, timed_out, response_too_large, unsupported_content_encoding, https_required, blocked_address,
///       tls_failure, too_many_fetches
class HttpFetcher {
 public:
  virtual ~HttpFetcher() = default;
  virtual Result<HttpResponse, Error> fetch(const HttpRequest& request) = 0;
};

}  // namespace avow::core
