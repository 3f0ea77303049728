#include "registry/feed_fold.h"

#include <algorithm>

#include "core/canonical_json.h"
#include "registry/internal/signed_object.h"
#include "revocation/status_delta.h"

namespace avow::registry {
namespace {

core::Json instant_or_empty(const std::optional<core::Instant>& at) {
  return at ? core::Json(core::format_milliseconds(*at)) : core::Json("");
}

bool in_force(const AccreditationRow& row, core::Instant at) {
  return row.from <= at && (!row.until || at < *row.until);
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
  switch (statement.kind) {
    case StatementKind::node_set:
      if (auto nodes = parse_node_set(statement.body)) nodes_ = std::move(*nodes);
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
    case StatementKind::epoch_open:
    case StatementKind::agent_suspend:
    case StatementKind::agent_disown:
    case StatementKind::key_compromised:
    case StatementKind::status_base:
    case StatementKind::issued:
    case StatementKind::advisory:
    case StatementKind::unknown:
      break;
  }
}

const ListState* FeedFold::list_at(std::string_view url) const {
  for (const auto& [name, list] : lists_.get()) {
    if (list.url == url) return &list;
  }
  return nullptr;
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
void FeedFold::apply_status_list(const Statement& statement) {
  const auto body = revocation::parse_status_list(statement.body);
  if (!body || lists_->contains(body->list) || list_at(body->url) != nullptr ||
      lists_->size() >= kMaxListsPerFeed) {
    return;
  }
  ListState list;
  list.purpose = body->purpose;
  list.url = body->url;
  list.sequence = statement.sequence;
  lists_.edit().emplace(body->list, std::move(list));
}

void FeedFold::apply_status_delta(const Statement& statement) {
  const auto body = revocation::parse_status_delta(statement.body);
  if (!body || !lists_->contains(body->list)) return;
  auto& list = lists_.edit().find(body->list)->second;
  if (!revocation::apply(*body, list.purpose, list.bits.edit())) return;
  list.sequence = statement.sequence;
  list.settled = false;
}

void FeedFold::apply_document(const Statement& statement, const Member& author) {
  const auto body = parse_document_statement(statement.body);
  if (!body || !is_in_namespace_of(body->id, author)) return;
  const auto did = did::Did::parse(body->id);
  auto document = did::Document::from_json(body->document, *did);
  if (!document) return;
  const auto* before = this->document(body->id);
  // Deactivation is final: neither a stolen key nor a restored database brings a document back.
  if (before != nullptr && before->status == DocumentStatus::deactivated) return;
  if (before == nullptr && documents_->size() >= kMaxDocumentsPerFeed) return;
  const auto bytes = core::to_canonical(body->document).size();
  const auto bytes_before = before == nullptr ? 0 : before->bytes;
  const auto total = document_bytes_ - bytes_before + bytes;
  // What is no larger than before always fits, so that a document can always be deactivated.
  if (bytes > bytes_before && total > kMaxDocumentBytesPerFeed) return;
  document_bytes_ = total;
  KnownDocument known;
  known.document = std::make_shared<const did::Document>(std::move(*document));
  known.version = statement.hash;
  known.sequence = statement.sequence;
  known.bytes = bytes;
  known.since = before == nullptr ? statement.time : before->since;
  known.updated = statement.time;
  known.owner = body->owner;
  known.status = body->status;
  documents_.edit().insert_or_assign(body->id, std::move(known));
}

/// Ends the open rows of (subject, type). One that never lasted leaves no trace.
void FeedFold::end_row(const std::string& subject, const std::string& type, core::Instant at) {
  if (!accreditations_->contains({subject, type})) return;
  auto& all = accreditations_.edit();
  auto& rows = all.find({subject, type})->second;
  for (auto& row : rows) {
    if (!row.until || at < *row.until) row.until = std::max(at, row.from);
  }
  accreditation_rows_ -=
      std::erase_if(rows, [](const AccreditationRow& row) { return row.until == row.from; });
  if (rows.empty()) all.erase({subject, type});
  interval_digest_.clear();
}

// The author's last word on (subject, type) replaces what it said before, from its time on.
void FeedFold::apply_accreditation(const Statement& statement) {
  const auto body = parse_accreditation(statement.body);
  if (!body || accreditation_rows_ + body->types.size() > kMaxAccreditationsPerFeed) return;
  if (body->until && *body->until <= statement.time) return;
  for (const auto& type : body->types) {
    end_row(body->subject, type, statement.time);
    accreditations_.edit()[{body->subject, type}].push_back(
        {statement.time, body->until, body->depth, statement.sequence});
    ++accreditation_rows_;
  }
  interval_digest_.clear();
}

void FeedFold::apply_accreditation_end(const Statement& statement) {
  const auto body = parse_accreditation_end(statement.body);
  if (!body) return;
  for (const auto& type : body->types) end_row(body->subject, type, statement.time);
}

void FeedFold::settle() {
  const auto& lists = lists_.get();
  if (std::any_of(lists.begin(), lists.end(), [](const auto& l) { return !l.second.settled; })) {
    for (auto& [name, list] : lists_.edit()) {
      if (!list.settled) list.digest = list.bits->sha256();
      list.settled = true;
    }
  }
  if (interval_digest_.empty()) interval_digest_ = compute_interval_digest();
}

std::vector<std::string> FeedFold::status_rows(std::string_view scid) const {
  std::vector<std::string> rows;
  for (const auto& [name, list] : lists_.get()) {
    rows.push_back(core::to_canonical(core::Json::array(
        {"status", scid, name, revocation::name_of(list.purpose), hash_text(list.digest)})));
  }
  return rows;
}

std::string FeedFold::compute_interval_digest() const {
  std::vector<std::pair<std::string, core::Json>> rows;
  for (const auto& [of, intervals] : accreditations_.get()) {
    for (const auto& row : intervals) {
      auto json =
          core::Json::array({"accredit", of.first, of.second, core::format_milliseconds(row.from),
                             instant_or_empty(row.until), row.depth, scid_});
      auto text = core::to_canonical(json);
      rows.emplace_back(std::move(text), std::move(json));
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  auto sorted = core::Json::array();
  for (auto& row : rows) sorted.push_back(std::move(row.second));
  return hash_text(core::sha256(core::to_canonical(sorted)));
}

}  // namespace avow::registry
