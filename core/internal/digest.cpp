#include "core/internal/digest.h"

#include <new>

namespace avow::core::internal {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// With the algorithms that we use OpenSSL can only fail for want of memory.
void check(bool succeeded) {
  if (!succeeded) throw std::bad_alloc();
}

}  // namespace

Digest::Digest(const char* name) : algorithm_(EVP_MD_fetch(nullptr, name, nullptr), &EVP_MD_free) {}

void Digest::compute(std::initializer_list<ByteView> parts, std::span<std::uint8_t> hash) const {
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  check(context != nullptr);
  check(EVP_DigestInit_ex2(context.get(), algorithm_.get(), nullptr) == 1);
  for (const ByteView part : parts) {
    check(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  check(EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) == 1);
}

}  // namespace avow::core::internal
