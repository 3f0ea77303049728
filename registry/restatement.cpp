#include "registry/restatement.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "core/canonical_json.h"
#include "core/multibase.h"
#include "core/sha256.h"
#include "registry/body.h"
#include "registry/compromised_keys.h"
#include "registry/fork_proof.h"
#include "registry/stopped_agents.h"
#include "revocation/status_base.h"

namespace avow::registry {
namespace {

using What = Lapsing::What;

/// A whole number without sign or leading zeros.
std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t value = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  const bool is_plain = !text.empty() && text[0] != '-' && (text[0] != '0' || text.size() == 1);
  if (!is_plain || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

bool is_bit_name(std::string_view text) {
  const auto hash = text.find('#');
  if (hash == std::string_view::npos) return false;
  const auto index = number_in(text.substr(hash + 1));
  return revocation::is_list_name(text.substr(0, hash)) && index &&
         revocation::StatusListIndex::from(*index);
}

std::string bit_name(const std::string& list, revocation::StatusListIndex index) {
  return list + "#" + std::to_string(index.value());
}

/// Reads statements in order and keeps the first that says each thing.
class Reading {
 public:
  Reading(const Strikes& strikes, const std::map<std::string, revocation::StatusPurpose>& purposes)
      : strikes_(strikes), purposes_(purposes) {}

  void read(const MadeElsewhere& made) {
    const auto& statement = made.statement;
    is_out_ = strikes_.take_out(statement);
    switch (statement.kind) {
      case StatementKind::status_list:
        return read_list(statement);
      case StatementKind::status_delta:
        return read_delta(statement);
      case StatementKind::status_base:
        return read_base(statement);
      case StatementKind::did_document:
        return read_document(statement);
      case StatementKind::accredit:
        if (const auto body = parse_accreditation(statement.body))
          permit(statement, body->subject, body->types);
        return;
      case StatementKind::accredit_revoke:
        if (const auto body = parse_accreditation_end(statement.body)) end(statement, *body);
        return;
      case StatementKind::agent_suspend:
        return read_suspension(statement);
      case StatementKind::agent_disown:
        return read_disowning(statement);
      case StatementKind::key_compromised:
        return read_key_compromise(statement);
      case StatementKind::issued:
        return read_batch(statement);
      // What these say does not lapse, is said anew at each opening, or has no effect.
      case StatementKind::epoch_open:
      case StatementKind::node_set:
      case StatementKind::advisory:
      case StatementKind::unknown:
        return;
    }
  }

  Restatement finish() {
    Restatement result;
    for (auto& [key, entry] : found_) {
      const bool is_struck = entry.out || strikes_.contain(entry.item.name);
      auto& into = is_struck                            ? result.struck
                   : entry.item.what == What::permitted ? result.lapses
                                                        : result.again;
      into.push_back(std::move(entry.item));
    }
    for (auto* items : {&result.again, &result.lapses, &result.struck}) {
      std::stable_sort(items->begin(), items->end(), [](const Lapsing& a, const Lapsing& b) {
        return std::tie(a.epoch, a.sequence, a.name) < std::tie(b.epoch, b.sequence, b.name);
      });
    }
    return result;
  }

 private:
  using Key = std::pair<What, std::string>;
  struct Found {
    Lapsing item;
    bool out = false;  // every statement that says so is struck out
  };

  /// `id` tells what has the same name apart.
  void add(const Statement& by, What what, Lapsing item, const std::string& id = {}) {
    item.what = what;
    item.kind = by.kind_name;
    item.epoch = by.epoch;
    item.sequence = by.sequence;
    item.time = by.time;
    const Key key{what, id.empty() ? item.name : id};
    const auto known = found_.find(key);
    if (known == found_.end()) {
      found_.emplace(key, Found{std::move(item), is_out_});
    } else if (known->second.out && !is_out_) {
      known->second = Found{std::move(item), false};
    } else if (!is_out_) {
      known->second.item.resumed.reset();  // and stopped once more
    }
  }

  void read_list(const Statement& statement) {
    const auto body = revocation::parse_status_list(statement.body);
    if (!body || purposes_.contains(body->list)) return;
    if (!is_out_) purposes_.emplace(body->list, body->purpose);
    Lapsing item;
    item.name = body->list;
    item.declaration = *body;
    add(statement, What::list_opened, std::move(item));
  }

  void read_delta(const Statement& statement) {
    const auto body = revocation::parse_status_delta(statement.body);
    if (!body) return;
    add_bits(statement, body->list, body->set);
    for (const auto index : body->clear)
      resume(statement, {What::suspended, bit_name(body->list, index)});
  }

  void read_base(const Statement& statement) {
    const auto body = revocation::parse_status_base(statement.body);
    if (!body) return;
    add_bits(statement, body->list, body->bits.set_indexes());
    for (const auto& [key, found] : found_) {
      const auto& bit = found.item.bit;
      if (bit && bit->first == body->list && !body->bits.get(bit->second)) resume(statement, key);
    }
  }

  void add_bits(const Statement& by, const std::string& name,
                const std::vector<revocation::StatusListIndex>& set) {
    const auto list = purposes_.find(name);
    if (list == purposes_.end()) return;
    const auto what =
        list->second == revocation::StatusPurpose::revocation ? What::revoked : What::suspended;
    for (const auto index : set) {
      Lapsing item;
      item.name = bit_name(name, index);
      item.bit = std::pair(name, index);
      add(by, what, std::move(item));
    }
  }

  /// Who resumed is not known here, and a thief's resumption must not hide our stop: a person is told of it, who may
  /// strike the stop out.
  void resume(const Statement& by, const Key& key) {
    const auto stop = is_out_ ? found_.end() : found_.find(key);
    if (stop != found_.end() && key.first != What::revoked)
      stop->second.item.resumed = SaidAt{by.epoch, by.sequence};
  }

  void read_document(const Statement& statement) {
    const auto body = parse_document_statement(statement.body);
    if (!body) return;
    Lapsing item;
    item.name = item.subject = body->id;
    add(statement,
        body->status == DocumentStatus::deactivated ? What::document_ended : What::permitted,
        std::move(item));
  }

  void read_suspension(const Statement& statement) {
    const auto body = parse_agent_suspension(statement.body);
    if (!body) return;
    if (!body->suspended) return resume(statement, {What::agent_suspended, body->agent});
    Lapsing item;
    item.name = item.subject = body->agent;
    add(statement, What::agent_suspended, std::move(item));
  }

  void read_disowning(const Statement& statement) {
    const auto body = parse_agent_disowning(statement.body);
    if (!body) return;
    Lapsing item;
    item.name = item.subject = body->agent;
    item.from = body->from;
    add(statement, What::agent_disowned, std::move(item));
    // The earliest of them holds, whichever was said first.
    auto& found = found_.find({What::agent_disowned, body->agent})->second;
    if (is_out_ == found.out) found.item.from = std::min(found.item.from, body->from);
  }

  void read_key_compromise(const Statement& statement) {
    const auto body = parse_key_compromise(statement.body);
    if (!body) return;
    Lapsing item;
    item.name = item.subject = body->key;
    item.up_to = std::min(body->up_to, SaidAt{statement.epoch, statement.sequence});
    const auto up_to = item.up_to;
    add(statement, What::key_compromised, std::move(item));
    auto& found = found_.find({What::key_compromised, body->key})->second;
    if (is_out_ == found.out) found.item.up_to = std::min(found.item.up_to, up_to);
  }

  void read_batch(const Statement& statement) {
    auto body = parse_issued_batch(statement.body);
    if (!body) return;
    Lapsing item;
    item.name = core::to_multibase(body->root);
    const SaidAt said{statement.epoch, statement.sequence};
    if (!body->was || !(*body->was < said)) body->was = said;
    item.batch = *body;
    // Its root alone is no secret: a thief who says it with another size or position must not take its place.
    add(statement, What::batch_issued, std::move(item), core::to_canonical(to_json(*body)));
  }

  void permit(const Statement& statement, const std::string& subject,
              const std::vector<std::string>& types) {
    for (const auto& type : types) {
      add(statement, What::permitted, about(subject, type));
      // It took the place of what was said before, which may be wider and must not come back with its lapsing.
      add(statement, What::accreditation_ended, about(subject, type));
    }
  }

  void end(const Statement& statement, const AccreditationEnd& body) {
    for (const auto& type : body.types)
      add(statement, What::accreditation_ended, about(body.subject, type));
  }

  static Lapsing about(const std::string& subject, const std::string& type) {
    Lapsing item;
    item.name = accreditation_name(subject, type);
    item.subject = subject;
    item.type = type;
    return item;
  }

  const Strikes& strikes_;
  std::map<std::string, revocation::StatusPurpose> purposes_;
  std::map<Key, Found> found_;
  bool is_out_ = false;
};

}  // namespace

std::vector<MadeElsewhere> made_elsewhere(FeedReader& store, const std::string& scid,
                                          std::int64_t epoch) {
  const auto last = store.last_own_signature(scid, epoch);
  const auto from = last ? last->epoch : 1;
  std::vector<MadeElsewhere> made;
  std::set<std::string> hashes;
  const auto take = [&](Statement statement, bool on_chain) {
    if (hashes.insert(statement.hash).second) made.push_back({std::move(statement), on_chain});
  };
  store.each_not_signed_here(scid, from, epoch, [&](std::string_view text, bool on_chain) {
    if (auto statement = parse_statement(text)) take(std::move(*statement), on_chain);
  });
  for (auto at = from; at < epoch; ++at) {
    const auto fork = store.fork(scid, at);
    const auto proof = fork ? parse_fork_proof(fork->text) : fail(Error{});
    if (!proof) continue;
    for (const auto& side : {proof->a, proof->b}) {
      if (store.own_signature(scid, side.epoch, side.sequence) != side.hash)
        take(side, /*on_chain=*/false);
    }
  }
  std::sort(made.begin(), made.end(), [](const MadeElsewhere& a, const MadeElsewhere& b) {
    return std::tie(a.statement.epoch, a.statement.sequence, a.statement.hash) <
           std::tie(b.statement.epoch, b.statement.sequence, b.statement.hash);
  });
  return made;
}

Result<Strikes, Error> Strikes::parse(std::vector<std::string> names) {
  if (names.size() > kMaxNames)
    return fail(Error{ErrorCode::malformed, "more names than " + std::to_string(kMaxNames)});
  Strikes strikes;
  for (const auto& name : names) {
    std::string_view position(name);
    const bool is_open = position.ends_with("..");
    if (is_open) position.remove_suffix(2);
    const auto slash = position.find('/');
    const auto epoch = number_in(position.substr(0, slash));
    const auto sequence =
        slash == std::string_view::npos ? std::nullopt : number_in(position.substr(slash + 1));
    if (epoch && sequence) {
      if (is_open) {
        const auto known = strikes.from_.emplace(*epoch, *sequence);
        known.first->second = std::min(known.first->second, *sequence);
      } else {
        strikes.statements_.insert({*epoch, *sequence});
      }
    } else if (is_bit_name(name) || name.rfind("did:", 0) == 0 || is_agent_hash(name)) {
      strikes.items_.insert(name);
    } else {
      return fail(
          Error{ErrorCode::malformed, "'" + name.substr(0, 200) +
                                          "' names no statement (1/41, 1/41..), no bit (r1#8121), "
                                          "no DID, no agent or batch (u…) and no "
                                          "accreditation (did:…=Type)"});
    }
  }
  strikes.names_ = std::move(names);
  return strikes;
}

bool Strikes::take_out_for_good(const SaidAt& position) const {
  const auto from = from_.find(position.epoch);
  return from != from_.end() && position.sequence >= from->second;
}

bool Strikes::take_out_for_good(const Statement& statement) const {
  return take_out_for_good(SaidAt{statement.epoch, statement.sequence});
}

bool Strikes::take_out(const SaidAt& position) const {
  return statements_.contains(position) || take_out_for_good(position);
}

bool Strikes::take_out(const Statement& statement) const {
  return take_out(SaidAt{statement.epoch, statement.sequence});
}

std::string accreditation_name(const std::string& subject, const std::string& type) {
  return subject + "=" + type;
}

Restatement restatement(std::span<const MadeElsewhere> made, const Strikes& strikes,
                        const std::map<std::string, revocation::StatusPurpose>& purposes) {
  Reading reading(strikes, purposes);
  for (const auto& one : made) reading.read(one);
  auto result = reading.finish();
  for (const auto& name : strikes.names()) {
    const auto alone = Strikes::parse({name});
    const bool takes_a_statement =
        std::any_of(made.begin(), made.end(),
                    [&](const MadeElsewhere& one) { return alone->take_out(one.statement); });
    const bool takes_an_item = std::any_of(result.struck.begin(), result.struck.end(),
                                           [&](const Lapsing& one) { return one.name == name; });
    if (!takes_a_statement && !takes_an_item) result.unmatched.push_back(name);
  }
  return result;
}

std::string digest_of_shown(std::span<const MadeElsewhere> made, const Strikes& strikes) {
  std::string hashes;
  for (const auto& one : made) {
    if (!strikes.take_out_for_good(one.statement)) hashes += one.statement.hash + "\n";
  }
  return core::to_multibase(core::sha256(core::as_bytes(hashes)));
}

bool covers(const Agreement& agreement, std::span<const MadeElsewhere> made) {
  const auto strikes = Strikes::parse(agreement.strikes);
  return strikes && digest_of_shown(made, *strikes) == agreement.shown;
}

}  // namespace avow::registry
