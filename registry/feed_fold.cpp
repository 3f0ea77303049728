#include "registry/feed_fold.h"

#include <algorithm>

#include "core/canonical_json.h"
#include "registry/internal/signed_object.h"
#include "revocation/status_base.h"
#include "revocation/status_delta.h"

namespace avow::registry {
namespace {

core::Json instant_or_empty(const std::optional<core::Instant>& at) {
  return at ? core::Json(core::format_milliseconds(*at)) : core::Json("");
}

bool in_force(const AccreditationRow& row, core::Instant at) {
  return row.from <= at && (!row.until || at < *row.until);
}

Error full(const std::string& what, std::size_t limit) {
  return {ErrorCode::feed_full, "a feed keeps at most " + std::to_string(limit) + " " + what +
                                    ", and this would be more"};
}

}  // namespace

bool is_in_namespace_of(std::string_view did, const Member& member) {
  constexpr std::string_view kWeb = "did:web:";
  constexpr std::string_view kWebvh = "did:webvh:";
  std::string_view location;
  if (did.starts_with(kWeb)) {
    location = did.substr(kWeb.size());
  } else if (did.starts_with(kWebvh)) {
    const auto colon = did.find(':', kWebvh.size());
    if (colon == std::string_view::npos) return false;
    location = did.substr(colon + 1);
  }
  const auto below = member.location + ":";
  return location.size() > below.size() && location.starts_with(below);
}

void FeedFold::apply(const Statement& statement, const Member& author) {
  scid_ = author.scid;
  const bool opens = statement.kind == StatementKind::epoch_open;
  if (opens) log_ = MerkleFrontier{};  // each epoch is a log of its own
  log_.append(statement.leaf);
  position_ = FeedPosition{statement.epoch, statement.sequence, statement.hash, statement.time};
  if (!takes_back_ && statement.kind == StatementKind::status_base &&
      takes_a_revocation_back(statement.body)) {
    takes_back_ = SaidAt{statement.epoch, statement.sequence};
  }
  if (takes_back_) return;  // the chain goes on, but says nothing
  if (priority_of(statement.kind) == kStopPriority) last_stop_ = position_;
  switch (statement.kind) {
    case StatementKind::node_set:
      if (auto nodes = parse_node_set(statement.body)) {
        apply_nodes(std::move(*nodes));
        nodes_said_ = SaidAt{statement.epoch, statement.sequence};
      }
      break;
    case StatementKind::did_document:
      apply_document(statement, author);
      break;
    case StatementKind::accredit:
      apply_accreditation(statement);
      break;
    case StatementKind::accredit_revoke:
      apply_accreditation_end(statement);
      break;
    case StatementKind::status_list:
      apply_status_list(statement);
      break;
    case StatementKind::status_delta:
      apply_status_delta(statement);
      break;
    case StatementKind::status_base:
      apply_status_base(statement);
      break;
    case StatementKind::agent_suspend:
    case StatementKind::agent_disown:
      apply_stop(statement);
      break;
    case StatementKind::key_compromised:
      apply_key_compromise(statement, author);
      break;
    case StatementKind::issued:
      change_rows([this] { return issued_roots_->rows(scid_); },
                  [&] { issued_roots_.edit().apply(statement); });
      break;
    case StatementKind::epoch_open:
    case StatementKind::advisory:
    case StatementKind::unknown:
      break;
  }
}

template <class Rows, class Change>
void FeedFold::change_rows(const Rows& rows, const Change& change) {
  for (const auto& row : rows()) rows_.remove(row);
  change();
  for (const auto& row : rows()) rows_.add(row);
  interval_digest_.clear();
}

void FeedFold::apply_stop(const Statement& statement) {
  const std::string* agent = statement.body.find_string("agent");
  if (agent == nullptr) return;
  change_rows([&] { return stopped_agents_.rows(*agent, scid_); },
              [&] {
                if (statement.kind == StatementKind::agent_suspend) {
                  stopped_agents_.apply_suspension(statement);
                } else {
                  stopped_agents_.apply_disowning(statement);
                }
              });
}

void FeedFold::apply_key_compromise(const Statement& statement, const Member& author) {
  const std::string* key = statement.body.find_string("key");
  if (key == nullptr) return;
  const auto name = own_key_name(*key, author);
  change_rows([&] { return compromised_keys_.rows(name, scid_); },
              [&] { compromised_keys_.apply(statement, author); });
}

const ListState* FeedFold::list_at(std::string_view url) const {
  const auto name = list_names_->find(url);
  return name == list_names_->end() ? nullptr : &lists_->find(name->second)->second;
}

const KnownDocument* FeedFold::document(std::string_view did) const {
  const auto found = documents_->find(did);
  return found == documents_->end() ? nullptr : &found->second;
}

const AccreditationRow* FeedFold::accreditation(const std::string& subject, const std::string& type,
                                                core::Instant at) const {
  const auto found = accreditations_->find({subject, type});
  if (found == accreditations_->end()) return nullptr;
  const auto& rows = found->second;
  const auto row = std::find_if(rows.rbegin(), rows.rend(),
                                [at](const AccreditationRow& r) { return in_force(r, at); });
  return row == rows.rend() ? nullptr : &*row;
}

bool FeedFold::has_accredited(const std::string& subject) const {
  const auto found = accreditations_->lower_bound({subject, ""});
  return found != accreditations_->end() && found->first.first == subject;
}

// A list is declared once: its purpose and URL are part of what credentials rely on.
Result<void, Error> FeedFold::check_status_list(const core::Json& body) const {
  const auto list = revocation::parse_status_list(body);
  if (!list) return fail(Error{ErrorCode::malformed, list.error().detail});
  if (lists_->contains(list->list) || list_at(list->url) != nullptr) {
    return fail(Error{ErrorCode::no_effect, "there is a list of that name or URL"});
  }
  if (lists_->size() >= room_.lists) return fail(full("status lists", room_.lists));
  return {};
}

void FeedFold::apply_status_list(const Statement& statement) {
  if (!check_status_list(statement.body)) return;
  const auto body = revocation::parse_status_list(statement.body);
  ListState list;
  list.purpose = body->purpose;
  list.url = body->url;
  list.sequence = statement.sequence;
  list_names_.edit().emplace(body->url, body->list);
  lists_.edit().emplace(body->list, std::move(list));
}

Result<void, Error> FeedFold::check_status_delta(const core::Json& body) const {
  const auto delta = revocation::parse_status_delta(body);
  if (!delta) return fail(Error{ErrorCode::malformed, delta.error().detail});
  const auto list = lists_->find(delta->list);
  if (list == lists_->end()) {
    return fail(Error{ErrorCode::no_effect, "there is no list " + delta->list});
  }
  auto bits = list->second.bits.get();
  if (auto applied = revocation::apply(*delta, list->second.purpose, bits); !applied) {
    return fail(Error{ErrorCode::no_effect, applied.error().detail});
  }
  return {};
}

template <class Change>
void FeedFold::change_bits(const Statement& by, const Change& change) {
  const std::string* name = by.body.find_string("list");
  if (name == nullptr || !lists_->contains(*name)) return;
  auto& list = lists_.edit().find(*name)->second;
  if (!change(list)) {
    if (!list.incomplete_since) list.incomplete_since = by.sequence;
    return;
  }
  list.sequence = by.sequence;
  list.settled = false;
}

void FeedFold::apply_status_delta(const Statement& statement) {
  change_bits(statement, [&](ListState& list) {
    const auto delta = revocation::parse_status_delta(statement.body);
    return delta && revocation::apply(*delta, list.purpose, list.bits.edit());
  });
}

bool FeedFold::takes_a_revocation_back(const core::Json& body) const {
  const auto base = revocation::parse_status_base(body);
  if (!base) return false;
  const auto list = lists_->find(base->list);
  return list != lists_->end() && list->second.purpose == revocation::StatusPurpose::revocation &&
         !revocation::keeps_all(list->second.bits.get(), base->bits);
}

Result<void, Error> FeedFold::check_status_base(const core::Json& body) const {
  const auto base = revocation::parse_status_base(body);
  if (!base) return fail(Error{ErrorCode::malformed, base.error().detail});
  if (!lists_->contains(base->list)) {
    return fail(Error{ErrorCode::no_effect, "there is no list " + base->list});
  }
  if (takes_a_revocation_back(body)) {
    return fail(Error{ErrorCode::no_effect, "a revocation is final, and this base lacks one"});
  }
  return {};
}

void FeedFold::apply_status_base(const Statement& statement) {
  change_bits(statement, [&](ListState& list) {
    const auto base = revocation::parse_status_base(statement.body);
    if (base) list.bits.edit() = base->bits;
    return base.has_value();
  });
}

/// A did.document statement, and what would be kept of it.
struct FeedFold::SaidDocument {
  std::string id;
  const KnownDocument* before = nullptr;
  std::optional<std::string> owner = {};
  DocumentStatus status = DocumentStatus::active;
  std::shared_ptr<const did::Document> document = {};  // null: `fault` says why it cannot be kept
  std::size_t bytes = 0;
  std::optional<Error> fault = {};
};

/// fails malformed, no_effect, feed_full: it ends nothing either
Result<FeedFold::SaidDocument, Error> FeedFold::read_document(const core::Json& body,
                                                              const Member& author) const {
  const Error no_did{ErrorCode::no_effect, "it is no DID below the member's own location"};
  const std::string* id = body.find_string("id");
  if (id == nullptr) return fail(no_did);
  const auto did = did::Did::parse(*id);
  if (!did || !is_in_namespace_of(*id, author)) return fail(no_did);
  SaidDocument said{*id, document(*id)};
  // Deactivation is final: neither a stolen key nor a restored database brings a document back.
  if (said.before != nullptr && said.before->status == DocumentStatus::deactivated) {
    return fail(Error{ErrorCode::no_effect, *id + " is deactivated, which is final"});
  }
  if (said.before == nullptr && documents_->size() >= room_.documents) {
    return fail(full("documents", room_.documents));
  }
  const auto statement = parse_document_statement(body);
  if (!statement) {
    said.fault = statement.error();
    return said;
  }
  said.owner = statement->owner;
  said.status = statement->status;
  auto document = did::Document::from_json(statement->document, *did);
  if (!document) {
    said.fault = Error{ErrorCode::malformed, document.error().detail};
    return said;
  }
  const auto bytes = core::to_canonical(statement->document).size();
  const auto bytes_before = said.before == nullptr ? 0 : said.before->bytes;
  // What is no larger than before always fits, so that a document can always be deactivated.
  if (bytes > bytes_before && document_bytes_ - bytes_before + bytes > room_.document_bytes) {
    said.fault = full("bytes of documents", room_.document_bytes);
    return said;
  }
  said.bytes = bytes;
  said.document = std::make_shared<const did::Document>(std::move(*document));
  return said;
}

Result<void, Error> FeedFold::check_document(const core::Json& body, const Member& author) const {
  const auto said = read_document(body, author);
  if (!said) return fail(said.error());
  if (said->fault) return fail(*said->fault);
  return {};
}

void FeedFold::apply_nodes(NodeSet nodes) {
  const auto is_named = [](const NodeSet& by, const core::Ed25519PublicKey& key) {
    return std::any_of(by.peers.begin(), by.peers.end(),
                       [&](const NodePeer& node) { return node.key == key; });
  };
  auto& retired = retired_node_keys_;
  if (nodes_) {
    for (const auto& node : nodes_->peers) retired.push_back(node.key);
  }
  std::erase_if(retired, [&](const auto& key) { return is_named(nodes, key); });
  if (retired.size() > kMaxRetiredNodeKeys)
    retired.erase(retired.begin(),
                  retired.end() - static_cast<std::ptrdiff_t>(kMaxRetiredNodeKeys));
  nodes_ = std::move(nodes);
}

void FeedFold::apply_document(const Statement& statement, const Member& author) {
  auto said = read_document(statement.body, author);
  const bool is_full = !said ? said.error().code == ErrorCode::feed_full
                             : said->fault && said->fault->code == ErrorCode::feed_full;
  if (!said || (said->fault && said->before == nullptr)) {
    lacks_documents_ = lacks_documents_ || is_full;
    return;
  }
  document_bytes_ =
      document_bytes_ - (said->before == nullptr ? 0 : said->before->bytes) + said->bytes;
  KnownDocument known;
  known.document = std::move(said->document);
  known.version = statement.hash;
  known.sequence = statement.sequence;
  known.bytes = said->bytes;
  known.since = said->before == nullptr ? statement.time : said->before->since;
  known.updated = statement.time;
  known.owner = std::move(said->owner);
  known.status = said->status;
  documents_.edit().insert_or_assign(said->id, std::move(known));
}

/// Ends the open rows of (subject, type). One that never lasted leaves no trace.
void FeedFold::end_row(const std::string& subject, const std::string& type, const Statement& by) {
  if (!accreditations_->contains({subject, type})) return;
  auto& all = accreditations_.edit();
  auto& rows = all.find({subject, type})->second;
  for (auto& row : rows) {
    if (row.until && *row.until <= by.time) continue;
    change_rows(
        [&] {
          return row.until == row.from
                     ? std::vector<core::Json>()
                     : std::vector<core::Json>{accreditation_row({subject, type}, row)};
        },
        [&] { row.until = std::max(by.time, row.from); });
    row.ended = SaidAt{by.epoch, by.sequence};
  }
  accreditation_rows_ -=
      std::erase_if(rows, [](const AccreditationRow& row) { return row.until == row.from; });
  if (rows.empty()) all.erase({subject, type});
}

/// A body that cannot be taken, but names a subject: nothing that was said of it before is left.
void FeedFold::end_all_rows(const Statement& by) {
  const std::string* subject = by.body.find_string("subject");
  if (subject == nullptr) return;
  std::vector<std::string> types;
  const auto& all = accreditations_.get();
  for (auto row = all.lower_bound({*subject, ""}); row != all.end() && row->first.first == *subject;
       ++row) {
    types.push_back(row->first.second);
  }
  for (const auto& type : types) end_row(*subject, type, by);
}

Result<void, Error> FeedFold::check_accreditation(const core::Json& body,
                                                  core::Instant time) const {
  const auto said = parse_accreditation(body);
  if (!said) return fail(said.error());
  if (said->until && *said->until <= time) {
    return fail(Error{ErrorCode::no_effect, "it would end before it begins"});
  }
  if (accreditation_rows_ + said->types.size() > room_.accreditations) {
    return fail(full("accreditations, past ones included,", room_.accreditations));
  }
  return {};
}

// The author's last word on (subject, type) replaces what it said before, from its time on; also a word for which there
// is no room.
void FeedFold::apply_accreditation(const Statement& statement) {
  const auto body = parse_accreditation(statement.body);
  if (!body) return end_all_rows(statement);
  const bool lasts = !body->until || *body->until > statement.time;
  for (const auto& type : body->types) {
    end_row(body->subject, type, statement);
    if (!lasts || accreditation_rows_ >= room_.accreditations) continue;
    const SubjectAndType of{body->subject, type};
    const AccreditationRow row{
        statement.time, body->until, body->depth, {statement.epoch, statement.sequence}};
    accreditations_.edit()[of].push_back(row);
    ++accreditation_rows_;
    rows_.add(accreditation_row(of, row));
    interval_digest_.clear();
  }
}

void FeedFold::apply_accreditation_end(const Statement& statement) {
  const auto body = parse_accreditation_end(statement.body);
  if (!body) return end_all_rows(statement);
  for (const auto& type : body->types) end_row(body->subject, type, statement);
}

Result<void, Error> FeedFold::check_key_compromise(const core::Json& body,
                                                   const Member& author) const {
  const auto last = position_ ? SaidAt{position_->epoch, position_->sequence} : SaidAt{};
  return compromised_keys_.check(body, last, author);
}

Result<void, Error> FeedFold::check(StatementKind kind, const core::Json& body, core::Instant time,
                                    const Member& author) const {
  switch (kind) {
    case StatementKind::node_set:
      return parse_node_set(body).map([](const NodeSet&) {});
    case StatementKind::did_document:
      return check_document(body, author);
    case StatementKind::accredit:
      return check_accreditation(body, time);
    case StatementKind::accredit_revoke:
      return parse_accreditation_end(body).map([](const AccreditationEnd&) {});
    case StatementKind::status_list:
      return check_status_list(body);
    case StatementKind::status_delta:
      return check_status_delta(body);
    case StatementKind::agent_suspend:
      return stopped_agents_.check_suspension(body);
    case StatementKind::agent_disown:
      return stopped_agents_.check_disowning(body);
    case StatementKind::key_compromised:
      return check_key_compromise(body, author);
    case StatementKind::issued:
      return parse_issued_batch(body).map([](const IssuedBatch&) {});
    case StatementKind::status_base:
      return check_status_base(body);
    case StatementKind::epoch_open:
    case StatementKind::advisory:
    case StatementKind::unknown:
      return {};
  }
  return {};
}

void FeedFold::settle() {
  const auto& lists = lists_.get();
  if (std::any_of(lists.begin(), lists.end(), [](const auto& l) { return !l.second.settled; })) {
    for (auto& [name, list] : lists_.edit()) {
      if (!list.settled) list.digest = list.bits->sha256();
      list.settled = true;
    }
  }
  if (interval_digest_.empty()) interval_digest_ = hash_text(rows_.digest());
}

std::vector<std::string> FeedFold::status_rows(std::string_view scid) const {
  std::vector<std::string> rows;
  for (const auto& [name, list] : lists_.get()) {
    rows.push_back(core::to_canonical(core::Json::array(
        {"status", scid, name, revocation::name_of(list.purpose), hash_text(list.digest)})));
  }
  return rows;
}

core::Json FeedFold::accreditation_row(const SubjectAndType& of,
                                       const AccreditationRow& row) const {
  return core::Json::array({"accredit", of.first, of.second, core::format_milliseconds(row.from),
                            instant_or_empty(row.until), row.depth, scid_});
}

}  // namespace avow::registry
