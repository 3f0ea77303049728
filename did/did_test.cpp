#include "did/did.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "did/error.h"

namespace did_test {

using namespace avow::did;

namespace {

ErrorCode did_error(std::string_view text) {
  const auto did = Did::parse(text);
  REQUIRE_FALSE(did);
  return did.error().code;
}

}  // namespace

TEST_CASE("a DID is split into its method and its id", "[did]") {
  const auto did = Did::parse("did:web:example.com%3A8443:people:p-1");
  REQUIRE(did);
  CHECK(did->text() == "did:web:example.com%3A8443:people:p-1");
  CHECK(did->method() == "web");
  CHECK(did->method_specific_id() == "example.com%3A8443:people:p-1");
}

TEST_CASE("a DID follows the ABNF of DID Core", "[did]") {
  const auto text =
      GENERATE(as<std::string>{}, "did:a:b", "did:3:1", "did:ex:a.b-c_D", "did:ex:%aF",
               "did:ex:a::b", "did:ex::b", "did:example:123456789abcdefghi");
  INFO(text);
  CHECK(Did::parse(text));
}

TEST_CASE("a text outside the ABNF of DID Core is no DID", "[did]") {
  const auto text = GENERATE(as<std::string>{}, "", "did", "did:", "did:a", "did:a:", "did::b",
                             "did:a:b:", "dida:b", "did:a-b:c", "did:a:b c", "did:a:%", "did:a:%4",
                             "did:a:%4g", "did:a:b#c", "did:a:b?c", "did:a:b/c", "did:a:b+c",
                             " did:a:b", "did:a:b ", "did:a:b\n", "did:a:ü", "did:a:~");
  INFO(text);
  CHECK(did_error(text) == ErrorCode::invalid_did);
}

TEST_CASE("the scheme and the method of a DID are lower case [DID-08]", "[did]") {
  const auto text = GENERATE(as<std::string>{}, "DID:key:z6Mk", "Did:key:z6Mk", "did:KEY:z6Mk");
  CHECK(did_error(text) == ErrorCode::invalid_did);
}

TEST_CASE("a NUL or control character is never part of a DID or DID URL [JSON-22]", "[did]") {
  CHECK(did_error(std::string("did:a:b\0c", 9)) == ErrorCode::invalid_did);
  CHECK_FALSE(DidUrl::parse(std::string("did:a:b#c\0d", 11)));
  CHECK_FALSE(DidUrl::parse("did:a:b#c\x1f"));
}

TEST_CASE("a DID has at most 2048 bytes, a DID URL 4096", "[did]") {
  const std::string longest = "did:a:" + std::string(2042, 'b');
  CHECK(Did::parse(longest));
  CHECK(did_error(longest + 'b') == ErrorCode::invalid_did);
  const std::string longest_url = "did:a:b#" + std::string(4088, 'c');
  CHECK(DidUrl::parse(longest_url));
  CHECK_FALSE(DidUrl::parse(longest_url + 'c'));
}

TEST_CASE("a DID URL is split into DID, path, query and fragment", "[did]") {
  const auto url = DidUrl::parse("did:a:b/p/q?x=1&y=/?#f/?");
  REQUIRE(url);
  CHECK(url->did.text() == "did:a:b");
  CHECK(url->path == "/p/q");
  CHECK(url->query == "x=1&y=/?");
  CHECK(url->fragment == "f/?");
}

TEST_CASE("an empty query or fragment is not the same as none", "[did]") {
  const auto url = DidUrl::parse("did:a:b?#");
  REQUIRE(url);
  CHECK(url->query == "");
  CHECK(url->fragment == "");
  CHECK(url->text() == "did:a:b?#");
  CHECK_FALSE(DidUrl::parse("did:a:b")->query);
  CHECK_FALSE(DidUrl::parse("did:a:b")->fragment);
}

TEST_CASE("a malformed DID URL is refused", "[did]") {
  const auto text =
      GENERATE(as<std::string>{}, "#key-1", "did:a:b#c#d", "did:a:b?c d", "did:a:b/%4",
               "did:a:b/\\", "did:a:b#ü", "https://a.example/#k", "did:a:/p");
  INFO(text);
  const auto url = DidUrl::parse(text);
  REQUIRE_FALSE(url);
  CHECK(url.error().code == ErrorCode::invalid_did_url);
}

TEST_CASE("only a reference that begins with # is made absolute [DID-25]", "[did]") {
  const auto base = *Did::parse("did:a:b");
  CHECK(DidUrl::absolute("#key-1", base) == "did:a:b#key-1");
  CHECK(DidUrl::absolute("did:c:d#key-1", base) == "did:c:d#key-1");
  CHECK(DidUrl::absolute("key-1", base) == "key-1");
}

TEST_CASE("a DID URL that was put together by the grammar is read back as it was", "[did]") {
  CHECK(rc::check("text of parse is the text", [] {
    const auto word = [](const char* alphabet, int min) {
      const std::string letters(alphabet);
      auto text = *rc::gen::container<std::string>(rc::gen::elementOf(letters));
      while (static_cast<int>(text.size()) < min) text += letters.front();
      return text;
    };
    std::string text = "did:" + word("abz019", 1) + ':' + word("aZ0.-_:", 0) + word("aZ0.-_", 1);
    std::string path;
    if (*rc::gen::arbitrary<bool>()) path = "/" + word("a0-._~!$&'()*+,;=:@/", 0) + "%2F";
    std::optional<std::string> query;
    if (*rc::gen::arbitrary<bool>()) query = word("a0-._~!$&'()*+,;=:@/?", 0);
    std::optional<std::string> fragment;
    if (*rc::gen::arbitrary<bool>()) fragment = word("a0-._~!$&'()*+,;=:@/?", 0);
    const std::string did = text;
    text += path + (query ? '?' + *query : "") + (fragment ? '#' + *fragment : "");
    const auto url = DidUrl::parse(text);
    RC_ASSERT(static_cast<bool>(url));
    RC_ASSERT(url->did.text() == did);
    RC_ASSERT(url->path == path);
    RC_ASSERT(url->query == query);
    RC_ASSERT(url->fragment == fragment);
    RC_ASSERT(url->text() == text);
  }));
}

TEST_CASE("every error code has the name of its enumerator", "[did]") {
  CHECK(code_name(ErrorCode::invalid_did) == "invalid_did");
  CHECK(code_name(ErrorCode::invalid_did_url) == "invalid_did_url");
  CHECK(code_name(ErrorCode::invalid_options) == "invalid_options");
  CHECK(code_name(ErrorCode::not_found) == "not_found");
  CHECK(code_name(ErrorCode::method_not_supported) == "method_not_supported");
  CHECK(code_name(ErrorCode::representation_not_supported) == "representation_not_supported");
  CHECK(code_name(ErrorCode::invalid_did_document) == "invalid_did_document");
  CHECK(code_name(ErrorCode::document_too_large) == "document_too_large");
  CHECK(code_name(ErrorCode::deactivated) == "deactivated");
  CHECK(code_name(ErrorCode::conflict) == "conflict");
  CHECK(code_name(ErrorCode::invalid_log) == "invalid_log");
  CHECK(code_name(ErrorCode::unavailable) == "unavailable");
}

}  // namespace did_test
