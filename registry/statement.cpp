#include "registry/statement.h"

#include <algorithm>
#include <array>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/enum_table.h"
#include "core/json_reader.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

struct KindRule {
  StatementKind kind;
  std::string_view name;
  int priority;
};

constexpr std::array<KindRule, 14> kKinds{{
    {StatementKind::epoch_open, "epoch.open", 0},
    {StatementKind::node_set, "node.set", 2},
    {StatementKind::did_document, "did.document", 2},
    {StatementKind::accredit, "accredit", 2},
    {StatementKind::accredit_revoke, "accredit.revoke", 1},
    {StatementKind::status_list, "status.list", 2},
    {StatementKind::status_delta, "status.delta", 1},
    {StatementKind::agent_suspend, "agent.suspend", 1},
    {StatementKind::agent_disown, "agent.disown", 1},
    {StatementKind::key_compromised, "key.compromised", 1},
    {StatementKind::status_base, "status.base", 4},
    {StatementKind::issued, "issued", 2},
    {StatementKind::advisory, "advisory", 2},
    {StatementKind::unknown, "unknown", 2},
}};
static_assert(core::is_row_for_each(kKinds, &KindRule::kind, StatementKind::unknown));

const KindRule& rule_of(StatementKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

Result<Statement, Error> read_statement(core::Json json) {
  Statement out;
  core::JsonReader in(json);
  read_literal(in, "type", "AvowStatement");
  out.network = read_hash(in, "network");
  out.feed = read_scid(in, "feed");
  out.epoch = in.integer("epoch", 1, kMaxInteger);
  out.sequence = in.integer("sequence", 0, kMaxInteger);
  out.previous = read_hash(in, "previous");
  out.key = in.string("key");
  out.time = read_milliseconds(in, "time");
  out.kind_name = in.string("kind", 64);
  const auto* body = in.object("body");
  const auto* proof = in.object("proof");
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(from_core(*fault));
  }
  const auto method = read_plain_proof(*proof);
  if (!method) return fail(method.error());
  if (*method != out.key) {
    return fail(Error{ErrorCode::malformed, "verificationMethod is not the statement's key"});
  }
  out.kind = kind_named(out.kind_name);
  if ((out.kind == StatementKind::epoch_open) != (out.sequence == 0)) {
    return fail(Error{ErrorCode::malformed, "epoch.open stands at sequence 0, and only there"});
  }
  out.body = *body;
  out.leaf = object_hash(json);
  out.hash = hash_text(out.leaf);
  out.json = std::move(json);
  return out;
}

}  // namespace

std::string_view name_of(StatementKind kind) {
  return rule_of(kind).name;
}

StatementKind kind_named(std::string_view name) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [name](const KindRule& rule) { return rule.name == name; });
  return found == kKinds.end() ? StatementKind::unknown : found->kind;
}

int priority_of(StatementKind kind) {
  return rule_of(kind).priority;
}

Result<Statement, Error> parse_statement(std::string_view text) {
  auto json = parse_canonical(text, kMaxStatementBytes, kMaxStatementDepth);
  if (!json) return fail(json.error());
  auto statement = read_statement(std::move(*json));
  if (statement) statement->text = std::string(text);
  return statement;
}

Result<Statement, Error> sign_statement(const StatementDraft& draft,
                                        const core::Ed25519SigningKey& key) {
  const auto object = core::Json::object({{"type", "AvowStatement"},
                                          {"network", draft.network},
                                          {"feed", draft.feed},
                                          {"epoch", draft.epoch},
                                          {"sequence", draft.sequence},
                                          {"previous", draft.previous},
                                          {"key", draft.key},
                                          {"time", core::format_milliseconds(draft.time)},
                                          {"kind", draft.kind},
                                          {"body", draft.body}});
  return parse_statement(core::to_canonical(sign_object(object, draft.key, key)));
}

bool has_good_signature(const Statement& statement, const core::Ed25519PublicKey& key) {
  return core::verify_proof(statement.json, *statement.json.find("proof"), key).has_value();
}

}  // namespace avow::registry
