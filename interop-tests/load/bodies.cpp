#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "core/canonical_json.h"
#include "core/clock.h"
#include "core/data_integrity.h"
#include "core/random.h"
#include "interop-tests/load/commands.h"
#include "node/data_directory.h"
#include "node/keystore/keystore.h"
#include "node/keystore/passphrase.h"

namespace avow::interop::load {
namespace {

template <class T>
T must(node::Result<T, node::Error> result) {
  if (!result) throw std::runtime_error(result.error().what + ": " + result.error().why);
  return std::move(*result);
}

core::Json read_credential(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto json = core::parse_json(text);
  if (!json || json->find("proof") == nullptr) throw std::runtime_error(file + " is no credential");
  return std::move(*json);
}

}  // namespace

void bodies(const std::string& data, const std::string& passphrase_file, const std::string& file,
            std::int64_t count) {
  core::SystemRandom random;
  const auto store =
      must(node::Keystore::open(node::DataDirectory{data}.keys(),
                                must(node::passphrase_from_file(passphrase_file)), {}, random));
  const auto key = must(store.load(node::assertion_key_name(1)));
  core::Json credential = read_credential(file);
  const core::Json& proof = *credential.find("proof");
  const core::ProofOptions options{.verification_method = *proof.find_string("verificationMethod"),
                                   .proof_purpose = *proof.find_string("proofPurpose"),
                                   .created = *proof.find_string("created")};
  credential.erase("proof");
  for (std::int64_t i = 0; i < count; ++i) {
    credential.set("id", "urn:uuid:" + core::random_uuid(random));
    const auto secured = core::with_proof(credential, core::create_proof(credential, options, key));
    std::printf("{\"verifiableCredential\":%s}\n", core::to_canonical(secured).c_str());
  }
}

}  // namespace avow::interop::load
