#include "node/recovery/unsaid_statements.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "core/canonical_json.h"
#include "core/sha256.h"
#include "node/transaction.h"
#include "registry/compromised_keys.h"
#include "registry/issued_roots.h"

namespace avow::node {
namespace {

using Code = registry::ErrorCode;
using registry::StatementKind;
using What = registry::Lapsing::What;

/// A name of a type takes up to six times its length. The other half of a statement is left to what else stands in it.
constexpr std::size_t kMaxTypesBytes = registry::kMaxStatementBytes / 2;

/// The fault is this statement's, and no other waits for it.
bool stays(Code code) {
  return code == Code::feed_full || code == Code::malformed || code == Code::too_large;
}

}  // namespace

bool take_out(const registry::Strikes& strikes, const Waiting& waiting) {
  return strikes.contain(waiting.name) || (waiting.said && strikes.take_out(*waiting.said));
}

std::vector<Waiting> UnsaidStatements::things_in(const Row& row) {
  std::vector<Waiting> things;
  if (row.kind == StatementKind::accredit_revoke) {
    const auto end = registry::parse_accreditation_end(row.body);
    if (!end) return {};
    for (const auto& type : end->types)
      things.push_back(
          {What::accreditation_ended, registry::accreditation_name(end->subject, type)});
  } else if (row.kind == StatementKind::key_compromised) {
    if (const auto given_up = registry::parse_key_compromise(row.body))
      things.push_back({What::key_compromised, given_up->key});
  } else if (row.kind == StatementKind::issued) {
    if (const auto batch = registry::parse_issued_batch(row.body))
      things.push_back({What::batch_issued, core::to_multibase(batch->root), row.said});
  }
  return things;
}

void UnsaidStatements::add_ends(core::Transaction& transaction, const std::string& subject,
                                const std::vector<std::string>& types) {
  std::set<std::string> wanted(types.begin(), types.end());
  for (const auto& row : ends_of(transaction, subject)) {
    const auto waits = registry::parse_accreditation_end(row.body);
    if (!waits) continue;
    for (const auto& type : waits->types) wanted.erase(type);
  }
  registry::AccreditationEnd end{subject, {}};
  std::size_t bytes = 0;
  const auto close = [&] {
    if (end.types.empty()) return;
    add(transaction, Urgency::stop, StatementKind::accredit_revoke, registry::to_json(end));
    end.types.clear();
    bytes = 0;
  };
  for (const auto& type : wanted) {
    const auto more = core::to_canonical(core::Json(type)).size() + 1;  // and a comma
    if (end.types.size() == registry::kMaxTypes || bytes + more > kMaxTypesBytes) close();
    end.types.push_back(type);
    bytes += more;
  }
  close();
}

bool UnsaidStatements::halve(core::Transaction& transaction, const Row& row) {
  const auto end = registry::parse_accreditation_end(row.body);
  if (!end || end->types.size() < 2) return false;
  remove(transaction, row);
  const auto middle = end->types.begin() + static_cast<std::ptrdiff_t>(end->types.size() / 2);
  for (const auto& [from, to] :
       {std::pair(end->types.begin(), middle), std::pair(middle, end->types.end())})
    add(transaction, row.urgency, row.kind,
        registry::to_json(registry::AccreditationEnd{end->subject, {from, to}}));
  return true;
}

template <class IsOut>
void UnsaidStatements::thin_out(core::Transaction& transaction, const Row& row,
                                const IsOut& is_out) {
  auto end = registry::parse_accreditation_end(row.body);
  if (!end || std::erase_if(end->types, is_out) == 0) return;
  if (end->types.empty()) return remove(transaction, row);
  put_body(transaction, row, registry::to_json(*end));
}

void UnsaidStatements::drop_ends(core::Transaction& transaction, const std::string& subject,
                                 const std::vector<std::string>& types) {
  for (const auto& row : ends_of(transaction, subject)) {
    thin_out(transaction, row, [&](const std::string& type) {
      return std::find(types.begin(), types.end(), type) != types.end();
    });
  }
}

std::vector<Waiting> UnsaidStatements::waiting(core::Connection& connection) {
  std::vector<Waiting> all;
  Row last;
  for (auto rows = page(connection, Urgency::batch, kAnyHour, last); !rows.empty();
       rows = page(connection, Urgency::batch, kAnyHour, last)) {
    for (const auto& row : rows) {
      for (auto& thing : things_in(row)) all.push_back(std::move(thing));
    }
    last = std::move(rows.back());
  }
  return all;
}

void UnsaidStatements::strike_out(core::Transaction& transaction,
                                  const registry::Strikes& strikes) {
  if (strikes.names().empty()) return;
  Row last;
  for (auto rows = page(transaction, Urgency::batch, kAnyHour, last); !rows.empty();
       rows = page(transaction, Urgency::batch, kAnyHour, last)) {
    for (const auto& row : rows) {
      if (row.kind == StatementKind::accredit_revoke) {
        const std::string* subject = row.body.find_string("subject");
        thin_out(transaction, row, [&](const std::string& type) {
          return subject != nullptr &&
                 take_out(strikes, {What::accreditation_ended,
                                    registry::accreditation_name(*subject, type)});
        });
        continue;
      }
      const auto things = things_in(row);
      if (!things.empty() && take_out(strikes, things.front())) remove(transaction, row);
    }
    last = std::move(rows.back());
  }
}

Result<UnsaidStatements::Said, Error> UnsaidStatements::say(core::Transaction& transaction,
                                                            registry::OwnFeed& feed, Urgency least,
                                                            const registry::HourLimits& most,
                                                            std::size_t max, core::Instant now) {
  const std::int64_t hour = std::chrono::floor<std::chrono::hours>(now.time_since_epoch()).count();
  Said so_far;
  Row last;
  for (auto rows = page(transaction, least, hour, last); !rows.empty();
       rows = page(transaction, least, hour, last)) {
    last = rows.back();
    for (const auto& row : rows) {
      // Nothing overtakes what is more urgent.
      if (so_far.done == max || !feed.has_room(transaction, row.kind, now, most)) return so_far;
      const auto said = feed.append(transaction, registry::name_of(row.kind), row.body, now);
      if (!said && said.error().code == Code::hourly_limit) return so_far;
      if (said || said.error().code == Code::no_effect) {
        remove(transaction, row);
        ++so_far.done;
      } else if (said.error().code == Code::too_large && halve(transaction, row)) {
        last = {};  // the halves come next; what was said or kept is not met again
        break;
      } else if (stays(said.error().code)) {
        keep(transaction, row, hour);
        ++so_far.kept;
      } else {
        return fail(from_registry(said.error(), "cannot say again what the epoch takes back"));
      }
    }
  }
  return so_far;
}

}  // namespace avow::node
