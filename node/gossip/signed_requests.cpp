#include "node/gossip/signed_requests.h"

#include <array>

#include "core/bytes.h"
#include "node/http/url.h"

namespace avow::node::gossip {
namespace {

using http::SignatureFault;

constexpr std::string_view kLabel = "avow";
constexpr std::string_view kTag = "avow-peer";
constexpr std::string_view kAlgorithm = "ed25519";
constexpr std::size_t kMaxNonceBytes = 64;
constexpr std::array<std::string_view, 3> kCovered = {"@method", "@target-uri", "content-digest"};

std::int64_t seconds_of(core::Instant time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// Host and, unless it is the scheme's own, port.
std::string host_in(const std::string& url) {
  const auto parsed = http::parse_url(url);
  if (!parsed) return "";
  const std::string text = parsed->authority.text();
  const bool is_default = parsed->authority.port == (parsed->scheme == "https" ? 443 : 80);
  return is_default ? text.substr(0, text.rfind(':')) : text;
}

std::string origin_in(const std::string& url) {
  return url.substr(0, url.find("://") + 3) + host_in(url);
}

SignatureFault fault(std::string_view code, std::string detail) {
  return {401, code, std::move(detail)};
}

}  // namespace

void sign_request(core::HttpRequest& request, const core::Ed25519SigningKey& key, core::Instant now,
                  const std::string& nonce) {
  const auto digest = http::content_digest(request.body);
  http::MessageSignature signature;
  signature.parameters = "(";
  for (const auto component : kCovered) {
    signature.components.emplace_back(component);
    signature.parameters +=
        (signature.parameters.size() > 1 ? " \"" : "\"") + std::string(component) + "\"";
  }
  signature.parameters += ");created=" + std::to_string(seconds_of(now)) + ";nonce=\"" + nonce +
                          "\";keyid=\"" + key.public_key().to_multikey() + "\";alg=\"" +
                          std::string(kAlgorithm) + "\";tag=\"" + std::string(kTag) + "\"";
  const auto base =
      http::signature_base(signature, request.method, request.url, {{"content-digest", digest}});
  if (!base) return;  // a URL that is none is refused by whoever sends it
  const std::string label(kLabel);
  request.headers.emplace_back("Content-Digest", digest);
  request.headers.emplace_back("Signature-Input", label + "=" + signature.parameters);
  request.headers.emplace_back("Signature",
                               label + "=" + http::to_structured(key.sign(core::as_bytes(*base))));
}

SignedRequests::SignedRequests(const KnownPeers& known, const core::Clock& clock,
                               const std::string& own_url)
    : known_(known), clock_(clock), own_origin_(origin_in(own_url)), own_host_(host_in(own_url)) {}

Result<bool, SignatureFault> SignedRequests::is_of_member(const http::Request& request) {
  const auto found = http::find_signature(request.headers, kLabel);
  if (!found) return fail(found.error());
  if (!*found) return false;
  const http::MessageSignature& signature = **found;
  const auto key = core::Ed25519PublicKey::from_multikey(signature.key_id);
  const std::string* host = request.header("host");
  // What another node was asked is no word to this one.
  if (!key || host == nullptr || *host != own_host_ || !known_.signs_for_member(*key)) return false;
  for (const auto component : kCovered) {
    if (!signature.covers(component))
      return fail(
          fault("insufficient_coverage", "the signature does not cover " + std::string(component)));
  }
  if (signature.nonce.size() > kMaxNonceBytes)
    return fail(SignatureFault{400, "bad_signature_input", "the nonce is too long"});
  if (!signature.created || signature.nonce.empty() || signature.algorithm != kAlgorithm ||
      signature.tag != kTag)
    return fail(
        fault("insufficient_coverage", "the signature needs created, nonce, keyid, alg and tag"));
  const auto now = seconds_of(clock_.now());
  if (*signature.created < now - kWindowSeconds || *signature.created > now + kWindowSeconds ||
      (signature.expires && *signature.expires < now))
    return fail(fault("signature_expired",
                      "it was made over 60 s ago, or later than now: compare the clocks"));
  const std::string* digest = request.header("content-digest");
  if (digest == nullptr || *digest != http::content_digest(request.body))
    return fail(fault("digest_mismatch", "Content-Digest is not the sha-256 of the body"));
  const auto base = http::signature_base(signature, request.method, own_origin_ + request.target,
                                         request.headers);
  if (!base) return fail(base.error());
  if (!key->verify(core::as_bytes(*base), signature.value))
    return fail(fault("bad_signature", "the signature is not this request's"));
  const auto first = is_first(signature.key_id, *signature.created, signature.nonce, now);
  if (first && !*first) return fail(fault("replay", "this request has come before"));
  return first.has_value();
}

std::optional<bool> SignedRequests::is_first(const std::string& key, std::int64_t created,
                                             const std::string& nonce, std::int64_t now) {
  const std::scoped_lock lock(mutex_);
  auto& seen = seen_[key];
  seen.erase(seen.begin(), seen.lower_bound({now - kWindowSeconds, ""}));
  const std::pair entry(created, nonce);
  if (seen.contains(entry)) return false;
  if (seen.size() >= kMaxNonces) return std::nullopt;
  seen.insert(entry);
  return true;
}

}  // namespace avow::node::gossip
