#include <memory>

#include "core/canonical_json.h"
#include "core/testing/benches.h"

namespace avow::core::testing {
namespace {

/// About as large, as deep and as wide as a credential.
Json usual_document() {
  Json items = Json::array();
  for (int i = 0; i < 5; ++i) {
    const std::string number = std::to_string(i);
    items.push_back(Json::object({{"id", "https://acme.example/things/" + number},
                                  {"type", Json::array({"Thing", "Item" + number})},
                                  {"count", 1000 + i},
                                  {"note", "some words that are not long"},
                                  {"limit", Json::object({{"max", 100 * i}, {"unit", "USD"}})}}));
  }
  return Json::object({{"id", "urn:uuid:5f0c3d0e-3c5b-4c6e-9a43-0b5a6c1d2e3f"},
                       {"from", "2026-11-21T08:00:00Z"},
                       {"until", "2026-11-21T09:00:00Z"},
                       {"items", std::move(items)}});
}

}  // namespace

Benches json_benches() {
  const auto json = std::make_shared<const Json>(usual_document());
  const auto text = std::make_shared<const std::string>(to_canonical(*json));
  return {{.name = "json_parse",
           .what = "parse " + std::to_string(text->size()) + " bytes of JSON",
           .run =
               [text](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i)
                   must_hold(parse_json(*text).has_value(), "JSON");
               }},
          {.name = "json_canonical",
           .what = "write them as RFC 8785",
           .run = [json, text](std::size_t count) {
             for (std::size_t i = 0; i < count; ++i)
               must_hold(to_canonical(*json).size() == text->size(), "canonical text");
           }}};
}

}  // namespace avow::core::testing
