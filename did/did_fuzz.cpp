// DIDs and DID URLs are compared byte for byte, so each is written as it was read.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "did/did.h"
#include "did/did_web.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace avow;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto did = did::Did::parse(text);
  if (did) {
    if (did->text() != text) std::abort();
    if ("did:" + std::string(did->method()) + ":" + std::string(did->method_specific_id()) != text)
      std::abort();
  }
  const auto url = did::DidUrl::parse(text);
  if (url && url->text() != text) std::abort();
  if (did && !(url && url->did == *did)) std::abort();
  // A web location never leaves its host and its folder.
  const auto web = did && did->method() == "web"
                       ? did::web_location(*did)
                       : did::Result<did::WebLocation, did::Error>(core::fail(did::Error{}));
  if (web) {
    const std::string path = did::did_json_path(*web);
    if (path.find("/../") != std::string::npos || path.find("//") != std::string::npos ||
        path.find_first_of("?#\\") != std::string::npos)
      std::abort();
    if (web->host.find_first_of("/@?#\\ ") != std::string::npos) std::abort();
  }
  return 0;
}
