// The libraries as somebody else's program finds them: installed, found by CMake, linked.

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/random.h"
#include "core/testing/temp_dir.h"
#include "core/testing/tree.h"
#include "did/did_key.h"
#include "interop-tests/harness/process.h"

namespace library_test {

using namespace avow;
using namespace avow::interop;

namespace {

/// Runs to the end, which may be a compiler's.
Finished finish(const std::filesystem::path& folder, const std::vector<std::string>& argv) {
  Process process(argv, {folder / "out", folder / "err"});
  const auto code = process.wait(std::chrono::minutes(8));
  if (!code) throw std::runtime_error(argv.front() + " did not end");
  return {*code, process.out(), process.err()};
}

core::Json credential_of(const core::Ed25519SigningKey& key) {
  using core::Json;
  const Json unsigned_credential =
      Json::object({{"@context", Json::array({"https://www.w3.org/ns/credentials/v2"})},
                    {"type", Json::array({"VerifiableCredential"})},
                    {"issuer", did::did_key_of(key.public_key()).text()},
                    {"validFrom", "2026-01-01T00:00:00Z"},
                    {"credentialSubject", Json::object({{"id", "urn:example:subject"}})}});
  const core::ProofOptions options{.verification_method = did::did_key_method_of(key.public_key()),
                                   .proof_purpose = "assertionMethod"};
  return core::with_proof(unsigned_credential,
                          core::create_proof(unsigned_credential, options, key));
}

}  // namespace

TEST_CASE("a program outside the tree finds the installed libraries and verifies with them",
          "[library]") {
  const core::testing::TempDir folder;
  const std::string cmake = AVOW_CMAKE;
  const std::string prefix = (folder / "installed").string();
  const std::string build = (folder / "build").string();
  const auto installed =
      finish(folder.path(), {cmake, "--install", core::testing::build_tree(), "--prefix", prefix});
  INFO(installed.err);
  REQUIRE(installed.exit_code == 0);
  std::filesystem::copy(core::testing::source_tree() / "interop-tests/library", folder / "source",
                        std::filesystem::copy_options::recursive);
  const auto configured =
      finish(folder.path(),
             {cmake, "-S", (folder / "source").string(), "-B", build,
              "-DCMAKE_PREFIX_PATH=" + prefix, std::string("-DCMAKE_CXX_FLAGS=") + AVOW_CXX_FLAGS});
  INFO(configured.err);
  REQUIRE(configured.exit_code == 0);
  const auto built = finish(folder.path(), {cmake, "--build", build});
  INFO(built.out << built.err);
  REQUIRE(built.exit_code == 0);

  core::SystemRandom random;
  const auto key = core::Ed25519SigningKey::generate(random);
  REQUIRE(key.has_value());
  const auto verify = [&](const core::Json& credential) {
    write_file(folder / "credential.json", core::to_canonical(credential));
    return run({build + "/verify", (folder / "credential.json").string()});
  };
  core::Json credential = credential_of(*key);
  const Finished accepted = verify(credential);
  CHECK(accepted.exit_code == 0);
  CHECK(accepted.out.find(R"("outcome":"accepted")") != std::string::npos);
  credential.set("validFrom", "2026-01-01T00:00:01Z");
  const Finished refused = verify(credential);
  CHECK(refused.exit_code == 3);
  CHECK(refused.out.find(R"("code":"bad_proof")") != std::string::npos);
  CHECK(run({build + "/verify"}).exit_code == 2);
}

}  // namespace library_test
