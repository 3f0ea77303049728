#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/http_fetcher.h"

namespace avow::core::testing {

/// A network that holds exactly what a test put there; any other URL is unreachable. Thread-safe.
class ScriptedFetcher final : public HttpFetcher {
 public:
  void respond(const std::string& url, HttpResponse response) {
    const std::lock_guard lock(mutex_);
    answers_.insert_or_assign(url, std::move(response));
  }
  void respond(const std::string& url, std::string body) {
    HttpResponse response;
    response.status = 200;
    response.body = std::move(body);
    respond(url, std::move(response));
  }
  void refuse(const std::string& url, Error error) {
    const std::lock_guard lock(mutex_);
    answers_.insert_or_assign(url, fail(std::move(error)));
  }

  Result<HttpResponse, Error> fetch(const HttpRequest& request) override {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const auto answer = answers_.find(request.url);
    if (answer == answers_.end()) {
      return fail(Error{ErrorCode::unreachable, "nothing was scripted for " + request.url});
    }
    if (answer->second && answer->second->body.size() > request.max_response_bytes) {
      return fail(Error{ErrorCode::response_too_large, "the scripted body is over the limit"});
    }
    return answer->second;
  }

  /// What was asked, oldest first.
  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Result<HttpResponse, Error>> answers_;
  std::vector<HttpRequest> requests_;
};

}  // namespace avow::core::testing
