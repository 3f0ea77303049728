#include "interop-tests/simulation/simulation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/canonical_json.h"
#include "interop-tests/simulation/event_queue.h"
#include "interop-tests/simulation/world.h"
#include "registry/gossip/link.h"
#include "registry/gossip/serving.h"
#include "registry/testing/node.h"
#include "registry/testing/peer.h"
#include "revocation/freshness.h"

namespace avow::simulation {
namespace {

using namespace std::chrono_literals;
using core::Milliseconds;
using registry::Objects;
using registry::Receipt;
using registry::gossip::Answered;
using registry::gossip::Call;
using registry::gossip::Event;
using registry::testing::must;

constexpr Milliseconds kFirstStop = 10s;  // by then every change log was read once
constexpr Milliseconds kBetweenStops = 100ms;
constexpr Milliseconds kPatience = 120s;  // after the last stop, for all views to be equal
constexpr Milliseconds kHousekeeping = 1s;

enum class Health { in_order, down, silent };

template <class T>
T in(core::Result<T, core::Error> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Node;

/// A node's link to one peer, and when it wants to be woken.
struct Wire {
  Node* from;
  Node* to;
  std::unique_ptr<registry::gossip::Link> link;
  Milliseconds wake_at = Milliseconds::max();
  Milliseconds alarm_at = Milliseconds::max();
};

struct Node {
  Node(std::size_t at, const World& world, std::set<std::string> peers)
      : index(at),
        name("n" + std::to_string(at)),
        database(in(world.database().copy())),
        replica(std::move(peers)) {
    replica.load_as(world.replica());
  }
  std::string root() const {
    const auto view = replica.view();
    return view->root();
  }
  Receipt write(const std::function<Receipt(core::Transaction&)>& work) {
    Receipt receipt;
    in(database->write([&](core::Transaction& transaction) -> core::Result<void, core::Error> {
      receipt = work(transaction);
      return {};
    }));
    return receipt;
  }

  std::size_t index;
  std::string name;
  Health health = Health::in_order;
  std::unique_ptr<core::MemoryDatabase> database;
  registry::Replica replica;
  registry::gossip::LastAsked asked = {};
  std::vector<Wire> wires = {};
  std::set<std::string> acknowledged = {};  // stops that it told a peer it has
};

struct Stop {
  std::size_t by;
  Milliseconds said_at;
};

class Simulation {
 public:
  explicit Simulation(const Options& options)
      : options_(options),
        model_(model_of(options.faults)),
        draws_(options.seed),
        world_(options.nodes) {
    make_nodes();
  }
  Outcome run();

 private:
  void make_nodes();
  void begin();
  void say_stop(Node& node);
  void sign_heads(Node& node);
  void keep_house(Node& node);
  Receipt receive(Node& node, const Objects& objects, const std::string& from);

  void drive(Wire& wire, Event event);
  void arm(Wire& wire);
  void ring(Wire& wire);
  void send(Wire& wire, const Call& call);
  void arrive(Wire& wire, const Call& call);
  core::Json answer(Node& node, const Call& call);
  Event carry_out(Wire& wire, const registry::gossip::Ask& ask);

  bool views_are_equal() const;
  void check(Outcome& outcome);
  void measure(Outcome& outcome) const;

  core::Instant clock() const { return world_.begin() + queue_.now(); }
  void trace(const Node& from, const Node& to, std::string_view what) {
    trace_.add(std::to_string(queue_.now().count()) + " " + from.name + " " + to.name + " " +
               std::string(what));
  }

  const Options options_;
  const NetworkModel model_;
  Draws draws_;
  World world_;
  EventQueue queue_;
  Trace trace_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<Node*> in_order_;                     // as drawn
  std::map<std::string, Stop, std::less<>> stops_;  // by hash
  std::vector<std::int64_t> delays_ms_;
  std::uint64_t bytes_ = 0;
  std::vector<std::string> faults_;
};

void Simulation::make_nodes() {
  const std::size_t count = options_.nodes;
  const auto fan_out =
      static_cast<std::size_t>(std::ceil(std::log(static_cast<double>(count)))) + 3;
  std::vector<std::vector<std::size_t>> peers;
  for (std::size_t i = 0; i < count; ++i) peers.push_back(draws_.some(fan_out, count, i));
  for (std::size_t i = 0; i < count; ++i) {
    std::set<std::string> names;
    for (const std::size_t peer : peers[i]) names.insert("n" + std::to_string(peer));
    nodes_.push_back(std::make_unique<Node>(i, world_, std::move(names)));
  }
  const auto share = [&](double part) {
    return static_cast<std::size_t>(std::floor(part * static_cast<double>(count)));
  };
  const auto shuffled = draws_.some(count, count, count);
  for (std::size_t i = 0; i < count; ++i) {
    Node& node = *nodes_[shuffled[i]];
    if (i < share(model_.down))
      node.health = Health::down;
    else if (i < share(model_.down) + share(model_.silent))
      node.health = Health::silent;
    else
      in_order_.push_back(&node);
  }
  for (Node* node : in_order_) {
    for (const std::size_t peer : peers[node->index])
      node->wires.push_back({node, nodes_[peer].get(), nullptr});
    for (Wire& wire : node->wires)
      wire.link = std::make_unique<registry::gossip::Link>(registry::gossip::Link::Parts{
          node->replica, draws_.random(), world_.members()[node->index].organisation->scid,
          wire.to->name, node->name});
  }
}

/// Nodes start one by one within two seconds, and sign heads as often as the normal tier asks for.
void Simulation::begin() {
  const auto drawn = [&](Milliseconds within) {
    return Milliseconds(draws_.below(static_cast<std::size_t>(within.count())));
  };
  const auto view = nodes_[0]->replica.view();
  const auto tier = view->charter().freshness.limit(revocation::Tier::normal);
  const std::size_t feeds = std::min(options_.feeds, in_order_.size());
  for (std::size_t i = 0; i < in_order_.size(); ++i) {
    Node* node = in_order_[i];
    for (Wire& wire : node->wires) {
      wire.alarm_at = drawn(2s);
      queue_.at(wire.alarm_at, [this, &wire] { drive(wire, registry::gossip::Timer{}); });
    }
    queue_.at(drawn(kHousekeeping), [this, node] { keep_house(*node); });
    if (i >= feeds) continue;
    queue_.at(drawn(revocation::head_interval(tier)), [this, node] { sign_heads(*node); });
    queue_.at(kFirstStop + kBetweenStops * static_cast<int>(i), [this, node] { say_stop(*node); });
  }
}

void Simulation::say_stop(Node& node) {
  const auto& statement = world_.members()[node.index].say(
      "status.delta", registry::testing::delta_body("r1", {7}), clock());
  stops_.emplace(statement.hash, Stop{node.index, queue_.now()});
  trace(node, node, statement.hash);
  Objects objects;
  objects.statements = {statement.text};
  receive(node, objects, "");
}

void Simulation::sign_heads(Node& node) {
  const auto& member = world_.members()[node.index];
  const auto view = node.replica.view();
  const auto head = registry::testing::head_of(
      *member.organisation, member.log, view->status_root(member.organisation->scid), clock());
  trace(node, node, head.id_hash);
  Objects objects;
  objects.heads = {head.text};
  receive(node, objects, "");
  const auto tier = view->charter().freshness.limit(revocation::Tier::normal);
  queue_.at(queue_.now() + revocation::head_interval(tier), [this, &node] { sign_heads(node); });
}

void Simulation::keep_house(Node& node) {
  const auto look = std::make_shared<Receipt>(node.write([&](core::Transaction& transaction) {
    return must(node.replica.retry_held(transaction, clock()));
  }));
  if (!look->need.empty() || !look->need_hashes.empty()) {
    for (Wire& wire : node.wires) wire.link->want(look);
  }
  queue_.at(queue_.now() + kHousekeeping, [this, &node] { keep_house(node); });
}

Receipt Simulation::receive(Node& node, const Objects& objects, const std::string& from) {
  auto receipt = node.write([&](core::Transaction& transaction) {
    return must(node.replica.receive(transaction, objects, from, clock()));
  });
  for (const std::string& hash : receipt.accepted) {
    const auto stop = stops_.find(hash);
    if (stop != stops_.end() && stop->second.by != node.index)
      delays_ms_.push_back((queue_.now() - stop->second.said_at).count());
  }
  for (const auto& rejected : receipt.rejected)
    faults_.push_back(node.name + " refuses what a node in order gave: " + rejected.error.detail);
  if (!receipt.accepted.empty()) {
    for (Wire& wire : node.wires)
      queue_.at(queue_.now(), [this, &wire] { drive(wire, registry::gossip::Wake{}); });
  }
  return receipt;
}

/// Gives a link what has happened, and carries out what it asks for, until it waits.
void Simulation::drive(Wire& wire, Event event) {
  while (true) {
    registry::gossip::Effects effects;
    in(wire.from->database->read([&](core::Connection& connection) {
      effects = wire.link->step(connection, std::move(event), queue_.now());
    }));
    wire.wake_at = effects.wake_at;
    arm(wire);
    if (!effects.ask) return;
    if (const auto* call = std::get_if<Call>(&*effects.ask)) return send(wire, *call);
    event = carry_out(wire, *effects.ask);
  }
}

void Simulation::arm(Wire& wire) {
  if (wire.wake_at >= wire.alarm_at && wire.alarm_at > queue_.now()) return;
  if (wire.wake_at == Milliseconds::max()) return;
  wire.alarm_at = wire.wake_at;
  queue_.at(wire.alarm_at, [this, &wire] { ring(wire); });
}

/// Of several alarms only the one that is set counts; and what it was set for may have gone on meanwhile.
void Simulation::ring(Wire& wire) {
  if (queue_.now() != wire.alarm_at) return;
  wire.alarm_at = Milliseconds::max();
  if (wire.wake_at > queue_.now()) return arm(wire);
  drive(wire, registry::gossip::Timer{});
}

void Simulation::send(Wire& wire, const Call& call) {
  bytes_ += call.path.size() + call.body.size();
  const auto time = passage(model_, draws_);
  if (!time || wire.to->health == Health::down) return;
  queue_.at(queue_.now() + *time, [this, &wire, call] { arrive(wire, call); });
}

void Simulation::arrive(Wire& wire, const Call& call) {
  trace(*wire.from, *wire.to, call.path + call.body);
  const auto text = core::to_canonical(answer(*wire.to, call));
  bytes_ += text.size();
  const auto time = passage(model_, draws_);
  if (!time) return;
  queue_.at(queue_.now() + *time, [this, &wire, number = call.number, text] {
    trace(*wire.to, *wire.from, text);
    drive(wire,
          Answered{
              number,
              core::parse_json(text, {2 * registry::gossip::kMaxBodyBytes, 16, 100'000}).value()});
  });
}

core::Json Simulation::answer(Node& node, const Call& call) {
  if (registry::testing::is_push(call)) {
    const auto pushed = registry::testing::pushed_with(call);
    Receipt receipt;
    if (node.health == Health::silent) {
      for (const auto& text : pushed.statements)
        receipt.accepted.push_back(must(registry::parse_statement(text)).hash);
      for (const auto& text : pushed.heads)
        receipt.accepted.push_back(must(registry::parse_head(text)).id_hash);
    } else {
      receipt = receive(node, pushed, "");
      for (const auto& hash : receipt.accepted) {
        if (stops_.contains(hash)) node.acknowledged.insert(hash);
      }
    }
    return to_json(registry::gossip::answer_to_push(std::move(receipt), node.root(), node.asked));
  }
  core::Json answer;
  in(node.database->read([&](core::Connection& connection) {
    answer = registry::testing::answer_of(node.replica, connection, call, node.name);
  }));
  return answer;
}

Event Simulation::carry_out(Wire& wire, const registry::gossip::Ask& ask) {
  if (const auto* asked = std::get_if<registry::gossip::Store>(&ask))
    return registry::gossip::Stored{receive(*wire.from, asked->objects, wire.to->name)};
  if (std::holds_alternative<registry::gossip::Hear>(ask)) return registry::gossip::PeerHeard{};
  if (const auto* asked = std::get_if<registry::gossip::Acknowledge>(&ask)) {
    wire.from->write([&](core::Transaction& transaction) {
      wire.from->replica.acknowledge(transaction, wire.to->name, asked->ns);
      return Receipt();
    });
  }
  return registry::gossip::Written{};
}

bool Simulation::views_are_equal() const {
  const auto root = in_order_[0]->root();
  return std::all_of(in_order_.begin(), in_order_.end(),
                     [&](const Node* node) { return node->root() == root; });
}

Outcome Simulation::run() {
  begin();
  queue_.run_until(kFirstStop - 1ms);
  if (!views_are_equal()) faults_.push_back("views differ before anything is said");
  bytes_ = 0;
  const auto feeds = std::min(options_.feeds, in_order_.size());
  const auto last = kFirstStop + kBetweenStops * static_cast<int>(feeds);
  queue_.run_until(last);
  while (!views_are_equal() && queue_.now() < last + kPatience)
    queue_.run_until(queue_.now() + 100ms);
  Outcome outcome;
  measure(outcome);
  check(outcome);
  return outcome;
}

void Simulation::measure(Outcome& outcome) const {
  auto delays = delays_ms_;
  std::sort(delays.begin(), delays.end());
  const auto part = [&](double of) {
    const auto place = std::ceil(of * static_cast<double>(delays.size()));
    return delays[static_cast<std::size_t>(std::max(place, 1.0)) - 1];
  };
  if (!delays.empty()) {
    outcome.p50_ms = part(0.5);
    outcome.p99_ms = part(0.99);
    outcome.last_honest_ms = delays.back();
  }
  outcome.bytes_per_node = static_cast<std::int64_t>(
      bytes_ / (options_.nodes * std::max<std::size_t>(stops_.size(), 1)));
  outcome.trace_hash = trace_.hash();
  outcome.simulated_s = static_cast<double>(queue_.now().count()) / 1000;
}

void Simulation::check(Outcome& outcome) {
  outcome.violations = faults_;
  const auto violated = [&](const std::string& how) { outcome.violations.push_back(how); };
  if (!views_are_equal()) violated("views of nodes in order stay different");
  for (Node* node : in_order_) {
    const auto view = node->replica.view();
    for (const auto& member : world_.members()) {
      const auto* feed = view->feed(member.organisation->scid);
      if (feed == nullptr || feed->position()->hash != member.log.back().hash)
        violated(node->name + " does not count all that " + member.organisation->did + " said");
    }
    in(node->database->read([&](core::Connection& connection) {
      registry::FeedReader store(connection);
      for (const std::string& hash : node->acknowledged) {
        if (!store.object(registry::ObjectClass::statement, hash))
          violated(node->name + " has acknowledged " + hash + " and has it not");
      }
    }));
  }
}

}  // namespace

Outcome simulate(const Options& options) {
  return Simulation(options).run();
}

}  // namespace avow::simulation
