#include <iostream>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"

namespace secrets_test {

using namespace avow;
using namespace avow::interop;
namespace fs = std::filesystem;

namespace {

std::string proc_file(Node& node, const char* name) {
  return read_file("/proc/" + std::to_string(node.process().pid()) + "/" + name);
}

/// Every file below the folder, one after the other.
std::string everything_in(const fs::path& folder) {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) all += read_file(entry.path());
  }
  return all;
}

}  // namespace

TEST_CASE("what a run leaves behind holds no secret and no whole credential",
          "[secrets][SECRET-01]") {
  Consortium consortium(two_members_apart());
  Node& acme = consortium[0];
  acme.start();
  const fs::path key_file = consortium.folder() / "agent.key";
  REQUIRE(
      acme.avow({"agent", "add", "Bot", "--version", "1", "--owner", "Maria Rossi", "--key-out",
                 key_file, "--passphrase-file", acme.passphrase_file(), "--weak-key-derivation"})
          .exit_code == 0);
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const core::Json credential = agent.issue();
  const std::string proof = *credential.find("proof")->find_string("proofValue");
  const core::Json presentation = agent.present_to(acme, credential);
  const std::string holder_proof = *presentation.find("proof")->find_string("proofValue");
  CHECK(verify_presentation(acme, presentation).status == 200);
  // Also what fails, and what has no sense.
  CHECK(verify_presentation(acme, presentation).status == 400);
  CHECK(
      verify_credential(acme, core::Json::object({{"proof", *credential.find("proof")}})).status ==
      400);
  CHECK(change_status(acme, credential, "revoke").ok());
  CHECK(change_status(acme, credential, "resume").status == 409);
  CHECK(acme.avow({"charter", "found", "--sign", consortium.charter().string(), "--passphrase-file",
                   key_file.string()})
            .exit_code != 0);

  const std::string running = proc_file(acme, "environ") + proc_file(acme, "cmdline");
  const std::string log = acme.process().out() + acme.process().err();
  acme.stop();
  CHECK(log.find("\"/presentations/verify\"") != std::string::npos);  // it does tell of them
  for (const std::string& secret : {std::string(kPassphrase), read_file(key_file)}) {
    CHECK(running.find(secret) == std::string::npos);
    CHECK(log.find(secret) == std::string::npos);
    CHECK(everything_in(acme.data()).find(secret) == std::string::npos);
  }
  for (const std::string& signature : {proof, holder_proof})
    CHECK(log.find(signature) == std::string::npos);
}

TEST_CASE("a node leaves no core dump and lets no process of its user look into it",
          "[secrets][SECRET-09]") {
  Consortium consortium(two_members_apart());
  Node& acme = consortium[0];
  acme.start();
  const std::string limits = proc_file(acme, "limits");
  const std::size_t at = limits.find("Max core file size");
  REQUIRE(at != std::string::npos);
  const std::string line = limits.substr(at, limits.find('\n', at) - at);
  CHECK(line.find(" 0                    0 ") != std::string::npos);
  acme.stop();

  if (::geteuid() != 0) {
    std::cout << "secrets_test (as another user): NOT RUN, only root can start one" << std::endl;
    return;
  }
  constexpr uid_t kSomebody = 65534;
  for (const auto& entry : fs::recursive_directory_iterator(acme.data()))
    REQUIRE(::chown(entry.path().c_str(), kSomebody, kSomebody) == 0);
  for (const fs::path& path : {acme.data(), acme.passphrase_file(), consortium.folder()})
    REQUIRE(::chown(path.c_str(), kSomebody, kSomebody) == 0);
  acme.wrapper = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
  acme.more_options = {"--admin-uid", "0"};
  acme.start();
  struct stat of_process {};
  REQUIRE(::stat(("/proc/" + std::to_string(acme.process().pid()) + "/mem").c_str(), &of_process) ==
          0);
  CHECK(of_process.st_uid == 0);  // the kernel's word for: not its user's to read
  acme.stop();
}

TEST_CASE("a passphrase among the words of a command is refused", "[secrets][SECRET-11]") {
  const core::testing::TempDir folder;
  for (const char* option : {"--passphrase", "--pass", "-p"}) {
    const Finished refused =
        run({avow_binary(), "init", "--org", "Acme", "--domain", "acme.example", "--data",
             folder / "acme", option, "correct horse battery staple"});
    CAPTURE(option, refused.err);
    CHECK(refused.exit_code == 2);
    CHECK_FALSE(fs::exists(folder / "acme"));
    CHECK(refused.err.find("staple") == std::string::npos);
  }
}

}  // namespace secrets_test
