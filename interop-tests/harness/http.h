#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/ed25519.h"
#include "core/http_fetcher.h"
#include "core/json.h"

namespace avow::interop {

/// What came back. `status` 0: nobody answered, `text` says why.
struct Reply {
  int status = 0;
  core::Json body;  // null if the text is no JSON
  std::string text;
  std::vector<std::pair<std::string, std::string>> headers = {};

  bool ok() const { return status >= 200 && status < 300; }
  /// `code` of a problem or a verdict; empty if there is none.
  std::string code() const;
  /// The first header of that name, in any case; empty if there is none.
  std::string header(std::string_view name) const;
};

/// Speaks to one listener of a node. Thread-safe.
class Client {
 public:
  static Client at(std::string base_url);
  /// A node's peer listener that speaks TLS, asked as the node with this key, which is the listener's own as well.
  static Client at_keyed(std::string base_url, const core::Ed25519SigningKey& key);
  static Client over(const std::filesystem::path& unix_socket);

  Reply get(const std::string& path) const;
  Reply post(const std::string& path, const core::Json& body = core::Json::object()) const;
  /// `request.url` is a path here.
  Reply exchange(core::HttpRequest request) const;

 private:
  Client(std::shared_ptr<core::HttpFetcher> fetcher, std::string base_url);
  std::shared_ptr<core::HttpFetcher> fetcher_;
  std::string base_url_;
};

}  // namespace avow::interop
