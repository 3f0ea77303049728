#include "did/did.h"

#include <algorithm>

#include "did/internal/ascii.h"

namespace avow::did {
namespace {

using namespace internal;

constexpr std::size_t kMaxDidSize = 2048;
constexpr std::size_t kMaxDidUrlSize = 4096;
constexpr std::string_view kScheme = "did:";

/// True if `text` consists of percent triples and characters that `allowed` takes.
template <class Allowed>
bool follows(std::string_view text, Allowed allowed) {
  while (!text.empty()) {
    const bool triple = starts_with_percent_triple(text);
    if (!triple && !allowed(text[0])) return false;
    text.remove_prefix(triple ? 3 : 1);
  }
  return true;
}

bool is_id_char_or_colon(char c) {
  return is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == ':';
}

// RFC 3986 "Collected ABNF": pchar, without pct-encoded.
bool is_path_char(char c) {
  return is_alphanumeric(c) ||
         std::string_view("-._~!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

bool is_path_char_or_slash(char c) {
  return is_path_char(c) || c == '/';
}
bool is_query_char(char c) {
  return is_path_char(c) || c == '/' || c == '?';
}

}  // namespace

Result<Did, Error> Did::parse(std::string_view text) {
  if (text.size() > kMaxDidSize) return fail(invalid_did("a DID has at most 2048 bytes"));
  if (!text.starts_with(kScheme))
    return fail(invalid_did("a DID begins with \"did:\" in lower case"));
  const std::string_view rest = text.substr(kScheme.size());
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return fail(invalid_did("a DID has the form did:method:id"));
  const std::string_view method = rest.substr(0, colon);
  const auto is_method_char = [](char c) { return is_lower(c) || is_digit(c); };
  if (method.empty() || !std::all_of(method.begin(), method.end(), is_method_char)) {
    return fail(invalid_did("a DID method name is lower-case letters and digits"));
  }
  const std::string_view id = rest.substr(colon + 1);
  if (id.empty() || id.back() == ':')
    return fail(invalid_did("the last part of a DID is not empty"));
  if (!follows(id, is_id_char_or_colon)) {
    return fail(invalid_did(
        "a DID has only letters, digits, '.', '-', '_', ':' and percent-encoded bytes"));
  }
  return Did(std::string(text));
}

std::string_view Did::method() const {
  const std::string_view rest = std::string_view(text_).substr(kScheme.size());
  return rest.substr(0, rest.find(':'));
}

std::string_view Did::method_specific_id() const {
  return std::string_view(text_).substr(kScheme.size() + method().size() + 1);
}

Result<DidUrl, Error> DidUrl::parse(std::string_view text) {
  if (text.size() > kMaxDidUrlSize)
    return fail(invalid_did_url("a DID URL has at most 4096 bytes"));
  std::optional<std::string> fragment;
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    fragment = std::string(text.substr(hash + 1));
    text = text.substr(0, hash);
    if (!follows(*fragment, is_query_char)) return fail(invalid_did_url("malformed fragment"));
  }
  std::optional<std::string> query;
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    query = std::string(text.substr(mark + 1));
    text = text.substr(0, mark);
    if (!follows(*query, is_query_char)) return fail(invalid_did_url("malformed query"));
  }
  std::string path;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    path = std::string(text.substr(slash));
    text = text.substr(0, slash);
    if (!follows(path, is_path_char_or_slash)) return fail(invalid_did_url("malformed path"));
  }
  auto did = Did::parse(text);
  if (!did) return fail(invalid_did_url(std::move(did.error().detail)));
  return DidUrl{std::move(*did), std::move(path), std::move(query), std::move(fragment)};
}

std::string DidUrl::absolute(std::string_view reference, const Did& base) {
  if (!reference.starts_with('#')) return std::string(reference);
  return base.text() + std::string(reference);
}

std::string DidUrl::text() const {
  std::string text = did.text() + path;
  if (query) text += '?' + *query;
  if (fragment) text += '#' + *fragment;
  return text;
}

}  // namespace avow::did
