#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/http_fetcher.h"
#include "core/json.h"
#include "node/cli/commands.h"
#include "node/error.h"

namespace avow::node::cli {

/// What a node answered: any status below 500 that carries JSON.
struct Answer {
  int status = 0;
  core::Json body;
};

/// Talks to one node: the own one through its admin socket, or any through its public URL.
class NodeClient {
 public:
  static NodeClient admin_socket(const std::filesystem::path& data_directory);
  /// http:// reaches loopback and private addresses, https:// any.
  /// fails usage: no http or https URL, or one with a query
  static Result<NodeClient, Error> at(const std::string& base_url);

  /// fails unreachable; what the node's problem details say, when the status is not 2xx
  Result<core::Json, Error> get(std::string_view path) const;
  Result<core::Json, Error> post(std::string_view path, const core::Json& body) const;
  /// The answer whatever its status: for verdicts, where 400 is an answer.
  Result<Answer, Error> exchange(std::string_view method, std::string_view path, std::string body,
                                 std::string_view accept = "application/json") const;

 private:
  NodeClient(std::unique_ptr<core::HttpFetcher> fetcher, std::string base_url, std::string name);
  std::unique_ptr<core::HttpFetcher> fetcher_;
  std::string base_url_;
  std::string name_;  // for messages
};

/// The node that a command speaks to.
/// fails as NodeClient::at, not_initialised
Result<NodeClient, Error> client_of(const Target& target);

}  // namespace avow::node::cli
