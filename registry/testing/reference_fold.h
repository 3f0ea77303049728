#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/canonical_json.h"
#include "core/json.h"
#include "core/multibase.h"
#include "core/sha256.h"
#include "revocation/rice_code.h"

namespace avow::registry::testing {

/// The view root by a second reading of the rules, from nothing but the objects' JSON: everything in maps, everything
/// from the whole set, no order, no store. It believes all signatures and all log entries that it is given.
class ReferenceFold {
 public:
  explicit ReferenceFold(core::Json charter) : charter_(std::move(charter)) {}

  void add_statement(const core::Json& json) {
    const Link link{json, hash_of(json), number(json, "epoch"), number(json, "sequence")};
    feeds_[text(json, "feed")].links.emplace(link.hash, link);
  }
  void add_entry(const core::Json& json) {
    const auto id = text(json, "versionId");
    const auto did = text(*json.find("state"), "id").substr(10);
    auto& log = feeds_[did.substr(0, did.find(':'))].log;
    log[std::stoll(id)].insert(id.substr(id.find('-') + 1));
  }
  /// A slot after the first. Of its actions, evictions are folded.
  void add_slot(const core::Json& json) {
    slots_[number(json, "slot")] = hash_of(json);
    for (const auto& action : *json.find("actions")->as_array()) {
      if (text(action, "action") == "evict") feeds_[text(action, "scid")].cut = action;
    }
  }

  std::string root() const {
    const auto network = hash_of(charter_);
    std::vector<std::string> rows{row({"network", network, 1}), row({"slot", 1, network})};
    for (const auto& [n, hash] : slots_) rows.push_back(row({"slot", n, hash}));
    for (const auto& action : *charter_.find("actions")->as_array()) {
      if (text(action, "action") != "admit") continue;
      const auto scid = text(action, "scid");
      const auto found = feeds_.find(scid);
      auto feed = found == feeds_.end() ? Feed{} : found->second;
      feed.log[1].insert(text(*action.find("entry"), "versionId").substr(2));
      add_rows(scid, feed, rows);
    }
    std::sort(rows.begin(), rows.end());
    std::vector<std::string> leaves;
    for (const auto& one : rows) leaves.push_back(sha(std::string(1, '\0') + one));
    return named(tree(leaves));
  }

 private:
  struct Link {
    core::Json json;
    std::string hash;
    std::int64_t epoch;
    std::int64_t sequence;
  };
  struct Feed {
    std::map<std::string, Link> links;                  // by hash
    std::map<std::int64_t, std::set<std::string>> log;  // version → hashes
    std::optional<core::Json> cut;
  };
  struct List {
    std::string purpose;
    revocation::StatusBits bits;
  };

  static std::string text(const core::Json& json, const char* name) {
    return *json.find_string(name);
  }
  static std::int64_t number(const core::Json& json, const char* name) {
    return *json.find(name)->as_integer();
  }
  static std::string row(core::Json::Array cells) {
    return core::to_canonical(core::Json::array(std::move(cells)));
  }
  static std::string sha(const std::string& data) {
    const auto digest = core::sha256(std::string_view(data));
    return {digest.begin(), digest.end()};
  }
  static std::string named(const std::string& hash) {
    return core::to_multibase(core::Multibase::base64url, core::as_bytes(hash));
  }
  /// SHA-256(0x00 ‖ JCS without the proof).
  static std::string hash_of(const core::Json& object) {
    return named(sha(std::string(1, '\0') + core::to_canonical_without(object, "proof")));
  }
  /// RFC 6962 "Merkle Hash Trees", as it is written there.
  static std::string tree(const std::vector<std::string>& leaves) {
    if (leaves.size() == 1) return leaves[0];
    std::size_t split = 1;
    while (split * 2 < leaves.size()) split *= 2;
    const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(split);
    return sha("\x01" + tree({leaves.begin(), middle}) + tree({middle, leaves.end()}));
  }

  /// What the statement of that hash continues, and it.
  static std::vector<const Link*> branch(const Feed& feed, const std::string& hash) {
    std::vector<const Link*> links;
    for (auto link = feed.links.find(hash); link != feed.links.end();) {
      links.push_back(&link->second);
      link = feed.links.find(text(link->second.json, "previous"));
    }
    std::reverse(links.begin(), links.end());
    return links;
  }
  static void add_rows(const std::string& scid, const Feed& feed, std::vector<std::string>& rows) {
    std::int64_t versions = 0;  // that count
    while (feed.log.contains(versions + 1) && feed.log.at(versions + 1).size() == 1) ++versions;
    const bool log_is_forked = feed.log.contains(versions + 1);
    rows.push_back(log_is_forked ? row({"logfork", scid, versions + 1})
                                 : row({"log", scid, versions, *feed.log.at(versions).begin()}));
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<const Link*>> at;
    for (const auto& [hash, link] : feed.links) {
      if (link.epoch <= versions) at[{link.epoch, link.sequence}].push_back(&link);
    }
    std::int64_t epoch = versions;
    while (epoch > 0 && (!at.contains({epoch, 0}) || at[{epoch, 0}].size() > 1)) --epoch;
    std::vector<const Link*> counted;
    if (feed.cut) {
      if (number(*feed.cut, "epoch") <= versions) counted = branch(feed, text(*feed.cut, "hash"));
    } else if (epoch > 0) {
      counted = branch(feed, at[{epoch, 0}][0]->hash);
      for (std::int64_t next = 1; at.contains({epoch, next}); ++next) {
        if (at[{epoch, next}].size() > 1) break;
        counted.push_back(at[{epoch, next}][0]);
      }
    }
    const auto [lists, takes_back] = fold(counted);
    if (takes_back)
      rows.push_back(row({"frozen", scid, takes_back->epoch, takes_back->sequence, ""}));
    for (const auto& [position, links] : at) {
      if (takes_back || feed.cut || position.first < epoch || links.size() < 2) continue;
      const bool reaches = !counted.empty() && counted.back()->epoch == position.first &&
                           counted.back()->sequence == position.second - 1;
      rows.push_back(row({"frozen", scid, position.first, position.second,
                          reaches ? counted.back()->hash : std::string()}));
      break;
    }
    if (!counted.empty()) {
      const auto& last = *counted.back();
      rows.push_back(row({"feed", scid, last.epoch, last.sequence, last.hash}));
    }
    rows.push_back(row({"fold", scid, core::to_multibase(core::sha256(std::string_view()))}));
    for (const auto& [name, list] : lists) {
      rows.push_back(
          row({"status", scid, name, list.purpose, core::to_multibase(list.bits.sha256())}));
    }
  }
  /// What the lists are, and the base at which that ends, if there is one.
  static std::pair<std::map<std::string, List>, const Link*> fold(
      const std::vector<const Link*>& counted) {
    std::map<std::string, List> lists;
    for (const auto* link : counted) {
      const auto kind = text(link->json, "kind");
      const auto& body = *link->json.find("body");
      if (kind == "status.list") {
        lists.try_emplace(text(body, "list"), List{text(body, "purpose"), {}});
      }
      if (kind != "status.delta" && kind != "status.base") continue;
      const auto list = lists.find(text(body, "list"));
      if (list == lists.end()) continue;
      if (kind == "status.base") {
        const auto bits = *revocation::from_rice_text(text(body, "bits"));
        for (const auto index : list->second.bits.set_indexes()) {
          if (list->second.purpose == "revocation" && !bits.get(index)) return {lists, link};
        }
        list->second.bits = bits;
        continue;
      }
      const auto& clear = *body.find("clear")->as_array();
      if (!clear.empty() && list->second.purpose == "revocation") continue;  // void
      const auto at = [](const core::Json& index) {
        return *revocation::StatusListIndex::from(*index.as_integer());
      };
      for (const auto& index : *body.find("set")->as_array()) list->second.bits.set(at(index));
      for (const auto& index : clear) list->second.bits.clear(at(index));
    }
    return {lists, nullptr};
  }

  core::Json charter_;
  std::map<std::string, Feed> feeds_;
  std::map<std::int64_t, std::string> slots_;  // number → hash
};

}  // namespace avow::registry::testing
