#include "registry/held_texts.h"

#include <catch2/catch.hpp>

namespace held_texts_test {

using namespace avow::registry;

namespace {

HeldTexts::Text text_of(const std::string& signer, const std::string& text,
                        bool is_checked = true) {
  return {ObjectClass::vote, signer, text, is_checked};
}
std::string large(std::size_t number, std::size_t bytes) {
  auto text = std::to_string(number);
  text.resize(bytes, '.');
  return text;
}

}  // namespace

TEST_CASE("each signer's room is its own, and what cannot be checked has little",
          "[registry][held]") {
  for (const bool is_checked : {true, false}) {
    HeldTexts held;
    const auto max = is_checked ? HeldTexts::kMaxEach : HeldTexts::kMaxUncheckedEach;
    for (std::size_t i = 0; i < max; ++i)
      CHECK(held.hold(text_of("acme", std::to_string(i), is_checked)));
    CHECK_FALSE(held.hold(text_of("acme", "one more", is_checked)));
    CHECK(held.hold(text_of("acme", "one more", !is_checked)));
    CHECK(held.hold(text_of("globex", "one", is_checked)));
    CHECK(held.all().size() == max + 2);
  }
  HeldTexts held;
  CHECK(held.hold(text_of("acme", large(1, HeldTexts::kMaxUncheckedBytesEach), false)));
  CHECK_FALSE(held.hold(text_of("acme", "2", false)));
  CHECK_FALSE(held.hold(text_of("globex", large(1, HeldTexts::kMaxBytesEach + 1))));
  CHECK(held.hold(text_of("globex", large(1, HeldTexts::kMaxBytesEach))));
}

TEST_CASE("a text is held once, and is checked or not", "[registry][held]") {
  HeldTexts held;
  CHECK(held.hold(text_of("acme", "one", false)));
  CHECK_FALSE(held.hold(text_of("acme", "one", false)));
  CHECK(held.hold(text_of("acme", "one")));
  REQUIRE(held.all().size() == 1);
  CHECK(held.all().front().is_checked);
  CHECK(held.bytes() == 3);
  held.erase(text_of("acme", "one", false));
  CHECK(held.contains(text_of("acme", "one")));
  held.erase(text_of("acme", "one"));
  CHECK(held.all().empty());
  CHECK(held.bytes() == 0);
}

TEST_CASE("what several signed has the room of the last of them that it was held of",
          "[registry][held]") {
  HeldTexts held;
  auto text = text_of("acme", "one");
  text.signers = {"acme", "globex"};
  text.judged_after = "slot 2";
  CHECK(held.hold(text));
  text.judged_after = "slot 3";
  CHECK_FALSE(held.hold(text));
  CHECK(held.find(text)->judged_after == "slot 3");
  text.signer = "globex";
  CHECK(held.hold(text));
  REQUIRE(held.all().size() == 1);
  CHECK(held.all().front().signer == "globex");
  CHECK(held.bytes() == 3);
}

TEST_CASE("when all together hold too much, whoever holds most gives way", "[registry][held]") {
  HeldTexts held;
  CHECK(held.hold(text_of("acme", "small")));
  const auto half = HeldTexts::kMaxBytesEach / 2;
  const auto signers = HeldTexts::kMaxBytes / HeldTexts::kMaxBytesEach;
  for (std::size_t i = 0; i < signers; ++i) {
    for (const std::size_t part : {1U, 2U})
      held.hold(text_of("signer " + std::to_string(i), large(part, half)));
  }
  CHECK(held.bytes() <= HeldTexts::kMaxBytes);
  CHECK(held.contains(text_of("acme", "small")));
  CHECK(held.hold(text_of("globex", large(1, half))));
  CHECK(held.contains(text_of("globex", large(1, half))));
  CHECK(held.bytes() <= HeldTexts::kMaxBytes);
  CHECK(held.hold(text_of("initech", "late")));
}

}  // namespace held_texts_test
