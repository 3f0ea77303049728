#include "registry/held_texts.h"

#include <algorithm>

namespace avow::registry {
namespace {

template <class Texts>
auto place_in(Texts& texts, const std::string& text) {
  return std::find_if(texts.begin(), texts.end(),
                      [&](const auto& one) { return one.text == text; });
}

}  // namespace

const HeldTexts::Text* HeldTexts::find(const Text& text) const {
  const auto room = rooms_.find({text.signer, text.is_checked});
  if (room == rooms_.end()) return nullptr;
  const auto found = place_in(room->second.texts, text.text);
  return found == room->second.texts.end() ? nullptr : &*found;
}

bool HeldTexts::hold(Text text) {
  if (const auto room = rooms_.find({text.signer, text.is_checked}); room != rooms_.end()) {
    auto& texts = room->second.texts;
    if (const auto found = place_in(texts, text.text); found != texts.end()) {
      found->judged_after = std::move(text.judged_after);
      return false;
    }
  }
  if (text.is_checked) {
    erase({text.object_class, text.signer, text.text, false});
    for (const auto& signer : text.signers) {
      for (const bool is_checked : {true, false})
        erase({text.object_class, signer, text.text, is_checked});
    }
  }
  const auto size = text.text.size();
  const auto [room, is_new] = rooms_.try_emplace({text.signer, text.is_checked});
  const auto max = text.is_checked ? kMaxEach : kMaxUncheckedEach;
  const auto max_bytes = text.is_checked ? kMaxBytesEach : kMaxUncheckedBytesEach;
  if (room->second.texts.size() == max || room->second.bytes + size > max_bytes) {
    if (is_new) rooms_.erase(room);
    ++dropped_;
    return false;
  }
  const auto key = room->first;
  room->second.texts.push_back(std::move(text));
  room->second.bytes += size;
  bytes_ += size;
  while (bytes_ > kMaxBytes) {
    const auto largest = std::max_element(
        rooms_.begin(), rooms_.end(),
        [](const auto& one, const auto& other) { return one.second.bytes < other.second.bytes; });
    const bool is_this = largest->first == key;
    drop_last(largest);
    if (is_this) return false;
  }
  return true;
}

void HeldTexts::drop_last(std::map<Key, Room>::iterator room) {
  const auto size = room->second.texts.back().text.size();
  ++dropped_;
  room->second.texts.pop_back();
  room->second.bytes -= size;
  bytes_ -= size;
  if (room->second.texts.empty()) rooms_.erase(room);
}

void HeldTexts::erase(const Text& text) {
  const auto room = rooms_.find({text.signer, text.is_checked});
  if (room == rooms_.end()) return;
  auto& texts = room->second.texts;
  const auto found = place_in(texts, text.text);
  if (found == texts.end()) return;
  room->second.bytes -= found->text.size();
  bytes_ -= found->text.size();
  texts.erase(found);
  if (texts.empty()) rooms_.erase(room);
}

std::vector<HeldTexts::Text> HeldTexts::all() const {
  std::vector<Text> out;
  for (const auto& [key, room] : rooms_)
    out.insert(out.end(), room.texts.begin(), room.texts.end());
  return out;
}

}  // namespace avow::registry
