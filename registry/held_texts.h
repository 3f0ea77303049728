#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "registry/feed_store.h"

namespace avow::registry {

/// What governors signed and cannot be judged yet: votes, slots and emergencies. In memory only, and bounded so that
/// nobody takes the room of another: each signer has its own, and when all together hold too much, whoever holds most
/// gives way.
class HeldTexts {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMaxEach = 64;
  static constexpr std::size_t kMaxBytesEach = std::size_t{1} << 20;
  /// Of what anybody may have written: the key that it names is not known here.
  static constexpr std::size_t kMaxUncheckedEach = 8;
  static constexpr std::size_t kMaxUncheckedBytesEach = std::size_t{512} << 10;

  struct Text {
    ObjectClass object_class = ObjectClass::vote;
    std::string signer;  // SCID
    std::string text;
    bool is_checked = false;  // the signature is the signer's
    /// Of a decision all that signed it: only their keys, or another slot before it, make another look at it worth while.
    std::vector<std::string> signers = {};
    /// The slot after which its signer was found to have a say. After another one that is asked again.
    std::string judged_after = {};
  };

  /// False if there is no room for it, or it is here already. One that was not checked gives way to itself, checked; and
  /// one that is held of another of its signers to itself, for of whom it was held may have a say no more.
  bool hold(Text text);
  bool contains(const Text& text) const { return find(text) != nullptr; }
  const Text* find(const Text& text) const;
  void erase(const Text& text);
  /// By signer, then as they came.
  std::vector<Text> all() const;
  std::size_t bytes() const { return bytes_; }
  /// How many had no room, or gave way, so far.
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Room {
    std::vector<Text> texts;
    std::size_t bytes = 0;
  };
  using Key = std::pair<std::string, bool>;  // signer, is_checked
  void drop_last(std::map<Key, Room>::iterator room);

  std::map<Key, Room> rooms_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace avow::registry
