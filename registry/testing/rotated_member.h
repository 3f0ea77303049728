#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "registry/testing/key_history.h"
#include "registry/testing/node.h"
#include "registry/testing/orders.h"

namespace avow::registry::testing {

/// A member whose log has three versions, with an opening and a note of the first epoch; and nodes that are given what it said.
struct RotatedMember {
  using Position = std::pair<std::int64_t, std::int64_t>;

  Consortium consortium;
  Charter charter = consortium.charter();
  HourLimits limits = {};
  const Organisation& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  KeyVersion second = keys.after(acme.entry, kNow - std::chrono::hours(2));
  KeyVersion third = keys.after(second.entry, kNow - std::chrono::hours(1));
  Author first{acme, charter.network};
  Statement open = first.open();
  Statement note = first.note("one");

  Author continuing(const Statement& previous) const {
    return first.in_epoch(2, second.key, second.key_id, previous.hash);
  }
  Author continuing_in_third(const Statement& previous) const {
    return first.in_epoch(3, third.key, third.key_id, previous.hash);
  }
  std::unique_ptr<Node> node() const {
    auto made = std::make_unique<Node>(charter, std::set<std::string>{"one", "two"}, limits);
    made->receive_entries({second.text(), third.text()});
    return made;
  }
  std::unique_ptr<Node> given(const std::vector<Statement>& statements) const {
    auto made = node();
    for (const auto& statement : statements) made->receive({statement});
    return made;
  }
  Position position(const Node& of) const {
    const auto* fold = of.replica->view()->feed(acme.scid);
    return fold == nullptr ? Position{0, 0}
                           : Position{fold->position()->epoch, fold->position()->sequence};
  }
};

inline Receipt wanted_by(const Node& node) {
  Receipt wanted;
  node.read([&](core::Connection& c) { wanted = node.replica->wanted(c); });
  return wanted;
}

inline bool wants_nothing(const Node& node) {
  const auto wanted = wanted_by(node);
  return wanted.need.empty() && wanted.need_hashes.empty();
}

/// What was refused, for it stood above a fork, is asked for once something continues it.
inline void give_what_is_asked(Node& node, const std::vector<Statement>& all) {
  for (std::size_t round = 0; round < all.size() && !wants_nothing(node); ++round) {
    const auto wanted = wanted_by(node);
    for (const auto& statement : all) {
      if (wanted.need_hashes.contains(statement.hash)) node.receive({statement});
    }
  }
}

/// Each statement once, in every order: the feed ends there, as it does for who has them in this one.
inline void check_every_order(const RotatedMember& w, const std::vector<Statement>& all,
                              const RotatedMember::Position& end) {
  const auto root = w.given(all)->root();
  std::map<std::string, Statement> by_text;
  std::vector<std::string> texts;
  for (const auto& statement : all) {
    by_text.emplace(statement.text, statement);
    texts.push_back(statement.text);
  }
  for (const auto& [number, order] : orders_of(texts)) {
    std::vector<Statement> statements;
    std::string places;
    for (const auto& text : order) {
      statements.push_back(by_text.at(text));
      const auto& one = statements.back();
      places += " " + std::to_string(one.epoch) + "/" + std::to_string(one.sequence) +
                (one.text == all.back().text ? "'" : "");
    }
    INFO("order " << number << ":" << places);
    const auto node = w.given(statements);
    give_what_is_asked(*node, all);
    CHECK(w.position(*node) == end);
    CHECK(node->root() == root);
    CHECK(wants_nothing(*node));
  }
}

}  // namespace avow::registry::testing
