// What is read of a signature, written again, is read the same; and what it covers is bounded, each once.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "node/http/message_signature.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace avow::node::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // The first line is Signature-Input, the rest Signature.
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string value(bytes.substr(std::min(end + 1, bytes.size())));
  const auto found = find_signature(
      {{"signature-input", std::string(bytes.substr(0, end))}, {"signature", value}}, "a");
  if (!found) {
    if (found.error().status != 400) std::abort();
    return 0;
  }
  if (!*found) return 0;
  const MessageSignature& signature = **found;
  const std::set<std::string> different(signature.components.begin(), signature.components.end());
  if (different.size() != signature.components.size() || different.size() > kMaxSignedComponents)
    std::abort();
  const auto again = find_signature({{"signature-input", "a=" + signature.parameters},
                                     {"signature", "a=" + to_structured(signature.value)}},
                                    "a");
  if (!again || !*again || (*again)->parameters != signature.parameters ||
      (*again)->components != signature.components || (*again)->value != signature.value ||
      (*again)->nonce != signature.nonce || (*again)->created != signature.created)
    std::abort();
  static_cast<void>(
      signature_base(signature, "GET", "https://a.example/b?c", {{"x", "one"}, {"x", "two"}}));
  return 0;
}
