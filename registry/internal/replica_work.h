#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/replica.h"

namespace avow::registry {

std::vector<const std::string*> once_each(const std::vector<std::string>& texts);

struct Replica::Work {
  core::Transaction& transaction;
  FeedWriter store;
  std::string_view from;
  core::Instant now;
  Walks walks;                             // kept by the replica once committed
  std::shared_ptr<const Charter> charter;  // in force, what this transaction decides included
  std::optional<Election> election = {};   // of the slot after it, once asked for
  bool governs = false;                    // the charter changed
  /// Members about whom another emergency is kept.
  std::set<std::string> called = {};
  /// What governors signed and waits: what this transaction adds, and (by text) what it has taken or refused.
  HeldTexts newly_held = {};
  std::set<std::string> settled = {};
  std::set<std::string> held_again = {};
  /// How often, so far, there were other keys of a member to judge by (its log, or what is spare of it), or, under
  /// kEverybody, another charter; and at which of this what is held was looked at last.
  std::map<std::string, std::size_t, std::less<>> news = {};
  std::map<std::string, std::size_t> looked_at = {};  // by text
  static constexpr std::string_view kEverybody = "";
  /// The hash of what we sign in this transaction: if it is refused, nobody has it, and its place is free.
  std::string_view just_signed = {};
  Receipt receipt = {};
  /// Ranges of logs of which other entries are needed than those that are here.
  std::set<MissingRange> need_others = {};
  /// Openings that waited and miss nothing any more, to be judged.
  std::multimap<WalkKey, std::shared_ptr<const Statement>> ready = {};
  /// Does less wait than before?
  bool has_made_room = false;
  /// Feeds that went on: what is held of them is looked at again.
  std::set<std::string> touched = {};
  /// Feeds whose counted branch changed otherwise than by one more statement.
  std::set<std::string> changed = {};
  /// What had been counted of those whose owner abandoned a part of it.
  std::map<std::string, FeedFold> abandoned = {};
  std::map<std::string, std::shared_ptr<const MemberLog>, std::less<>> logs = {};  // that went on
  /// On the view, once committed. Those of a feed that changed are not needed: it is folded anew.
  std::vector<std::pair<std::string, std::function<void(View&)>>> statements = {};
  std::vector<std::function<void(View&)>> effects = {};
};

}  // namespace avow::registry
