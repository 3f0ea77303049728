#pragma once

#include <cstddef>
#include <string>
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
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

/// Port: one HTTP exchange, no redirects followed, nothing decompressed. An answer of any status is a response.
/// fails unreachable, response_too_large
class HttpFetcher {
 public:
  virtual ~HttpFetcher() = default;
  virtual Result<HttpResponse, Error> fetch(const HttpRequest& request) = 0;
};

}  // namespace avow::core
