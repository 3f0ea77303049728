#include "node/http/message_signature.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>
#include <variant>

#include "core/base64url.h"
#include "core/sha256.h"
#include "node/http/internal/fields.h"
#include "node/http/url.h"

namespace avow::node::http {
namespace {

constexpr std::size_t kMaxTextBytes = 512;  // of a string
constexpr std::size_t kMaxBytes = 512;      // of a byte sequence, encoded

SignatureFault malformed(std::string detail) {
  return {400, "bad_signature_input", std::move(detail)};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

/// A bare item of RFC 8941 of the kinds that stand in signatures; a token is read like a string that is no string.
struct Token {
  std::string text;
  friend bool operator==(const Token&, const Token&) = default;
};
using Value = std::variant<std::string, std::int64_t, core::Bytes, Token, bool>;
using Parameters = std::vector<std::pair<std::string, Value>>;
struct Item {
  Value value = true;
  Parameters parameters = {};
};
struct Member {
  std::string name;
  std::vector<Item> items;  // of an inner list, or the one item
  bool is_list = false;
  Parameters parameters = {};
};

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string written(const Value& value) {
  struct Writer {
    std::string operator()(const std::string& text) const { return in_quotes(text); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const core::Bytes& bytes) const { return to_structured(bytes); }
    std::string operator()(const Token& token) const { return token.text; }
    std::string operator()(bool is_true) const { return is_true ? "?1" : "?0"; }
  };
  return std::visit(Writer{}, value);
}

std::string written(const Parameters& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    out += ";" + name;
    if (value != Value(true)) out += "=" + written(value);
  }
  return out;
}

/// Reads a dictionary; what it cannot read it says by nothing.
class DictionaryReader {
 public:
  explicit DictionaryReader(std::string_view text) : rest_(text) {}

  std::optional<std::vector<Member>> read() {
    std::vector<Member> members;
    skip(" ");
    while (!rest_.empty()) {
      auto member = read_member();
      if (!member) return std::nullopt;
      members.push_back(std::move(*member));
      skip(" \t");
      if (rest_.empty()) return members;
      if (!take(',')) return std::nullopt;
      skip(" \t");
      if (rest_.empty()) return std::nullopt;
    }
    return members;
  }

 private:
  void skip(std::string_view which) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(which), rest_.size()));
  }
  bool take(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> read_key() {
    if (rest_.empty() || !(is_lower(rest_[0]) || rest_[0] == '*')) return std::nullopt;
    std::size_t size = 0;
    while (size < rest_.size() && (is_lower(rest_[size]) || is_digit(rest_[size]) ||
                                   std::string_view("_-.*").find(rest_[size]) != std::string::npos))
      ++size;
    std::string key(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return key;
  }

  std::optional<Member> read_member() {
    Member member;
    auto name = read_key();
    if (!name) return std::nullopt;
    member.name = std::move(*name);
    if (take('=')) {
      member.is_list = rest_.starts_with('(');
      if (member.is_list ? !read_list(member.items) : !read_one(member.items)) return std::nullopt;
    }
    if (!read_parameters(member.parameters)) return std::nullopt;
    return member;
  }

  bool read_one(std::vector<Item>& items) {
    auto value = read_value();
    if (value) items.push_back({std::move(*value), {}});
    return value.has_value();
  }

  bool read_list(std::vector<Item>& items) {
    take('(');
    for (;;) {
      skip(" ");
      if (take(')')) return true;
      Item item;
      auto value = read_value();
      if (!value || !read_parameters(item.parameters)) return false;
      item.value = std::move(*value);
      items.push_back(std::move(item));
      if (!rest_.starts_with(' ') && !rest_.starts_with(')')) return false;
    }
  }

  bool read_parameters(Parameters& parameters) {
    while (take(';')) {
      skip(" ");
      const auto name = read_key();
      if (!name) return false;
      Value value = true;
      if (take('=')) {
        auto read = read_value();
        if (!read) return false;
        value = std::move(*read);
      }
      parameters.emplace_back(*name, std::move(value));
    }
    return true;
  }

  std::optional<Value> read_value() {
    if (rest_.empty()) return std::nullopt;
    const char first = rest_[0];
    if (first == '"') return read_string();
    if (first == ':') return read_bytes();
    if (first == '-' || is_digit(first)) return read_number();
    if (first == '?') return read_boolean();
    return read_token();
  }

  std::optional<Value> read_string() {
    std::string text;
    for (std::size_t at = 1; at < rest_.size() && text.size() <= kMaxTextBytes; ++at) {
      char c = rest_[at];
      if (c == '"') {
        rest_.remove_prefix(at + 1);
        return Value(std::move(text));
      }
      if (c < 0x20 || c > 0x7e) return std::nullopt;
      if (c == '\\') {
        c = ++at < rest_.size() ? rest_[at] : '\0';
        if (c != '"' && c != '\\') return std::nullopt;
      }
      text += c;
    }
    return std::nullopt;
  }

  /// Strict: padded, nothing beside the alphabet.
  std::optional<Value> read_bytes() {
    const std::size_t end = rest_.find(':', 1);
    if (end == std::string_view::npos || end > kMaxBytes) return std::nullopt;
    std::string text(rest_.substr(1, end - 1));
    const std::size_t digits = std::min(text.find('='), text.size());
    if (text.size() % 4 != 0 || text.size() - digits > 2 ||
        text.find_first_not_of('=', digits) != std::string::npos ||
        text.find_first_of("-_") != std::string::npos)
      return std::nullopt;
    text.resize(digits);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    auto bytes = core::from_base64url(text);
    if (!bytes) return std::nullopt;
    rest_.remove_prefix(end + 1);
    return Value(std::move(*bytes));
  }

  std::optional<Value> read_number() {
    constexpr std::ptrdiff_t kMaxDigits = 15;
    std::int64_t number = 0;
    const char* const begin = rest_.data();
    const auto [end, fault] = std::from_chars(begin, begin + rest_.size(), number);
    const auto size = end - begin;
    if (fault != std::errc() || size > kMaxDigits + (rest_[0] == '-' ? 1 : 0)) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(size));
    if (rest_.starts_with('.')) return std::nullopt;  // no signature has a decimal
    return Value(number);
  }

  std::optional<Value> read_boolean() {
    const bool is_true = rest_.starts_with("?1");
    if (!is_true && !rest_.starts_with("?0")) return std::nullopt;
    rest_.remove_prefix(2);
    return Value(is_true);
  }

  std::optional<Value> read_token() {
    const std::size_t size = std::min(rest_.find_first_of(" \t,;()=\""), rest_.size());
    const char first = rest_[0];
    const bool is_alpha = is_lower(first) || (first >= 'A' && first <= 'Z');
    if (size == 0 || !(is_alpha || first == '*')) return std::nullopt;
    Token token{std::string(rest_.substr(0, size))};
    rest_.remove_prefix(size);
    return Value(std::move(token));
  }

  std::string_view rest_;
};

/// The values of all fields of that name, as one.
std::optional<std::string> field_value(const NamedValues& headers, std::string_view name) {
  std::optional<std::string> all;
  for (const auto& [field, value] : headers) {
    if (field == name) all = all ? *all + ", " + value : value;
  }
  return all;
}

/// The member with that label of a field that is a dictionary; nothing if there is no such field or member.
Result<std::optional<Member>, SignatureFault> labelled(const NamedValues& headers,
                                                       std::string_view field,
                                                       std::string_view label) {
  const auto text = field_value(headers, field);
  if (!text) return std::optional<Member>();
  auto members = DictionaryReader(*text).read();
  if (!members) return core::fail(malformed(std::string(field) + " is no dictionary"));
  std::optional<Member> found;
  for (Member& member : *members) {
    if (member.name != label) continue;
    if (found) return core::fail(malformed(std::string(field) + " has that label twice"));
    found = std::move(member);
  }
  return found;
}

bool read_parameter(const std::string& name, const Value& value, MessageSignature& into) {
  const auto number = [&](std::optional<std::int64_t>& to) {
    const auto* read = std::get_if<std::int64_t>(&value);
    if (read != nullptr) to = *read;
    return read != nullptr;
  };
  const auto text = [&](std::string& to) {
    const auto* read = std::get_if<std::string>(&value);
    if (read != nullptr) to = *read;
    return read != nullptr;
  };
  if (name == "created") return number(into.created);
  if (name == "expires") return number(into.expires);
  if (name == "nonce") return text(into.nonce);
  if (name == "keyid") return text(into.key_id);
  if (name == "alg") return text(into.algorithm);
  if (name == "tag") return text(into.tag);
  return false;
}

Result<void, SignatureFault> read_input(const Member& input, MessageSignature& into) {
  if (!input.is_list) return core::fail(malformed("Signature-Input holds no list of components"));
  if (input.items.size() > kMaxSignedComponents)
    return core::fail(malformed("a signature covers too many components"));
  into.parameters = "(";
  for (const Item& item : input.items) {
    const auto* name = std::get_if<std::string>(&item.value);
    if (name == nullptr || !item.parameters.empty())
      return core::fail(malformed("a component is a string, and has no parameters here"));
    if (into.covers(*name)) return core::fail(malformed("a component is covered twice"));
    into.parameters += (into.components.empty() ? "" : " ") + in_quotes(*name);
    into.components.push_back(*name);
  }
  into.parameters += ")" + written(input.parameters);
  std::set<std::string_view> seen;
  for (const auto& [name, value] : input.parameters) {
    if (!seen.insert(name).second || !read_parameter(name, value, into))
      return core::fail(malformed("a parameter of the signature is not known, or stands twice"));
  }
  return {};
}

/// Nothing if it is no derived component of a request that is known here.
std::optional<std::string> derived(std::string_view name, std::string_view method, const Url& url) {
  const bool is_default = url.authority.port == (url.scheme == "https" ? 443 : 80);
  const std::string text = url.authority.text();
  const std::string authority = is_default ? text.substr(0, text.rfind(':')) : text;
  const std::size_t question = std::min(url.target.find('?'), url.target.size());
  if (name == "@method") return std::string(method);
  if (name == "@target-uri") return url.scheme + "://" + authority + url.target;
  if (name == "@scheme") return url.scheme;
  if (name == "@authority") return authority;
  if (name == "@path") return url.target.substr(0, question);
  if (name == "@query") return "?" + url.target.substr(std::min(question + 1, url.target.size()));
  return std::nullopt;
}

}  // namespace

bool MessageSignature::covers(std::string_view component) const {
  return std::find(components.begin(), components.end(), component) != components.end();
}

Result<std::optional<MessageSignature>, SignatureFault> find_signature(const NamedValues& headers,
                                                                       std::string_view label) {
  const auto input = labelled(headers, "signature-input", label);
  if (!input) return core::fail(input.error());
  if (!*input) return std::optional<MessageSignature>();
  MessageSignature found;
  if (auto read = read_input(**input, found); !read) return core::fail(read.error());
  const auto value = labelled(headers, "signature", label);
  if (!value) return core::fail(value.error());
  const auto* bytes = *value && (*value)->items.size() == 1 && !(*value)->is_list
                          ? std::get_if<core::Bytes>(&(*value)->items.front().value)
                          : nullptr;
  if (bytes == nullptr) return core::fail(malformed("Signature has no bytes under that label"));
  found.value = *bytes;
  return std::optional(std::move(found));
}

Result<std::string, SignatureFault> signature_base(const MessageSignature& signature,
                                                   std::string_view method, std::string_view url,
                                                   const NamedValues& headers) {
  const auto parsed = parse_url(url);
  if (!parsed) return core::fail(malformed("the URL that was asked is none"));
  std::string base;
  for (const std::string& name : signature.components) {
    const bool is_derived = name.starts_with('@');
    const auto value = is_derived ? derived(name, method, *parsed) : field_value(headers, name);
    if (!value && is_derived) return core::fail(malformed("a component is not known: " + name));
    if (!value)
      return core::fail(
          SignatureFault{401, "bad_signature", "the signature covers a field that is not there"});
    base.append(in_quotes(name)).append(": ").append(*value).append("\n");
  }
  return base + "\"@signature-params\": " + signature.parameters;
}

std::string content_digest(std::string_view body) {
  return "sha-256=" + to_structured(core::sha256(body));
}

std::string to_structured(core::ByteView bytes) {
  std::string text = core::to_base64url(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return ":" + text + ":";
}

}  // namespace avow::node::http
