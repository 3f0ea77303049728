#include "registry/testing/node.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace avow::registry::testing {

Node::Node(const Charter& charter, std::set<std::string> peers, const HourLimits& limits)
    : peers_(std::move(peers)), limits_(limits) {
  open();
  write([&](core::Transaction& tx) { must(replica->adopt(tx, charter)); });
}
Node::~Node() = default;

void Node::open() {
  replica = std::make_unique<Replica>(peers_, limits_);
  auto opened = core::Database::open(folder_ / "avow.db", migrations());
  if (!opened) throw std::runtime_error(opened.error().detail);
  database = std::move(*opened);
  read([&](core::Connection& connection) { must(replica->load(connection, false)); });
}

void Node::restart() {
  replica.reset();
  database.reset();
  open();
}

void Node::write(const std::function<void(core::Transaction&)>& work) {
  const auto done = database->write([&](core::Transaction& tx) -> Result<void, core::Error> {
    work(tx);
    return {};
  });
  if (!done) throw std::runtime_error(done.error().detail);
}

void Node::read(const std::function<void(core::Connection&)>& work) const {
  std::string fault;
  const auto done = database->read([&](core::Connection& connection) {
    try {
      work(connection);
    } catch (const std::exception& error) {
      fault = error.what();
    }
  });
  if (!done) fault = done.error().detail;
  if (!fault.empty()) throw std::runtime_error(fault);
}

Receipt Node::receive(const Objects& objects, const std::string& from, core::Instant now) {
  Receipt receipt;
  write([&](core::Transaction& tx) { receipt = must(replica->receive(tx, objects, from, now)); });
  return receipt;
}

Receipt Node::receive(const std::vector<Statement>& statements, const std::string& from,
                      core::Instant now) {
  Objects objects;
  for (const auto& statement : statements) objects.statements.push_back(statement.text);
  return receive(objects, from, now);
}

Receipt Node::receive_entries(const std::vector<std::string>& texts) {
  Objects objects;
  objects.log_entries = texts;
  return receive(objects);
}

Receipt Node::receive_proof(const std::string& text) {
  Objects objects;
  objects.proofs = {text};
  return receive(objects);
}

Receipt Node::receive_head(const Head& head, core::Instant now) {
  Objects objects;
  objects.heads = {head.text};
  return receive(objects, "one", now);
}

std::vector<Outgoing> Node::outgoing(const std::string& peer) {
  std::vector<Outgoing> out;
  read([&](core::Connection& c) { out = replica->outgoing(c, peer, 100, kMaxAnswerBytes); });
  return out;
}

std::string Node::root() const {
  return replica->view()->root();
}

Objects objects_of(std::span<const std::string> texts) {
  Objects objects;
  for (const auto& text : texts) {
    const auto has = [&](std::string_view part) { return text.find(part) != std::string::npos; };
    auto& kind = has("\"AvowStatement\"")   ? objects.statements
                 : has("\"AvowEmergency\"") ? objects.emergencies
                 : has("\"slot\":{")        ? objects.slots
                 : has("\"versionId\"")     ? objects.log_entries
                                            : objects.votes;
    kind.push_back(text);
  }
  return objects;
}

Receipt give(Node& node, const std::string& text) {
  return node.receive(objects_of({&text, 1}));
}

Head head_of(const Organisation& by, const std::vector<Statement>& log,
             const std::string& status_root, core::Instant time) {
  Head head;
  MerkleFrontier tree;
  for (const auto& statement : log) tree.append(statement.leaf);
  head.network = log.front().network;
  head.feed = by.scid;
  head.epoch = log.back().epoch;
  head.sequence = log.back().sequence;
  head.hash = log.back().hash;
  head.size = head.sequence + 1;
  head.root = core::to_multibase(tree.root());
  head.status_root = status_root;
  head.time = time;
  head.ttl = 225;
  head.key = by.key_id;
  return must(sign_head(head, by.key));
}

}  // namespace avow::registry::testing
