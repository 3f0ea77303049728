#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "core/clock.h"
#include "core/http_fetcher.h"
#include "core/random.h"
#include "core/secret_bytes.h"
#include "node/data_directory.h"
#include "node/error.h"
#include "node/http/url.h"
#include "node/log.h"
#include "vc/verdict.h"

namespace avow::node {

struct NodeConfig {
  DataDirectory directory;
  http::HostPort listen;
  std::optional<http::HostPort> peer_listen;
  /// TLS with the node's key; else plain HTTP, in which nobody is authenticated: loopback and private addresses alone.
  bool peer_tls = false;
  std::string
      peer_url;  // with TLS, where other members' nodes reach it; https:// and peer_listen if empty
  std::optional<std::filesystem::path> charter;
  std::vector<std::string> peers;  // other members' peer listeners, as gossip::parse_peer has them
  std::string public_url;          // "https://DOMAIN" if empty
  vc::Profile default_profile = vc::Profile::consortium;
  std::optional<std::filesystem::path> witness_key;  // its guard file stands beside it
  std::vector<uid_t> admin_uids;  // may use the admin socket beside the node's own user; e.g. root
  bool only_default_profile = false;  // on the public listener; the admin may always choose
  bool allow_loopback = false;
  std::size_t open_files = 1024;  // that the process may have (RLIMIT_NOFILE)
};

/// The world that a node is handed.
struct World {
  const core::Clock& clock;
  core::Random& random;
  core::HttpFetcher& fetcher;                 // to peers that speak plain HTTP, on private networks
  core::HttpFetcher& https_for_verification;  // to strangers
  core::HttpFetcher& https_for_resolution;    // to strangers; not the same, see Strangers
  Log& log;
};

/// The composition root: the one place that joins the rooms. One process, one data directory, one organisation.
class Node {
 public:
  /// Opens everything and binds the listeners; answers nothing yet. Nothing is changed if it fails before the
  /// database opens, but that the keys of the node are made if there are none.
  /// fails not_initialised, wrong_passphrase, keystore_…, locked, schema_newer, port_in_use, address_refused,
  ///       charter_invalid, configuration, not_found (the charter's file), storage
  static Result<std::unique_ptr<Node>, Error> open(const NodeConfig& config,
                                                   core::SecretBytes passphrase,
                                                   const World& world);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void start();
  /// Answers what was begun, stops the gossip, closes the database.
  void stop();

  const Organisation& organisation() const;
  std::uint16_t public_port() const;
  std::optional<std::uint16_t> peer_port() const;
  const std::string& public_url() const;
  /// Multikey
  const std::string& node_key() const;
  /// What other members give to --peer: the peer listener's URL, with TLS and its key; "" if there is none.
  std::string peer_address() const;
  /// Method and pattern of what the admin socket answers: for tests to see that no other listener does.
  std::vector<std::pair<std::string, std::string>> admin_routes() const;

 private:
  struct Rooms;
  explicit Node(std::unique_ptr<Rooms> rooms);
  std::unique_ptr<Rooms> rooms_;
};

}  // namespace avow::node
