// verify FILE: judges a credential of a did:key issuer by the W3C's rules and prints the verdict; 0 if it is accepted.

#include "vc/verify.h"

#include <fstream>
#include <iostream>
#include <iterator>

#include "core/canonical_json.h"
#include "core/clock.h"
#include "did/did_key.h"
#include "vc/nothing_known.h"

int main(int argc, char** argv) {
  std::ifstream file(argc == 2 ? argv[1] : "");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto credential = avow::core::parse_json(text);
  if (!credential) return std::cerr << credential.error().detail << '\n', 2;

  avow::core::PublicKeyCache keys;
  avow::vc::SignatureCache signatures(1000);
  const avow::did::DidKeyResolver resolver(keys);
  const avow::vc::NothingKnown lists_and_registry;
  avow::vc::VerifyOptions options;
  options.profile = avow::vc::Profile::w3c;
  options.now = avow::core::SystemClock().now();
  const avow::vc::Verdict verdict = avow::vc::verify_credential(
      *credential, {resolver, keys, signatures, lists_and_registry, lists_and_registry}, options);
  std::cout << avow::core::to_canonical(verdict.to_json()) << '\n';
  return verdict.outcome() == avow::vc::Outcome::accepted ? 0 : 3;
}
