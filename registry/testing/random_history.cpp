#include "registry/testing/random_history.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "registry/body.h"
#include "registry/compromised_keys.h"
#include "registry/issued_roots.h"
#include "registry/stopped_agents.h"
#include "registry/testing/key_history.h"
#include "registry/testing/reference_fold.h"
#include "revocation/status_base.h"

namespace avow::registry::testing {

using core::Json;

std::size_t below(Engine& engine, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine);
}

namespace {

constexpr std::size_t kNames = 3;  // of agents, of keys, of those who are accredited
constexpr std::array kTypes{"Badge", "Visa"};
constexpr std::int64_t kVersions = 5;
/// Of the feeds. An hour later most of a short history is said.
const core::Instant kBegin = kNow - std::chrono::hours(72);

/// Who says something, and when.
struct Speaker {
  const std::vector<Organisation>& members;
  const Organisation& member;
  core::Instant time;

  std::string agent(std::size_t n) const {
    const auto& did = member.did;
    return "did:web:" + did.substr(did.rfind(':') + 1) + ":agents:" + std::to_string(n);
  }
};

std::string random_list(Engine& engine) {
  return below(engine, 2) == 0 ? "r1" : "s1";
}

Json random_delta(const Speaker& /*by*/, Engine& engine) {
  const auto list = random_list(engine);
  const auto index = static_cast<int>(below(engine, 64));
  const bool clears = below(engine, list == "s1" ? 3 : 24) == 0;
  return clears ? delta_body(list, {}, {index}) : delta_body(list, {index});
}

/// Mostly all bits that the histories use, so that most bases keep what was revoked before.
Json random_base(const Speaker& /*by*/, Engine& engine) {
  const std::uint32_t from = below(engine, 4) == 0 ? 1 : 0;
  revocation::StatusBase base{random_list(engine), {}};
  for (std::uint32_t i = from; i < 64; ++i) base.bits.set(revocation::StatusListIndex(i));
  return to_json(base);
}

std::string subject(const std::vector<Organisation>& members, std::size_t n) {
  return n < members.size() ? members[n].did : "did:web:" + std::to_string(n) + ".example";
}

std::string random_subject(const Speaker& by, Engine& engine) {
  return subject(by.members, below(engine, by.members.size() + kNames));
}

Json random_types(Engine& engine) {
  if (below(engine, 4) == 0) return Json::array({kTypes[0], kTypes[1]});
  return Json::array({kTypes.at(below(engine, kTypes.size()))});
}

Json random_accreditation(const Speaker& by, Engine& engine) {
  auto body = Json::object({{"subject", random_subject(by, engine)},
                            {"types", random_types(engine)},
                            {"depth", static_cast<std::int64_t>(below(engine, 9))}});
  if (below(engine, 2) == 0) {
    const auto minutes = std::chrono::minutes(static_cast<int>(below(engine, 8)) - 1);
    body.set("until", core::format_milliseconds(by.time + minutes));
  }
  return body;
}

Json random_accreditation_end(const Speaker& by, Engine& engine) {
  return Json::object({{"subject", random_subject(by, engine)}, {"types", random_types(engine)}});
}

Json random_suspension(const Speaker& by, Engine& engine) {
  return to_json(
      AgentSuspension{agent_hash(by.agent(below(engine, kNames))), below(engine, 2) == 0});
}

Json random_disowning(const Speaker& by, Engine& engine) {
  const auto hours = std::chrono::hours(static_cast<int>(below(engine, 5)) - 2);
  return to_json(AgentDisowning{agent_hash(by.agent(below(engine, kNames))), by.time + hours});
}

/// Of an agent of its own, or of the member itself.
std::string key_name(const Speaker& by, std::size_t n) {
  return n < kNames ? by.agent(n) + "#key-1"
                    : by.member.did + "#key-" + std::to_string(n - kNames + 1);
}

Json random_compromise(const Speaker& by, Engine& engine) {
  return to_json(KeyCompromise{key_name(by, below(engine, 2 * kNames)),
                               {static_cast<std::int64_t>(below(engine, kVersions)) + 1,
                                static_cast<std::int64_t>(below(engine, 30))}});
}

Json random_batch(const Speaker& /*by*/, Engine& engine) {
  IssuedBatch batch;
  batch.root = reference_leaf(std::to_string(below(engine, 1000)));
  if (below(engine, 3) == 0) batch.was = SaidAt{1, static_cast<std::int64_t>(below(engine, 20))};
  return to_json(batch);
}

Json random_document(const Speaker& by, Engine& engine) {
  const auto id = by.agent(below(engine, kNames));
  DocumentStatement said{id, Json::object({{"id", id}}), std::nullopt, DocumentStatus::active};
  if (below(engine, 2) == 0) said.owner = by.agent(kNames);
  if (below(engine, 6) == 0) said.status = DocumentStatus::deactivated;
  if (below(engine, 8) == 0) said.document = Json::object({{"id", by.agent(kNames)}});  // is none
  return to_json(said);
}

Json random_nodes(const Speaker& /*by*/, Engine& engine) {
  NodeSet nodes{{"https://" + std::to_string(below(engine, 3)) + ".example"}, std::nullopt};
  if (below(engine, 2) == 0) nodes.tag = "operator";
  return to_json(nodes);
}

Json random_note(const Speaker& /*by*/, Engine& engine) {
  return Json::object({{"text", std::to_string(below(engine, 1000))}});
}

struct Saying {
  const char* kind;
  Json (*body)(const Speaker& by, Engine& engine);
};
constexpr std::array kSayings{Saying{"status.delta", random_delta},
                              Saying{"status.delta", random_delta},
                              Saying{"status.delta", random_delta},
                              Saying{"accredit", random_accreditation},
                              Saying{"accredit", random_accreditation},
                              Saying{"accredit.revoke", random_accreditation_end},
                              Saying{"agent.suspend", random_suspension},
                              Saying{"agent.suspend", random_suspension},
                              Saying{"agent.disown", random_disowning},
                              Saying{"key.compromised", random_compromise},
                              Saying{"issued", random_batch},
                              Saying{"did.document", random_document},
                              Saying{"did.document", random_document},
                              Saying{"node.set", random_nodes},
                              Saying{"advisory", random_note},
                              Saying{"a.later.kind", random_note}};

/// One organisation that rotates, forks, and goes on writing with retired keys.
class Wanderer {
 public:
  /// The member that stands at `place`.
  Wanderer(const std::vector<Organisation>& members, std::size_t place, const std::string& network)
      : members_(members),
        keys_(members[place], static_cast<std::uint8_t>(place + 1)),
        origin_(members[place], network),
        entry_(members[place].entry) {
    open({origin_, kBegin});
    for (const auto* list : {"r1", "s1"}) {
      const auto* purpose = list[0] == 'r' ? "revocation" : "suspension";
      say(branches_.back(), "status.list", list_body(list, purpose));
    }
  }

  void step(Engine& engine, const Odds& odds, History& out) {
    if (below(engine, odds.rotation) == 0) return rotate(engine, odds, out);
    const auto die = below(engine, 40);
    auto& branch = branches_[below(engine, branches_.size())];
    // A copy goes on from where its original stands, and so forks with whatever that says next.
    if (die < 2) return void(branches_.push_back(branch));
    if (die == 3 && below(engine, 3) == 0) return say_too_early(branch);
    branch.time += core::Milliseconds(below(engine, 2) == 0 ? 0 : below(engine, 90'000));
    const Speaker speaker{members_, origin_.organisation(), branch.time};
    // A base is rare: one that takes a revocation back ends all until the next epoch.
    if (die == 2) return say(branch, "status.base", random_base(speaker, engine));
    const auto& saying = kSayings.at(below(engine, kSayings.size()));
    auto body = saying.body(speaker, engine);
    if (below(engine, 12) == 0) body.set("more", true);  // out of form
    say(branch, saying.kind, std::move(body));
  }
  void finish(History& out) const {
    out.statements.insert(out.statements.end(), said_.begin(), said_.end());
    out.too_early.insert(out.too_early.end(), too_early_.begin(), too_early_.end());
  }

 private:
  struct Branch {
    Author author;
    core::Instant time;
  };
  void open(Branch branch) {
    said_.push_back(branch.author.open(branch.time));
    branches_.push_back(std::move(branch));
  }
  void say(Branch& branch, const std::string& kind, Json body) {
    said_.push_back(branch.author.next(kind, std::move(body), branch.time));
  }
  /// What nothing follows, and nothing continues.
  void say_too_early(const Branch& branch) {
    auto author = branch.author;
    too_early_.push_back(author.note("too early", branch.time - core::Milliseconds(1)));
  }
  void rotate(Engine& engine, const Odds& odds, History& out) {
    if (entry_.version == kVersions) return;
    const auto when = kNow - std::chrono::hours(100 - entry_.version);
    if (below(engine, odds.log_fork) == 0) {
      out.entries.push_back(keys_.after(entry_, when, /*variant=*/1).text());
    }
    versions_.push_back(keys_.after(entry_, when));
    const auto& version = versions_.back();
    out.entries.push_back(version.text());
    entry_ = version.entry;
    const auto openings = below(engine, 6) == 0 ? 2 : 1;
    const auto before = said_.size();
    for (int i = 0; i < openings; ++i) {
      // Any statement of an earlier epoch may be the one that is continued.
      const auto& continued = said_[below(engine, before)];
      open({origin_.in_epoch(entry_.version, version.key, version.key_id, continued.hash),
            continued.time + core::Milliseconds(below(engine, 90'000))});
    }
  }

  const std::vector<Organisation>& members_;
  KeyHistory keys_;
  Author origin_;
  did::WebvhEntry entry_;
  std::deque<KeyVersion> versions_;
  std::vector<Branch> branches_;
  std::vector<Statement> said_;
  std::vector<Statement> too_early_;
};

}  // namespace

History random_history(const Consortium& consortium, const std::string& network, Engine& engine,
                       std::size_t steps, const Odds& odds) {
  History out;
  std::deque<Wanderer> all;
  for (std::size_t i = 0; i < consortium.organisations.size(); ++i) {
    all.emplace_back(consortium.organisations, i, network);
  }
  for (std::size_t i = 0; i < steps; ++i) all[below(engine, all.size())].step(engine, odds, out);
  for (const auto& one : all) one.finish(out);
  return out;
}

namespace {

std::string reference_root_of(const Charter& charter, const History& history) {
  ReferenceFold fold(charter.json);
  for (const auto& text : history.entries) fold.add_entry(*core::parse_json(text));
  for (const auto& statement : history.statements) fold.add_statement(statement.json);
  for (const auto& statement : history.too_early) fold.add_statement(statement.json);
  for (const auto& slot : history.slots) fold.add_slot(slot.json);
  return fold.root();
}

/// Gives what the node asks for, until it asks for nothing that there is.
/// gives whether anything of it was new
bool serve(Node& node, const History& history) {
  for (std::size_t round = 0; round <= history.statements.size(); ++round) {
    Receipt wanted;
    node.read([&](core::Connection& c) { wanted = node.replica->wanted(c); });
    const auto is_needed = [&](const std::string& feed, std::int64_t epoch, std::int64_t at) {
      return std::any_of(wanted.need.begin(), wanted.need.end(), [&](const MissingRange& range) {
        return range.feed == feed && range.epoch == epoch && range.from <= at;
      });
    };
    Objects batch;
    for (const auto& one : history.statements) {
      if (wanted.need_hashes.contains(one.hash) || is_needed(one.feed, one.epoch, one.sequence))
        batch.statements.push_back(one.text);
    }
    for (const auto& text : history.entries) {
      const auto entry = must(parse_log_entry(text));
      if (is_needed(entry.feed, kLogEpoch, entry.version)) batch.log_entries.push_back(text);
    }
    if (batch.empty() || node.receive(batch).accepted.empty()) return round > 0;
  }
  return true;
}

/// What a pull brings: all that the node has not stored; and what nobody stores, until the node has judged it.
std::vector<std::string> lacking(const Node& node, const History& history,
                                 const std::set<std::string>& judged) {
  auto texts = history.entries;
  node.read([&](core::Connection& c) {
    FeedReader store(c);
    for (const auto& one : history.statements) {
      if (!store.object(ObjectClass::statement, one.hash)) texts.push_back(one.text);
    }
    for (const auto& one : history.too_early) {
      if (!judged.contains(one.hash)) texts.push_back(one.text);
    }
  });
  texts.insert(texts.end(), history.governance.begin(), history.governance.end());
  return texts;
}

}  // namespace

std::vector<Receipt> give_in_any_order(Node& node, std::vector<std::string> texts, Engine& engine) {
  for (auto repeats = texts.size() / 8; repeats > 0; --repeats) {
    texts.push_back(texts[below(engine, texts.size())]);
  }
  // Else nearly as they were said.
  if (below(engine, 3) > 0) std::shuffle(texts.begin(), texts.end(), engine);
  for (auto swaps = texts.size() / 8; swaps > 0; --swaps) {
    std::swap(texts[below(engine, texts.size())], texts[below(engine, texts.size())]);
  }
  std::vector<Receipt> receipts;
  const auto longest = std::array{1U, 4U, 30U, 200U}.at(below(engine, 4));
  for (std::size_t given = 0; given < texts.size();) {
    node.write([&](core::Transaction& tx) {
      for (auto batches = 1 + below(engine, 3); batches > 0 && given < texts.size(); --batches) {
        const auto count = std::min(1 + below(engine, longest), texts.size() - given);
        const auto batch = objects_of(std::span(texts).subspan(given, count));
        receipts.push_back(must(node.replica->receive(tx, batch, "one", kNow)));
        given += count;
      }
    });
  }
  node.write(
      [&](core::Transaction& tx) { receipts.push_back(must(node.replica->retry_held(tx, kNow))); });
  return receipts;
}

void give_until_settled(Node& node, const std::vector<std::string>& texts, Engine& engine) {
  for (std::int64_t asked = -1; asked != node.replica->asks();) {
    asked = node.replica->asks();
    give_in_any_order(node, texts, engine);
    give_in_any_order(node, texts, engine);
  }
}

void deliver(Node& node, const History& history, Engine& engine) {
  // A start folds anew, and so heals what was folded wrongly before.
  const bool restarts = below(engine, 2) == 0;
  std::int64_t read_at =
      -1;  // asks() when the peers' change logs were last read from the beginning
  bool is_any_new = true;
  std::set<std::string> judged;
  for (int round = 0; round < 8 && is_any_new; ++round) {
    is_any_new = false;
    if (std::exchange(read_at, node.replica->asks()) != node.replica->asks()) {
      for (const auto& receipt : give_in_any_order(node, lacking(node, history, judged), engine)) {
        judged.insert(receipt.accepted.begin(), receipt.accepted.end());
        for (const auto& one : receipt.rejected) {
          if (one.error.code == ErrorCode::time_went_back) judged.insert(one.hash);
        }
        is_any_new = is_any_new || !receipt.accepted.empty();
      }
    }
    if (serve(node, history) || node.replica->asks() != read_at) is_any_new = true;
    // What was held is lost, and comes again in the next round.
    if (restarts && below(engine, 2) == 0) {
      node.restart();
      read_at = -1;
    }
  }
}

namespace {

void tell_feed(const FeedFold& fold, const Speaker& of, const History& history, std::string& out) {
  const auto line = [&](Json::Array cells) { out += row(std::move(cells)) + "\n"; };
  const auto place = [](const SaidAt& at) {
    return std::to_string(at.epoch) + "/" + std::to_string(at.sequence);
  };
  for (const auto& [did, known] : fold.documents()) {
    line({"document", did, known.document ? known.document->json() : Json(), known.version,
          known.sequence, static_cast<std::int64_t>(known.bytes),
          core::format_milliseconds(known.since), core::format_milliseconds(known.updated),
          known.owner.value_or(""), known.status == DocumentStatus::active});
  }
  if (fold.nodes()) line({"nodes", to_json(*fold.nodes())});
  for (const auto& [name, list] : fold.lists()) {
    line({"list", name, list.url, list.sequence, list.incomplete_since.value_or(-1)});
  }
  for (const auto& [key, all] : fold.accreditations()) {
    for (const auto& one : all)
      line({"accredited", key.first, key.second, place(one.said),
            place(one.ended.value_or(SaidAt{}))});
  }
  for (std::size_t n = 0; n < kNames; ++n) {
    if (const auto* stop = fold.stopped_agents().find(agent_hash(of.agent(n))))
      line({"stopped", of.agent(n), place(stop->suspended_by), place(stop->disowned_by)});
  }
  for (std::size_t n = 0; n < 2 * kNames; ++n) {
    const auto* key = fold.compromised_keys().find(key_name(of, n));
    if (key == nullptr) continue;
    line({"given up", key_name(of, n), place(key->up_to), place(key->said)});
    for (const auto& statement : history.statements) {
      const auto batch = parse_issued_batch(statement.body);
      if (statement.kind != StatementKind::issued || !batch) continue;
      for (const auto& at :
           {SaidAt{statement.epoch, statement.sequence}, batch->was.value_or(SaidAt{})})
        if (fold.was_issued(batch->root, {at, 0, {}}, *key))
          line({"issued", statement.hash, place(at)});
    }
  }
}

/// What a view says of these members beyond its root, one line each: documents, nodes, who may issue, what was issued.
std::string told(const View& view, const Consortium& consortium, const History& history) {
  std::string out;
  const auto& members = consortium.organisations;
  for (const auto& member : members) {
    const auto* fold = view.feed(member.scid);
    if (fold != nullptr) tell_feed(*fold, {members, member, kNow}, history, out);
  }
  for (std::size_t n = 0; n < members.size() + kNames; ++n) {
    const auto issuer = subject(members, n);
    for (const auto* type : kTypes) {
      for (const int minutes : {0, 5, 20, 60, 4320}) {
        const auto answer = view.may_issue(issuer, type, kBegin + std::chrono::minutes(minutes));
        out += issuer + " " + type + " " + std::to_string(static_cast<int>(answer.standing));
        for (const auto& link : answer.chain) out += " " + link.by;
        out += "\n";
      }
    }
  }
  return out;
}

}  // namespace

std::string difference(const Consortium& consortium, const Charter& charter, const History& history,
                       Engine& engine, bool is_known_to_reference) {
  auto expected = is_known_to_reference ? reference_root_of(charter, history) : std::string();
  std::string told_before;
  for (const bool is_governed_first : {true, false}) {
    Node node(charter);
    // What slots settle, or whom they evict, is known before the first of the feeds, or after the last.
    auto first = history;
    if (is_governed_first) first = {.governance = history.governance};
    if (!is_governed_first) first.governance.clear();
    if (below(engine, 2) == 0) deliver(node, first, engine);
    deliver(node, history, engine);
    for (const bool is_restarted : {false, true}) {
      if (is_restarted) node.restart();
      if (expected.empty()) expected = node.root();
      if (node.root() != expected) return "the root";
      const auto says = told(*node.replica->view(), consortium, history);
      if (!told_before.empty() && says != told_before)
        return std::string("what is told:\n").append(told_before).append("or:\n").append(says);
      told_before = says;
    }
  }
  return {};
}

}  // namespace avow::registry::testing
