#include "node/http/message_signature.h"

#include <catch2/catch.hpp>

#include "core/base64url.h"
#include "core/ed25519.h"

namespace message_signature_test {

using namespace avow;
using namespace avow::node::http;

namespace {

/// RFC 9421 "Example HTTP Messages": test-request, as a listener has it.
NamedValues test_request() {
  return {{"host", "example.com"},
          {"date", "Tue, 20 Apr 2021 02:07:55 GMT"},
          {"content-type", "application/json"},
          {"content-digest",
           "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmT"
           "HWXvJwew==:"},
          {"content-length", "18"}};
}
constexpr const char* kUrl = "https://example.com/foo?param=Value&Pet=dog";

std::string base_of(const std::string& components, const std::string& url = kUrl,
                    NamedValues headers = test_request()) {
  headers.emplace_back("signature-input", "a=(" + components + ")");
  headers.emplace_back("signature", "a=:AAAA:");
  const auto found = find_signature(headers, "a");
  REQUIRE(found.has_value());
  REQUIRE(found->has_value());
  const auto base = signature_base(**found, "POST", url, headers);
  return base ? *base : std::string(base.error().code);
}

/// What is said of these two fields; "" if they are read, "none" if they have no such signature.
std::string fault_of(const std::string& input, const std::string& signature = "a=:AAAA:") {
  const auto found = find_signature({{"signature-input", input}, {"signature", signature}}, "a");
  if (found) return found->has_value() ? "" : "none";
  CHECK(found.error().status == 400);
  CHECK_FALSE(found.error().detail.empty());
  return std::string(found.error().code);
}

}  // namespace

TEST_CASE("the signature of RFC 9421's example with Ed25519 verifies", "[message_signature]") {
  // "Signing a Request Using ed25519" (B.2.6) and "Example Ed25519 Test Key" (B.1.4).
  auto headers = test_request();
  headers.emplace_back("signature-input",
                       "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" "
                       "\"content-length\");created=1618884473;keyid=\"test-key-ed25519\"");
  headers.emplace_back("signature",
                       "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A"
                       "0w6vuQv5lIp5WPpBKRCw==:");
  const auto found = find_signature(headers, "sig-b26");
  REQUIRE(found.has_value());
  REQUIRE(found->has_value());
  const MessageSignature& signature = **found;
  CHECK(signature.created == 1618884473);
  CHECK(signature.key_id == "test-key-ed25519");
  const auto base = signature_base(signature, "POST", kUrl, headers);
  REQUIRE(base.has_value());
  CHECK(*base ==
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n"
        "\"@method\": POST\n"
        "\"@path\": /foo\n"
        "\"@authority\": example.com\n"
        "\"content-type\": application/json\n"
        "\"content-length\": 18\n"
        "\"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" "
        "\"content-length\");created=1618884473;keyid=\"test-key-ed25519\"");
  const auto key = core::Ed25519PublicKey::from_bytes(
      *core::from_base64url("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"));
  REQUIRE(key.has_value());
  CHECK(key->verify(core::as_bytes(*base), signature.value));
  const auto other = signature_base(signature, "PUT", kUrl, headers);
  CHECK_FALSE(key->verify(core::as_bytes(*other), signature.value));
  // Ed25519 signs the same way twice: from the example's private key comes the example's signature.
  const auto signing = core::Ed25519SigningKey::from_seed(
      *core::from_base64url("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU"));
  CHECK("sig-b26=" + to_structured(signing->sign(core::as_bytes(*base))) == headers.back().second);
}

TEST_CASE("components of a request are as RFC 9421 derives them", "[message_signature]") {
  const auto line = [](const std::string& name, const std::string& url) {
    const auto base = base_of("\"" + name + "\"", url);
    return base.substr(0, base.find('\n'));
  };
  CHECK(line("@method", kUrl) == "\"@method\": POST");
  CHECK(line("@target-uri", kUrl) == std::string("\"@target-uri\": ") + kUrl);
  CHECK(line("@authority", "https://EXAMPLE.com:443/") == "\"@authority\": example.com");
  CHECK(line("@authority", "http://example.com:443/") == "\"@authority\": example.com:443");
  CHECK(line("@scheme", kUrl) == "\"@scheme\": https");
  CHECK(line("@path", kUrl) == "\"@path\": /foo");
  CHECK(line("@query", kUrl) == "\"@query\": ?param=Value&Pet=dog");
  CHECK(line("@query", "https://example.com/foo") == "\"@query\": ?");
  CHECK(line("@query", "https://example.com/foo?") == "\"@query\": ?");
  CHECK(base_of("\"x\"", kUrl, {{"x", "one"}, {"y", "no"}, {"x", "two"}})
            .starts_with("\"x\": one, two\n"));
  CHECK(base_of("\"missing\"") == "bad_signature");
  CHECK(base_of("\"@status\"") == "bad_signature_input");
  CHECK(base_of("\"@signature-params\"") == "bad_signature_input");
  CHECK(base_of("") == "\"@signature-params\": ()");
}

TEST_CASE("among other signatures the one with the label is found", "[message_signature]") {
  CHECK(fault_of("b=(\"@method\");created=1") == "none");
  CHECK(fault_of("b=(\"@method\"), a=(\"@path\" \"date\");created=1;nonce=\"x\"") == "");
  CHECK(fault_of("c;x, b=?1, d=:AAAA:;q, e=tok/en, f=-12, a=()") == "");
  CHECK(fault_of("a=()", "b=:AAAA:") == "bad_signature_input");
  const auto other = find_signature({{"signature-input", "b=(\"@method\")"},
                                     {"signature-input", "a=(\"@path\")"},
                                     {"signature", "b=:AAAA:"},
                                     {"signature", "a=:BBBB:"}},
                                    "a");
  REQUIRE(other.has_value());
  CHECK((*other)->value == core::Bytes{0x04, 0x10, 0x41});
  CHECK_FALSE(*find_signature({{"host", "x"}}, "a"));
}

TEST_CASE("a list of 500 components, or of two that are one, is refused [AUTH-10]",
          "[message_signature]") {
  const auto list = [](int count) {
    std::string text = "a=(";
    for (int i = 0; i < count; ++i) text += (i > 0 ? " \"x" : "\"x") + std::to_string(i) + "\"";
    return text + ")";
  };
  CHECK(fault_of(list(16)) == "");
  CHECK(fault_of(list(17)) == "bad_signature_input");
  CHECK(fault_of(list(500)) == "bad_signature_input");
  CHECK(fault_of("a=(\"@method\" \"@method\")") == "bad_signature_input");
}

TEST_CASE("what is not exactly a signature's form is refused", "[message_signature]") {
  for (const char* input : {"a",
                            "a=",
                            "a=(",
                            "a=(\"x\"",
                            "a=(\"x)",
                            "a=(x)",
                            "a=(1)",
                            "a=(\"x\"\"y\")",
                            "a=\"x\"",
                            "a=(\"x\";sf)",
                            "a=(\"x\";req)",
                            "a=();created",
                            "a=();created=\"1\"",
                            "a=();created=1.5",
                            "a=();created=1234567890123456",
                            "a=();created=1;created=1",
                            "a=();nonce=1",
                            "a=();keyid=x",
                            "a=();unknown=1",
                            "a=();",
                            "a=();=1",
                            "a=(),",
                            "a=() b=()",
                            "a=(), a=()",
                            "A=()",
                            "a=();nonce=\"\\n\"",
                            "a=();nonce=\"\x7f\"",
                            "a=()x",
                            "=()",
                            ",a=()"}) {
    CAPTURE(input);
    CHECK(fault_of(input) == "bad_signature_input");
  }
  CHECK(fault_of("a=();nonce=\"" + std::string(513, 'x') + "\"") == "bad_signature_input");
  for (const char* value : {"a=AAAA", "a=:AAA:", "a=:AAAA",
                            "a=:AA=A:", "a=:AA-_:", "a=:A===:", "a=:AB==:", "a=(:AAAA:)",
                            "a=:AA AA:", "a=\"AAAA\"", "a=:AAAA:, a=:AAAA:"}) {
    CAPTURE(value);
    CHECK(fault_of("a=()", value) == "bad_signature_input");
  }
  CHECK(fault_of("a=()", "a=:AA==:") == "");
}

TEST_CASE("the digest of a body is RFC 9530's", "[message_signature]") {
  // RFC 9530 "Client and server express preferences": the example's representation {"hello": "world"} and a line feed.
  CHECK(content_digest("{\"hello\": \"world\"}\n") ==
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
}

}  // namespace message_signature_test
