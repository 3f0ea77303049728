#include "revocation/status_list_publisher.h"

#include <cassert>
#include <utility>

#include "core/base64url.h"
#include "core/canonical_json.h"
#include "core/sha256.h"
#include "revocation/status_list_credential.h"

namespace avow::revocation {

StatusListPublisher::StatusListPublisher(const StatusListIssuer& lists, Signer sign,
                                         core::Milliseconds validity)
    : lists_(lists), sign_(std::move(sign)), validity_(validity) {
  assert(validity_ >= std::chrono::seconds(2));
}

Result<std::shared_ptr<const PublishedStatusList>, Error> StatusListPublisher::publish(
    std::string_view name, core::Instant now) {
  const auto list = lists_.find_list(name);
  if (!list) return fail(Error{ErrorCode::not_found, "there is no status list of that name"});

  const std::lock_guard lock(mutex_);
  auto& cached = cached_[list->declaration.list];
  // A clock that was set back must not serve what is not valid yet.
  const bool timely = cached.published != nullptr && now >= cached.signed_at &&
                      now - cached.signed_at < validity_ / 2;
  // The snapshot is held here, so the same address is the same bits.
  if (timely && cached.bits == list->bits) return cached.published;

  const StatusListDescription description{lists_.issuer(), list->declaration.url,
                                          list->declaration.purpose, now, now + validity_};
  auto published = std::make_shared<PublishedStatusList>();
  published->text =
      core::to_canonical(sign_(make_status_list_credential(description, list->bits->bytes())));
  published->etag = '"' + core::to_base64url(core::sha256(published->text)) + '"';
  published->valid_until =
      std::chrono::floor<std::chrono::seconds>(description.valid_until);  // as written
  cached = Cached{list->bits, now, published};
  return cached.published;
}

}  // namespace avow::revocation
