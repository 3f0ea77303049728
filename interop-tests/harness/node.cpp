#include "interop-tests/harness/node.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/random.h"
#include "core/secret_bytes.h"
#include "interop-tests/harness/wait.h"
#include "node/keystore/keystore.h"

namespace avow::interop {
namespace {

constexpr std::chrono::seconds kStartDeadline{60};  // a derivation of 64 MiB under a sanitizer
constexpr std::chrono::seconds kStopDeadline{30};

}  // namespace

std::filesystem::path written_passphrase(const std::filesystem::path& folder) {
  auto file = folder / "passphrase";
  write_file(file, std::string(kPassphrase) + "\n");
  std::filesystem::permissions(
      file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return file;
}

ReservedPort::ReservedPort() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  // Two sockets with this option may be bound to one port while only one listens; asked for any port, Linux gives none
  // that is bound.
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, own_address().c_str(), &address.sin_addr);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(descriptor_, generic, size) != 0 || ::getsockname(descriptor_, generic, &size) != 0) {
    ::close(descriptor_);
    throw std::runtime_error("no free port at " + own_address());
  }
  number_ = ntohs(address.sin_port);
}

ReservedPort::~ReservedPort() {
  ::close(descriptor_);
}

std::string own_address() {
  const auto id = static_cast<std::uint32_t>(::getpid());
  return "127." + std::to_string(64 + ((id >> 16U) & 0x3FU)) + "." +
         std::to_string((id >> 8U) & 0xFFU) + "." + std::to_string(id & 0xFFU);
}

Node::Node(const std::filesystem::path& folder, const std::string& name,
           const std::vector<std::string>& init_words)
    : name_(name), data_(folder / name), passphrase_file_(written_passphrase(folder)) {
  if (!std::filesystem::exists(data_)) {
    std::vector<std::string> words{"init",
                                   "--org",
                                   name,
                                   "--domain",
                                   domain(),
                                   "--passphrase-file",
                                   passphrase_file_.string(),
                                   "--weak-key-derivation",
                                   "--json"};
    words.insert(words.end(), init_words.begin(), init_words.end());
    const Finished made = avow(std::move(words));
    if (made.exit_code != 0) throw std::runtime_error("avow init: " + made.err);
  }
  std::string first_entry;
  std::getline(std::ifstream(data_ / "did.jsonl"), first_entry);
  const auto entry = core::parse_json(first_entry);
  if (!entry) throw std::runtime_error("no did:webvh log of " + name);
  did_ = *entry->find("state")->find_string("id");
  scid_ = *entry->find("parameters")->find_string("scid");
}

core::Ed25519SigningKey Node::node_key() const {
  core::SystemRandom random;
  auto passphrase = core::SecretBytes::copy_of(core::as_bytes(kPassphrase));
  auto store = node::Keystore::open(data_ / "keys", std::move(*passphrase), {}, random);
  auto key = store ? store->load("node") : core::fail(store.error());
  if (!key) throw std::runtime_error("no node key of " + name_);
  return std::move(*key);
}

std::string Node::url(std::uint16_t port) {
  return "http://" + own_address() + ":" + std::to_string(port);
}

std::vector<std::string> Node::serve_words() const {
  std::vector<std::string> words = wrapper;
  words.insert(words.end(), {avow_binary(), "serve", "--data", data_.string(), "--listen",
                             own_address() + ":" + std::to_string(public_port()), "--peer-listen",
                             peer_url(), "--public-url", public_url(), "--allow-loopback",
                             "--passphrase-file", passphrase_file_.string()});
  if (charter) words.insert(words.end(), {"--charter", charter->string()});
  for (const std::string& peer : peers) words.insert(words.end(), {"--peer", peer});
  words.insert(words.end(), more_options.begin(), more_options.end());
  return words;
}

Finished Node::avow(std::vector<std::string> words) const {
  words.insert(words.begin(), avow_binary());
  words.insert(words.begin(), wrapper.begin(), wrapper.end());
  words.insert(words.end(), {"--data", data_.string()});
  return run(words);
}

void Node::launch() {
  // Beside the data directory, which belongs to the node alone.
  const std::filesystem::path log = data_.string() + ".log";
  const std::filesystem::path out = data_.string() + ".out";
  process_.reset();
  process_ = std::make_unique<Process>(serve_words(), ProcessOptions{out, log});
  const Client client = at_public();
  const bool answers = eventually(
      [&] { return !process_->running() || client.get("/healthz").status == 200; }, kStartDeadline);
  if (!answers || !process_->running())
    throw std::runtime_error(name_ + " does not start:\n" + process_->err());
}

void Node::start() {
  launch();
  const Client client = at_public();
  if (!eventually([&] { return client.get("/readyz").status == 200; }, kStartDeadline))
    throw std::runtime_error(name_ + " is not ready: " + client.get("/readyz").text);
  const bool hears_somebody = std::any_of(peers.begin(), peers.end(), [](const std::string& peer) {
    return Client::at(peer).get("/healthz").status == 200;
  });
  if (hears_somebody) wait_until_it_signs();
}

void Node::wait_until_it_signs() const {
  const Client client = admin();
  const auto signs = [&] {
    const core::Json status = client.get("/v1/status").body;
    const core::Json* may = status.find("maySign");
    return may != nullptr && *may == core::Json(true);
  };
  const bool signs_now =
      eventually([&] { return !process_->running() || signs(); }, kStartDeadline);
  if (!process_->running()) throw std::runtime_error(name_ + " has ended:\n" + process_->err());
  if (!signs_now)
    throw std::runtime_error(name_ + " does not sign: " + client.get("/v1/status").text);
}

void Node::kill() {
  process_->kill();
}

void Node::stop() {
  process_->signal(SIGTERM);
  const auto exit_code = process_->wait(kStopDeadline);
  if (exit_code != 0) {
    throw std::runtime_error(name_ + " ended with " +
                             (exit_code ? std::to_string(*exit_code) : "nothing at all") + ":\n" +
                             process_->err());
  }
}

std::string audit_complaint(const Node& node) {
  const Finished audit = node.avow({"audit", "verify"});
  if (audit.exit_code == 0) return "";
  return "exit code " + std::to_string(audit.exit_code) + "\n" + audit.out + audit.err;
}

}  // namespace avow::interop
