#include "core/secret_bytes.h"

#include <algorithm>
#include <utility>

#include "core/internal/sodium.h"

namespace avow::core {

Result<SecretBytes, Error> SecretBytes::allocate(std::size_t size) {
  internal::init_sodium();
  auto* data = static_cast<std::uint8_t*>(sodium_malloc(size));
  if (data == nullptr) {
    return fail(Error{ErrorCode::storage, "no memory with guard pages for a secret"});
  }
  SecretBytes secret(data, size);
  // sodium_malloc locks too, but does not tell when it could not.
  if (sodium_mlock(data, size) != 0) {
    return fail(Error{ErrorCode::storage,
                      "the memory of a secret cannot be locked; raise the limit (ulimit -l, "
                      "LimitMEMLOCK=)"});
  }
  return secret;
}

Result<SecretBytes, Error> SecretBytes::copy_of(ByteView bytes) {
  auto secret = allocate(bytes.size());
  if (secret) std::copy(bytes.begin(), bytes.end(), secret->data_);
  return secret;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    sodium_free(data_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

// sodium_free unlocks and wipes; a null pointer is fine.
SecretBytes::~SecretBytes() {
  sodium_free(data_);
}

}  // namespace avow::core
