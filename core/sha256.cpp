#include "core/sha256.h"

#include <algorithm>
#include <memory>
#include <new>

#include <openssl/evp.h>

#include "core/multibase.h"

namespace avow::core {
namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// Looking an algorithm up costs OpenSSL 3 more than hashing a proof does: it is done once.
const EVP_MD* sha256_algorithm() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
  return algorithm.get();
}

// With this algorithm OpenSSL can only fail for want of memory.
void check(bool succeeded) {
  if (!succeeded) throw std::bad_alloc();
}

}  // namespace

Sha256 sha256(std::initializer_list<ByteView> parts) {
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  check(context != nullptr);
  check(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1);
  for (const ByteView part : parts) {
    check(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  Sha256 hash{};
  check(EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) == 1);
  return hash;
}

Sha256 sha256(ByteView bytes) {
  return sha256({bytes});
}

Sha256 sha256(std::string_view text) {
  return sha256({as_bytes(text)});
}

std::string to_multibase(const Sha256& hash) {
  return to_multibase(Multibase::base64url, hash);
}

Result<Sha256, Error> sha256_from_multibase(std::string_view text) {
  Sha256 hash{};
  constexpr std::size_t kTextSize = 1 + 43;  // `u` and 256 bits, six a character
  if (text.size() != kTextSize) {
    return fail(Error{ErrorCode::bad_multibase, "a hash is `u` and 43 characters of base64url"});
  }
  const auto bytes = from_multibase(Multibase::base64url, text);
  if (!bytes) return fail(bytes.error());
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

}  // namespace avow::core
