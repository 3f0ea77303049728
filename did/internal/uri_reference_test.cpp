#include "did/internal/uri_reference.h"

#include <catch2/catch.hpp>

namespace uri_reference_test {

using namespace avow::did::internal;

namespace {

std::string seen_from(const std::string& base, const std::string& reference) {
  return resolved(*UriReference::parse(base), *UriReference::parse(reference)).text();
}

}  // namespace

TEST_CASE("references are resolved as in the examples of RFC 3986", "[did][uri]") {
  struct Row {
    const char* reference;
    const char* expected;
  };
  // RFC 3986 "Normal Examples" and "Abnormal Examples".
  const std::vector<Row> rows{{"g:h", "g:h"},
                              {"g", "http://a/b/c/g"},
                              {"./g", "http://a/b/c/g"},
                              {"g/", "http://a/b/c/g/"},
                              {"/g", "http://a/g"},
                              {"//g", "http://g"},
                              {"?y", "http://a/b/c/d;p?y"},
                              {"g?y", "http://a/b/c/g?y"},
                              {"#s", "http://a/b/c/d;p?q#s"},
                              {"g#s", "http://a/b/c/g#s"},
                              {"g?y#s", "http://a/b/c/g?y#s"},
                              {";x", "http://a/b/c/;x"},
                              {"g;x", "http://a/b/c/g;x"},
                              {"g;x?y#s", "http://a/b/c/g;x?y#s"},
                              {"", "http://a/b/c/d;p?q"},
                              {".", "http://a/b/c/"},
                              {"./", "http://a/b/c/"},
                              {"..", "http://a/b/"},
                              {"../", "http://a/b/"},
                              {"../g", "http://a/b/g"},
                              {"../..", "http://a/"},
                              {"../../", "http://a/"},
                              {"../../g", "http://a/g"},
                              {"../../../g", "http://a/g"},
                              {"../../../../g", "http://a/g"},
                              {"/./g", "http://a/g"},
                              {"/../g", "http://a/g"},
                              {"g.", "http://a/b/c/g."},
                              {".g", "http://a/b/c/.g"},
                              {"g..", "http://a/b/c/g.."},
                              {"..g", "http://a/b/c/..g"},
                              {"./../g", "http://a/b/g"},
                              {"./g/.", "http://a/b/c/g/"},
                              {"g/./h", "http://a/b/c/g/h"},
                              {"g/../h", "http://a/b/c/h"},
                              {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                              {"g;x=1/../y", "http://a/b/c/y"},
                              {"g?y/./x", "http://a/b/c/g?y/./x"},
                              {"g?y/../x", "http://a/b/c/g?y/../x"},
                              {"g#s/./x", "http://a/b/c/g#s/./x"},
                              {"g#s/../x", "http://a/b/c/g#s/../x"},
                              {"http:g", "http:g"}};
  for (const Row& row : rows) {
    INFO(row.reference);
    CHECK(seen_from("http://a/b/c/d;p?q", row.reference) == row.expected);
  }
}

TEST_CASE("a base without a path gets one", "[did][uri]") {
  CHECK(seen_from("https://example.com", "a") == "https://example.com/a");
}

TEST_CASE("what cannot stand in a URI is no reference", "[did][uri]") {
  for (const char* text : {"a b", "a\r\nb", "a\"b", "a%2", "a%zz", "a\\b", "a\x7f", "\xc3\xa9"}) {
    INFO(text);
    CHECK_FALSE(UriReference::parse(text));
  }
}

}  // namespace uri_reference_test
