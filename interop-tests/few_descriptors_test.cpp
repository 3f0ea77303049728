#include <fstream>
#include <iostream>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/file_descriptor.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/strace.h"
#include "interop-tests/harness/wait.h"

namespace few_descriptors_test {

using namespace avow;
using namespace avow::interop;
namespace fs = std::filesystem;

namespace {

constexpr const char* kFiles = "64";
constexpr std::size_t kPublic = 300;
constexpr std::size_t kPeer = 100;

/// Connected, and silent.
core::FileDescriptor silent_connection(std::uint16_t port) {
  core::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, own_address().c_str(), &address.sin_addr);
  const timeval patience{30, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (!socket.is_open() ||
      ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
  return socket;
}

/// Whether the first bytes of an answer of 200 are there, or come.
bool is_answered(const core::FileDescriptor& socket, int flags) {
  constexpr std::string_view kOk = "HTTP/1.1 200";
  std::string head(kOk.size(), ' ');
  return ::recv(socket.get(), head.data(), head.size(), flags) ==
             static_cast<ssize_t>(kOk.size()) &&
         head == kOk;
}

/// How often the threads of a process went to sleep so far.
std::int64_t sleeps_of(pid_t process) {
  constexpr std::string_view kLine = "\nvoluntary_ctxt_switches:";
  std::int64_t all = 0;
  for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    const std::string status = read_file(thread.path() / "status");
    const std::size_t at = status.find(kLine);
    if (at != std::string::npos) all += std::stoll(status.substr(at + kLine.size()));
  }
  return all;
}

std::string descriptors_of(pid_t process) {
  std::error_code not_ours;  // only root may look
  const auto folder = fs::directory_iterator("/proc/" + std::to_string(process) + "/fd", not_ours);
  return not_ours ? "?" : std::to_string(std::distance(fs::begin(folder), fs::end(folder)));
}

}  // namespace

TEST_CASE("a flood of connections takes no descriptor that the admin needs",
          "[few_descriptors][STORE-06]") {
  Consortium consortium(two_members_apart());
  Node& acme = consortium[0];
  acme.wrapper = {"/usr/bin/prlimit", std::string("--nofile=") + kFiles + ":" + kFiles};
  acme.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const core::Json credential = agent.issue();

  std::vector<core::FileDescriptor> flood;
  for (std::size_t i = 0; i < kPublic; ++i) flood.push_back(silent_connection(acme.public_port()));
  for (std::size_t i = 0; i < kPeer; ++i) flood.push_back(silent_connection(acme.peer_port()));
  const std::string descriptors = descriptors_of(acme.process().pid());

  // Where accept fails for want of a descriptor it is tried again every millisecond.
  const auto from = std::chrono::steady_clock::now();
  const std::int64_t before = sleeps_of(acme.process().pid());
  pause(std::chrono::seconds(2));
  const std::int64_t sleeps = sleeps_of(acme.process().pid()) - before;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
  CHECK(static_cast<double>(sleeps) < 300 * seconds);

  for (int i = 0; i < 20; ++i) CHECK(acme.admin().get("/v1/status").status == 200);
  for (const char* change : {"suspend", "resume", "revoke"}) {
    const Reply changed = change_status(acme, credential, change);
    INFO(changed.text);
    CHECK(changed.status == 200);
  }
  CHECK(audit_complaint(acme) == "");

  flood.clear();
  CHECK(eventually([&] { return acme.at_public().get("/healthz").status == 200; }));
  CHECK(verify_credential(acme, credential).code() == "revoked");
  CHECK(acme.at_peer().get("/healthz").status == 200);
  acme.stop();
  std::cout << "few_descriptors_test: " << kFiles << " descriptors, " << kPublic << " + " << kPeer
            << " silent connections: " << descriptors << " open, " << sleeps << " wakeups in "
            << seconds << " s; the admin was answered" << std::endl;
}

TEST_CASE("a node that gets no descriptor for a connection waits for one, and is there again",
          "[few_descriptors][STORE-06]") {
  if (!may_attach("few_descriptors_test (accept)")) return;
  Consortium consortium(two_members_apart());
  Node& acme = consortium[0];
  acme.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const core::Json credential = agent.issue();
  std::vector<core::FileDescriptor> waiting;
  {
    const Faults faults(acme.process().pid(), "accept,accept4,socket", "error=EMFILE");
    for (const std::uint16_t port : {acme.public_port(), acme.peer_port()}) {
      waiting.push_back(silent_connection(port));
      constexpr std::string_view kRequest =
          "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      REQUIRE(::send(waiting.back().get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0);
    }
    pause(std::chrono::milliseconds(300));
    for (const core::FileDescriptor& one : waiting) CHECK_FALSE(is_answered(one, MSG_DONTWAIT));
    CHECK(acme.running());
  }
  for (const core::FileDescriptor& one : waiting) CHECK(is_answered(one, 0));
  CHECK(change_status(acme, credential, "revoke").ok());
  CHECK(audit_complaint(acme) == "");
  acme.stop();
  std::cout << "few_descriptors_test: accept and socket failed with EMFILE: nobody was answered "
               "until they did not"
            << std::endl;
}

}  // namespace few_descriptors_test
