#include "did/did_web_resolver.h"

#include <algorithm>

#include "core/canonical_json.h"
#include "core/multibase.h"
#include "core/sha256.h"
#include "did/did_web.h"
#include "did/internal/ascii.h"
#include "did/internal/web_host.h"

namespace avow::did {
namespace {

constexpr std::size_t kMaxDocumentBytes = std::size_t{64} * 1024;
constexpr std::size_t kMaxHeldBytes = std::size_t{16} * 1024;

bool is_json_type(const std::string* content_type) {
  if (content_type == nullptr) return true;
  std::string type = content_type->substr(0, content_type->find_first_of("; \t"));
  std::ranges::transform(type, type.begin(), [](char c) {
    return internal::is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return type == "application/json" || type == "application/did" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

Result<Resolution, Error> read_document(const core::HttpResponse& response, const Did& did) {
  if (!is_json_type(response.header("content-type"))) {
    return fail(Error{ErrorCode::representation_not_supported,
                      "the host of this DID serves something else than JSON"});
  }
  core::JsonLimits limits;
  limits.max_bytes = kMaxDocumentBytes;
  auto json = core::parse_json(response.body, limits);
  if (!json) {
    return fail(Error{ErrorCode::representation_not_supported,
                      "the document is not JSON: " + json.error().detail});
  }
  auto document = Document::from_json(std::move(*json), did);
  if (!document) return fail(std::move(document.error()));
  Resolution resolution;
  resolution.version = core::to_multibase(core::sha256(core::to_canonical(document->json())));
  resolution.document = std::make_shared<const Document>(std::move(*document));
  return resolution;
}

}  // namespace

Result<core::HttpResponse, Error> DidWebResolver::fetch(const Did& did) const {
  const auto location = web_location(did);
  if (!location) return fail(location.error());
  const std::string path = did_json_path(*location);
  return internal::fetch_from_host(fetcher_, *location,
                                   {path, "application/did, application/did+json, application/json",
                                    kMaxDocumentBytes, "the document is larger than 64 KiB"},
                                   localhost_);
}

Result<Resolution, Error> DidWebResolver::resolve(const Did& did,
                                                  const ResolutionOptions& options) const {
  if (auto checked = check(options); !checked) return fail(std::move(checked.error()));
  if (options.asks_for_version()) {
    return fail(Error{ErrorCode::feature_not_supported,
                      "the host of a did:web says only what holds now: ask for no version"});
  }
  auto held = cache_.get(did, options.refresh, clock_.now());
  if (!held) return fail(std::move(held.error()));
  if (auto* resolution = std::get_if<Resolution>(&*held)) return std::move(*resolution);
  const auto asked = std::get<WebDocumentCache::Asked>(*held);
  const auto response = fetch(did);
  auto answer = response ? read_document(*response, did) : fail(response.error());
  if (!answer && !internal::is_hosts_word(answer.error().code)) {
    return fail(cache_.not_confirmed(did, std::move(answer.error()), asked, clock_.now()));
  }
  const bool can_be_held = answer && response->body.size() <= kMaxHeldBytes;
  cache_.put(did, can_be_held ? std::optional(*answer) : std::nullopt, asked);
  return answer;
}

}  // namespace avow::did
