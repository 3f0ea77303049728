#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "interop-tests/harness/http.h"
#include "interop-tests/harness/process.h"

namespace avow::interop {

/// A loopback port at this test program's own address (one of 127.64.0.0/10, by its process id), reserved while this lives:
/// a program may listen on it again and again, and nobody who asks for a free port is given it.
class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;
  std::uint16_t number() const { return number_; }

 private:
  int descriptor_;
  std::uint16_t number_ = 0;
};

std::string own_address();

/// The file of kPassphrase in `folder`.
std::filesystem::path written_passphrase(const std::filesystem::path& folder);

inline constexpr const char* kPassphrase = "correct horse battery staple";

/// An organisation with its data directory and, when it was started, its node.
class Node {
 public:
  /// Of the organisation in `folder`/`name`, for the domain NAME.example. Where there is none, runs `avow init` with the
  /// words given; throws if that fails.
  Node(const std::filesystem::path& folder, const std::string& name,
       const std::vector<std::string>& init_words = {});

  // Taken into account by the next launch().
  std::optional<std::filesystem::path> charter;
  std::vector<std::string> peers;         // peer URLs
  bool has_tls = false;                   // its peer listener; plain HTTP if not
  std::vector<std::string> more_options;  // further words of `avow serve`
  /// A program that runs another, and its words: everything of this node is started through it.
  std::vector<std::string> wrapper;
  /// Where the test sees the node's files, if `wrapper` puts it into a mount namespace of its own.
  std::filesystem::path root = "/";

  /// Starts the process and waits until it answers /healthz. Throws with what it said if it ends.
  void launch();
  /// launch(), and waits until it answers /readyz with 200, and signs if one of its peers is up.
  void start();
  /// After its start a node with peers signs nothing until one has shown what it holds of its feed.
  void wait_until_it_signs() const;
  void kill();  // SIGKILL
  /// SIGTERM; throws if the node does not end with 0.
  void stop();
  void restart() {
    stop();
    start();
  }
  bool running() { return process_ != nullptr && process_->running(); }
  Process& process() { return *process_; }

  /// The words that launch() would run.
  std::vector<std::string> serve_words() const;
  /// `avow <words> --data DIR [--json]` to its end; --passphrase-file is for the caller to add.
  Finished avow(std::vector<std::string> words) const;

  Client admin() const { return Client::over(seen(data()) / "admin.sock"); }
  Client at_public() const { return Client::at(public_url()); }
  Client at_peer() const {
    return has_tls ? Client::at_keyed(peer_url(), node_key()) : Client::at(peer_url());
  }

  const std::string& name() const { return name_; }
  const std::string& did() const { return did_; }
  const std::string& scid() const { return scid_; }
  std::string domain() const { return name_ + ".example"; }
  const std::filesystem::path& data() const { return data_; }
  /// One of the node's paths as the test reaches it.
  std::filesystem::path seen(const std::filesystem::path& path) const {
    return root / path.relative_path();
  }
  const std::filesystem::path& passphrase_file() const { return passphrase_file_; }
  std::string public_url() const { return url(public_port()); }
  /// Of its peer listener.
  core::Ed25519SigningKey node_key() const;
  std::string peer_url() const { return (has_tls ? "https" : "http") + url(peer_port()).substr(4); }
  std::uint16_t public_port() const { return public_port_.number(); }
  std::uint16_t peer_port() const { return peer_port_.number(); }

 private:
  static std::string url(std::uint16_t port);
  const std::string name_;
  const std::filesystem::path data_;
  const std::filesystem::path passphrase_file_;
  std::string did_;
  std::string scid_;
  ReservedPort public_port_;
  ReservedPort peer_port_;
  std::unique_ptr<Process> process_;
};

/// What `avow audit verify` says of the node's database, if it does not say that it is sound; else nothing.
std::string audit_complaint(const Node& node);

}  // namespace avow::interop
