#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "registry/testing/reference_tree.h"
#include "revocation/rice_code.h"

namespace avow::registry::testing {

/// The view root by a second reading of the rules, from the objects' JSON and reference_tree.h: everything in maps, everything
/// from the whole set, no order, no store. It believes all signatures and entries that it is given; a body out of form is
/// one with a member "more". Left out: emergencies, settlements of an entry that is not given or whose keys did not sign
/// its epoch, two values of a slot, all limits. node.set and did.document have no row in the root.
class ReferenceFold {
 public:
  explicit ReferenceFold(const core::Json& charter) { add_slot(charter); }
  void add_statement(const core::Json& json) {
    const Link link{json, core::to_multibase(leaf_of(json)), place_of(json)};
    feeds_[text(json, "feed")].links.emplace(link.hash, link);
  }
  void add_entry(const core::Json& json) {
    const auto id = text(json, "versionId");
    const auto did = text(*json.find("state"), "id").substr(10);
    feeds_[did.substr(0, did.find(':'))].log[std::stoll(id)].insert(id.substr(id.find('-') + 1));
  }
  /// After all entries: one may be settled.
  void add_slot(const core::Json& json) {
    slots_[number(json, "slot")] = core::to_multibase(leaf_of(json));
    for (const auto& action : *json.find("actions")->as_array()) {
      const auto does = text(action, "action");
      if (does == "admit") add_entry(*action.find("entry"));
      if (does == "evict") feeds_[text(action, "scid")].cut = action;
      if (does == "settle")
        feeds_[text(action, "scid")].log[number(action, "version")] = {text(action, "entryHash")};
    }
  }

  std::string root() const {
    std::set<std::string> rows{row({"network", slots_.at(1), 1})};
    for (const auto& [n, hash] : slots_) rows.insert(row({"slot", n, hash}));
    for (const auto& [scid, feed] : feeds_)
      if (feed.log.contains(1)) rows.merge(rows_of(scid, feed));  // a member's
    std::vector<core::Sha256> leaves;
    for (const auto& one : rows) leaves.push_back(reference_leaf(one));
    return core::to_multibase(reference_root(leaves));
  }

 private:
  using Place = std::pair<std::int64_t, std::int64_t>;  // epoch, sequence
  struct Link {
    core::Json json;
    std::string hash;
    Place place;
  };
  struct Feed {
    std::map<std::string, Link> links;                  // by hash
    std::map<std::int64_t, std::set<std::string>> log;  // version → hashes
    std::optional<core::Json> cut = {};
  };
  struct Interval {
    std::string from, until;
    core::Json depth;
  };
  struct Said {
    std::map<std::string, std::pair<std::string, revocation::StatusBits>> lists;  // purpose, bits
    std::map<std::vector<std::string>, std::vector<Interval>> rows;  // by kind, subject, type
    std::map<std::string, Place> given_up;                           // keys
    std::vector<core::Sha256> issued;
    std::set<Place> takes_back;  // the base that does
  };

  static std::string text(const core::Json& json, const char* name) {
    return json.find_string(name) == nullptr ? "" : *json.find_string(name);
  }
  static std::int64_t number(const core::Json& json, const char* name) {
    return *json.find(name)->as_integer();
  }
  static Place place_of(const core::Json& json) {
    return {number(json, "epoch"), number(json, "sequence")};
  }
  /// What the statement of that hash continues, and it.
  static std::vector<const Link*> branch(const Feed& feed, const std::string& hash) {
    const auto last = feed.links.find(hash);
    if (last == feed.links.end()) return {};
    auto links = branch(feed, text(last->second.json, "previous"));
    links.push_back(&last->second);
    return links;
  }
  static std::set<std::string> rows_of(const std::string& scid, const Feed& feed) {
    std::int64_t versions = 0;  // that count
    while (feed.log.contains(versions + 1) && feed.log.at(versions + 1).size() == 1) ++versions;
    std::set<std::string> rows{feed.log.contains(versions + 1)
                                   ? row({"logfork", scid, versions + 1})
                                   : row({"log", scid, versions, *feed.log.at(versions).begin()})};
    std::map<Place, std::vector<const Link*>> at;
    for (const auto& [hash, link] : feed.links)
      if (link.place.first <= versions) at[link.place].push_back(&link);
    std::int64_t epoch = versions;
    while (epoch > 0 && (!at.contains({epoch, 0}) || at[{epoch, 0}].size() > 1)) --epoch;
    std::vector<const Link*> counted;
    if (feed.cut) {
      if (number(*feed.cut, "epoch") <= versions) counted = branch(feed, text(*feed.cut, "hash"));
    } else if (epoch > 0) {
      counted = branch(feed, at[{epoch, 0}][0]->hash);
      for (Place next{epoch, 1}; at.contains(next) && at[next].size() == 1; ++next.second) {
        const auto* one = at[next][0];
        if (text(one->json, "time") < text(counted.back()->json, "time")) break;
        counted.push_back(one);
      }
    }
    Said said;
    for (const auto* link : counted) say(*link, said);
    auto frozen = said.takes_back;  // one place, or none
    for (const auto& [place, links] : at)
      if (frozen.empty() && !feed.cut && place.first >= epoch && links.size() > 1)
        frozen.insert(place);
    const auto last = counted.empty() ? Link{} : *counted.back();
    for (const auto& [of, from] : frozen)
      rows.insert(
          row({"frozen", scid, of, from, last.place == Place(of, from - 1) ? last.hash : ""}));
    if (!counted.empty())
      rows.insert(row({"feed", scid, last.place.first, last.place.second, last.hash}));
    for (const auto& [name, list] : said.lists)
      rows.insert(
          row({"status", scid, name, list.first, core::to_multibase(list.second.sha256())}));
    std::vector<std::string> lasting;
    for (const auto& [of, all] : said.rows)
      for (const auto& [from, until, depth] : all)
        lasting.push_back(row({of[0], of[1], of[2], from, until, depth, scid}));
    for (const auto& [key, at_most] : said.given_up) {
      const auto up_to = std::to_string(at_most.first) + "/" + std::to_string(at_most.second);
      lasting.push_back(row({"key.compromised", key, "", "", up_to, "", scid}));
    }
    if (const auto n = std::to_string(said.issued.size()); n != "0")
      lasting.push_back(
          row({"issued", core::to_multibase(reference_root(said.issued)), "", "", "", n, scid}));
    rows.insert(row({"fold", scid, digest_of_rows(lasting)}));
    return rows;
  }
  static void say(const Link& link, Said& said) {
    const auto& body = *link.json.find("body");
    const auto kind = text(link.json, "kind"), now = text(link.json, "time");
    const auto until = text(body, "until");
    const bool is_void = body.find("more") != nullptr;
    auto& stop = said.rows[{kind, text(body, "agent"), ""}];
    if (!said.takes_back.empty()) return;
    if (kind.starts_with("accredit")) {
      const auto types = is_void ? core::Json::Array() : *body.find("types")->as_array();
      for (auto& [of, all] : said.rows) {
        const bool is_named =
            is_void || std::find(types.begin(), types.end(), of[2]) != types.end();
        if (of[0] != "accredit" || of[1] != text(body, "subject") || !is_named) continue;
        for (auto& one : all)
          if (one.until.empty() || one.until > now) one.until = std::max(one.from, now);
        std::erase_if(all, [](const Interval& one) { return one.until == one.from; });
      }
      if (kind == "accredit.revoke" || (!until.empty() && until <= now)) return;
      for (const auto& type : types)
        said.rows[{kind, text(body, "subject"), *type.as_string()}].push_back(
            {now, until, *body.find("depth")});
    } else if (kind == "agent.suspend") {
      if (stop.empty()) stop = {{now, "", ""}};
      if (!is_void && !*body.find("suspended")->as_boolean()) stop.clear();
    } else if (kind == "agent.disown") {
      const auto from = is_void ? now : text(body, "from");
      if (stop.empty() || from < stop[0].from) stop = {{from, "", ""}};
    } else if (kind == "key.compromised") {
      auto& known = said.given_up.emplace(text(body, "key"), link.place).first->second;
      known = is_void ? Place(1, 0) : std::min(known, place_of(*body.find("upTo")));
    } else if (kind == "issued" && !is_void) {
      said.issued.push_back(leaf_of(link.json));
    } else if (kind == "status.list" && !is_void) {
      said.lists.try_emplace(text(body, "list"), text(body, "purpose"), revocation::StatusBits());
    }
    const auto found = said.lists.find(text(body, "list"));
    if (found == said.lists.end() || is_void) return;
    auto& [purpose, bits] = found->second;
    const bool is_final = purpose == "revocation";
    if (kind == "status.base") {
      const auto base = *revocation::from_rice_text(text(body, "bits"));
      for (const auto index : bits.set_indexes())
        if (is_final && !base.get(index)) said.takes_back.insert(link.place);
      if (said.takes_back.empty()) bits = base;
    } else if (kind == "status.delta" && !(is_final && !body.find("clear")->as_array()->empty())) {
      for (const auto& index : *body.find("set")->as_array())
        bits.set(*revocation::StatusListIndex::from(*index.as_integer()));
      for (const auto& index : *body.find("clear")->as_array())
        bits.clear(*revocation::StatusListIndex::from(*index.as_integer()));
    }
  }

  std::map<std::string, Feed> feeds_;          // by SCID
  std::map<std::int64_t, std::string> slots_;  // number → hash
};

}  // namespace avow::registry::testing
