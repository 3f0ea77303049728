#include "interop-tests/harness/hostile_member.h"

#include <stdexcept>

#include "core/random.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/process.h"
#include "node/data_directory.h"
#include "registry/charter.h"

namespace avow::interop {
namespace {

template <class T, class E>
T must(core::Result<T, E> result) {
  if (!result) throw std::runtime_error("a hostile member cannot go on");
  return std::move(*result);
}

}  // namespace

HostileMember::HostileMember(const Node& node)
    : feed_(node.scid()), key_id_(node.did() + "#key-1") {
  core::SystemRandom random;
  const auto keys = must(node::Keystore::open(
      node::DataDirectory{node.data()}.keys(),
      must(core::SecretBytes::copy_of(core::as_bytes(kPassphrase))), {}, random));
  key_ =
      std::make_shared<const core::Ed25519SigningKey>(must(keys.load(node::assertion_key_name(1))));
  std::string charter = read_file(node.charter.value());
  while (!charter.empty() && charter.back() == '\n') charter.pop_back();
  network_ = must(registry::verify_charter(charter, now(), true)).network;
  previous_ = network_;
}

registry::StatementDraft HostileMember::draft(const std::string& kind, core::Json body) const {
  registry::StatementDraft draft;
  draft.network = network_;
  draft.feed = feed_;
  draft.sequence = sequence_;
  draft.previous = previous_;
  draft.key = key_id_;
  draft.time = now();
  draft.kind = kind;
  draft.body = std::move(body);
  return draft;
}

registry::Statement HostileMember::sign(const registry::StatementDraft& draft,
                                        const core::Ed25519SigningKey& key) {
  return must(registry::sign_statement(draft, key));
}

registry::Statement HostileMember::next(const std::string& kind, core::Json body) {
  auto statement = sign(draft(kind, std::move(body)), *key_);
  previous_ = statement.hash;
  ++sequence_;
  return statement;
}

registry::Statement HostileMember::note(const std::string& text) {
  return next("advisory", core::Json::object({{"text", text}}));
}

Reply push(const Node& to, const std::vector<std::string>& statements) {
  core::Json texts = core::Json::array();
  for (const std::string& text : statements) texts.push_back(text);
  return to.at_peer().post("/gossip/v1/push",
                           core::Json::object({{"statements", std::move(texts)}}));
}

std::size_t count_of(const Reply& answer, std::string_view list) {
  const core::Json* texts = answer.body.find(list);
  return texts != nullptr && texts->as_array() != nullptr ? texts->as_array()->size() : 0;
}

std::int64_t change_cursor(const Node& node) {
  std::int64_t cursor = 0;
  for (bool more = true; more;) {
    const Reply reply = node.at_peer().get("/gossip/v1/since?cursor=" + std::to_string(cursor));
    const core::Json* next = reply.body.find("cursor");
    if (next == nullptr) throw std::runtime_error("no changes: " + reply.text);
    cursor = *next->as_integer();
    more = *reply.body.find("more")->as_boolean();
  }
  return cursor;
}

}  // namespace avow::interop
