#pragma once

#include <cstddef>
#include <span>

#include "core/bytes.h"
#include "core/error.h"

namespace avow::core {

/// Bytes that must not leak: on pages of their own that are locked in memory, left out of core dumps and wiped
/// when freed (sodium_malloc; a lock that fails is an error, not silence). Move-only, never printed.
class SecretBytes {
 public:
  /// fails storage if the memory cannot be locked
  static Result<SecretBytes, Error> allocate(std::size_t size);
  static Result<SecretBytes, Error> copy_of(ByteView bytes);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  std::size_t size() const { return size_; }
  /// Each use of the secret can be found by these names.
  ByteView reveal() const { return {data_, size_}; }
  std::span<std::uint8_t> reveal_mutable() { return {data_, size_}; }

 private:
  SecretBytes(std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace avow::core
