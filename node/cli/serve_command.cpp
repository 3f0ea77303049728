// `avow serve`, and reading passphrases.

#include <algorithm>
#include <csignal>
#include <iostream>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "node/cli/commands.h"
#include "node/cli/passphrase_source.h"
#include "node/http/client.h"
#include "node/keystore/passphrase.h"
#include "node/node.h"
#include "node/version.h"

namespace avow::node::cli {
namespace {

/// Keys are in this process: no core dump and no other process of this user may read them.
void protect_memory() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// Every connection is an open file, and so is every file a revocation is written to: the usual 1,024
/// are fewer than the listeners take.
/// gives how many may be open now
std::size_t allow_open_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return NodeConfig().open_files;
  files.rlim_cur = std::max(files.rlim_cur, std::min<rlim_t>(files.rlim_max, 8192));
  ::setrlimit(RLIMIT_NOFILE, &files);
  return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : NodeConfig().open_files;
}

/// Blocks the signals that end the node, in this thread and all that it starts; gives them as the set to wait for.
sigset_t block_ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return signals;
}

Result<NodeConfig, Error> config_of(const ServeOptions& options) {
  NodeConfig config;
  config.directory.root = options.data;
  auto listen = http::parse_host_port(options.listen);
  if (!listen)
    return fail(Error{ErrorCode::usage, "--listen " + options.listen + " is not an address",
                      listen.error().why, "write ADDR:PORT, e.g. 127.0.0.1:8443"});
  config.listen = *listen;
  if (!options.peer_listen.empty()) {
    std::string_view address = options.peer_listen;
    config.peer_tls = !address.starts_with("http://");
    address.remove_prefix(!config.peer_tls ? 7 : address.starts_with("https://") ? 8 : 0);
    auto peer = http::parse_host_port(address);
    if (!peer)
      return fail(Error{ErrorCode::usage,
                        "--peer-listen " + options.peer_listen + " is not an address",
                        peer.error().why,
                        "write ADDR:PORT, e.g. 10.0.0.5:8444, or http://ADDR:PORT without TLS"});
    config.peer_listen = *peer;
  }
  if (!options.charter.empty()) config.charter = options.charter;
  config.peer_url = options.peer_url;
  config.peers = options.peers;
  if (!options.witness_key.empty()) config.witness_key = options.witness_key;
  config.public_url = options.public_url;
  config.default_profile =
      options.default_profile == "w3c" ? vc::Profile::w3c : vc::Profile::consortium;
  config.admin_uids.assign(options.admin_uids.begin(), options.admin_uids.end());
  config.only_default_profile = options.only_default_profile;
  config.allow_loopback = options.allow_loopback;
  return config;
}

}  // namespace

Result<core::SecretBytes, Error> read_passphrase(const PassphraseSource& source,
                                                 std::string_view prompt, const Console& console) {
  if (!source.file.empty()) {
    if (is_readable_by_others(source.file))
      console.warning("others than its owner can read the passphrase file " + source.file +
                      ": chmod 600, unless nobody else is on this machine");
    return passphrase_from_file(source.file);
  }
  if (source.descriptor >= 0) return passphrase_from_descriptor(source.descriptor);
  return passphrase_from_terminal(prompt);
}

Result<core::SecretBytes, Error> read_new_passphrase(const PassphraseSource& source,
                                                     std::string_view prompt,
                                                     const Console& console) {
  auto passphrase = read_passphrase(source, prompt, console);
  if (!passphrase) return passphrase;
  if (auto checked = check_new_passphrase(*passphrase); !checked) return fail(checked.error());
  return passphrase;
}

int serve(const ServeOptions& options, const Console& console) {
  auto config = config_of(options);
  if (!config) return console.fault(config.error());
  protect_memory();
  config->open_files = allow_open_files();
  auto passphrase =
      read_passphrase(options.passphrase, "Passphrase of the organisation's keys: ", console);
  if (!passphrase) return console.fault(passphrase.error());
  const sigset_t signals = block_ending_signals();

  core::SystemClock clock;
  core::SystemRandom random;
  http::PlainHttpFetcher fetcher;
  http::HttpsFetcher https_for_verification(http::HttpsOptions{config->allow_loopback});
  http::HttpsFetcher https_for_resolution(http::HttpsOptions{config->allow_loopback});
  Log log(std::cerr, clock);
  auto node =
      Node::open(*config, std::move(*passphrase),
                 {clock, random, fetcher, https_for_verification, https_for_resolution, log});
  if (!node) return console.fault(node.error());
  (*node)->start();

  core::Json started = core::Json::object({{"did", (*node)->organisation().did().text()},
                                           {"public", std::int64_t{(*node)->public_port()}},
                                           {"publicUrl", (*node)->public_url()},
                                           {"nodeKey", (*node)->node_key()},
                                           {"version", kVersion}});
  if (const auto port = (*node)->peer_port()) started.set("peer", std::int64_t{*port});
  if (const auto address = (*node)->peer_address(); !address.empty())
    started.set("peerAddress", address);
  log.info("started", started);
  console.line("avow: " + printable((*node)->organisation().name) + " is up on " +
               http::HostPort{config->listen.host, (*node)->public_port()}.text() + " as " +
               (*node)->organisation().did().text());
  if (const std::string* address = started.find_string("peerAddress"))
    console.line("avow: other members reach it with --peer " + *address);
  console.result(started);
  std::cout << std::flush;

  int received = 0;
  sigwait(&signals, &received);
  log.info("stopping");
  (*node)->stop();
  log.info("stopped");
  return 0;
}

}  // namespace avow::node::cli
