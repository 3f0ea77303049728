#include "registry/propagation.h"

#include <algorithm>
#include <tuple>

#include "registry/internal/counted_branch.h"
#include "revocation/status_base.h"
#include "revocation/status_delta.h"

namespace avow::registry {
namespace {

bool tells_of_the_same(const Word& one, const Word& other) {
  return std::tie(one.feed, one.epoch, one.sequence, one.hash) ==
         std::tie(other.feed, other.epoch, other.sequence, other.hash);
}

std::vector<Word> said_by(const Head* head) {
  return head != nullptr ? head->heard : std::vector<Word>();
}

/// The members who have stopped anything, those who did so last first.
std::vector<const Member*> who_stopped_last(const View& view, std::string_view own) {
  std::vector<std::pair<const Member*, core::Instant>> stopped;
  for (const auto& [scid, member] : view.charter().members) {
    if (scid == own || view.charter().is_evicted(scid)) continue;
    const auto* feed = view.feed(scid);
    if (feed != nullptr && feed->last_stop())
      stopped.emplace_back(&member, feed->last_stop()->time);
  }
  std::stable_sort(stopped.begin(), stopped.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<const Member*> members;
  for (const auto& [member, time] : stopped) members.push_back(member);
  return members;
}

}  // namespace

std::vector<Word> words_to_say(const View& view, std::string_view feed, core::Instant now) {
  auto members = who_stopped_last(view, feed);
  if (members.size() > kMaxWords) members.resize(kMaxWords);
  const auto before = said_by(view.counted_head(feed));
  std::vector<Word> words;
  for (const Member* member : members) {
    const auto& stop = *view.feed(member->scid)->last_stop();
    Word word{member->scid, stop.epoch, stop.sequence, stop.hash, now};
    const auto same = std::find_if(before.begin(), before.end(),
                                   [&](const Word& said) { return tells_of_the_same(said, word); });
    // A clock that went back must not make a head that says what is to come.
    if (same != before.end()) word.since = std::min(same->since, now);
    words.push_back(std::move(word));
  }
  std::sort(words.begin(), words.end(),
            [](const Word& a, const Word& b) { return a.feed < b.feed; });
  return words;
}

bool has_news_to_say(const View& view, std::string_view feed) {
  const auto before = said_by(view.counted_head(feed));
  const auto words = words_to_say(view, feed, {});
  return std::any_of(words.begin(), words.end(), [&](const Word& word) {
    return std::none_of(before.begin(), before.end(),
                        [&](const Word& said) { return tells_of_the_same(said, word); });
  });
}

namespace {

CountedBranch branch_of(FeedReader& store, const View& view, std::string_view feed) {
  const auto* log = view.log(feed);
  if (log == nullptr) return {};
  return counted_branch(store, feed, *log, view.charter().standing_of(feed).evicted);
}

bool counts(const CountedBranch& branch, const View& view, std::string_view feed,
            const SaidAt& at) {
  const auto frozen = view.frozen(feed);
  if (frozen && frozen->covers(at.epoch, at.sequence)) return false;
  return std::any_of(branch.parts.begin(), branch.parts.end(), [&](const auto& part) {
    return part.epoch == at.epoch && at.sequence < part.end;
  });
}

/// The lowest place on an epoch's chain whose statement is of that time or later, `end` if there is none: a feed's times do
/// not go back.
std::int64_t first_since(FeedReader& store, std::string_view feed, const CountedBranch::Part& part,
                         core::Instant since) {
  std::int64_t low = 0;
  std::int64_t high = part.end;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto text = store.statement_at(feed, part.epoch, middle);
    const auto statement = text ? parse_statement(*text) : fail(Error{});
    if (statement && statement->time < since) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// What it says of a bit, if anything.
std::optional<bool> bit_in(const Statement& statement, std::string_view list,
                           revocation::StatusListIndex index) {
  if (statement.kind == StatementKind::status_base) {
    const auto base = revocation::parse_status_base(statement.body);
    return base && base->list == list ? std::optional(base->bits.get(index)) : std::nullopt;
  }
  if (statement.kind != StatementKind::status_delta) return std::nullopt;
  const auto delta = revocation::parse_status_delta(statement.body);
  const auto has = [&](const std::vector<revocation::StatusListIndex>& indexes) {
    return std::find(indexes.begin(), indexes.end(), index) != indexes.end();
  };
  if (!delta || delta->list != list) return std::nullopt;
  return has(delta->set)     ? std::optional(true)
         : has(delta->clear) ? std::optional(false)
                             : std::nullopt;
}

}  // namespace

std::string_view name_of(Hearer::State state) {
  switch (state) {
    case Hearer::State::heard:
      return "heard";
    case Hearer::State::no_word:
      return "no_word";
    case Hearer::State::suspended:
      return "suspended";
    case Hearer::State::evicted:
      return "evicted";
    case Hearer::State::forked:
      return "forked";
  }
  return "";
}

std::vector<Hearer> who_has_heard(FeedReader& store, const View& view, std::string_view feed,
                                  const SaidAt& statement, core::Instant now) {
  using State = Hearer::State;
  const auto branch = branch_of(store, view, feed);
  const auto has_it = [&](const Word& word) {
    const SaidAt at{word.epoch, word.sequence};
    return word.feed == feed && at >= statement && counts(branch, view, feed, at) &&
           store.hash_at(feed, at.epoch, at.sequence) == word.hash;
  };
  std::vector<Hearer> hearers;
  for (const auto& [scid, member] : view.charter().members) {
    if (scid == feed) continue;
    Hearer hearer{&member};
    if (view.charter().is_evicted(scid)) {
      hearer.state = State::evicted;
    } else if (view.frozen(scid)) {
      hearer.state = State::forked;
    } else if (const Head* head = view.counted_head(scid)) {
      hearer.last_head = head->time;
      const auto word = std::find_if(head->heard.begin(), head->heard.end(), has_it);
      if (word != head->heard.end()) {
        hearer.state = State::heard;
        const bool is_this = SaidAt{word->epoch, word->sequence} == statement;
        (is_this ? hearer.since : hearer.by) = word->since;
      }
    }
    if (hearer.state == State::no_word && view.suspension(scid, now))
      hearer.state = State::suspended;
    hearers.push_back(hearer);
  }
  return hearers;
}

std::optional<Statement> find_counted(FeedReader& store, const View& view, std::string_view feed,
                                      std::string_view hash) {
  const auto held = store.place_of(feed, hash);
  if (!held || !held->on_chain) return std::nullopt;
  return find_counted(store, view, feed, SaidAt{held->place.epoch, held->place.sequence});
}

std::optional<Statement> find_counted(FeedReader& store, const View& view, std::string_view feed,
                                      const SaidAt& at) {
  if (!counts(branch_of(store, view, feed), view, feed, at)) return std::nullopt;
  const auto text = store.statement_at(feed, at.epoch, at.sequence);
  auto statement = text ? parse_statement(*text) : fail(Error{});
  if (!statement) return std::nullopt;
  return std::move(*statement);
}

std::optional<Statement> find_change(FeedReader& store, const View& view, std::string_view feed,
                                     std::string_view list, revocation::StatusListIndex index,
                                     bool is_set, core::Instant since) {
  const auto branch = branch_of(store, view, feed);
  std::optional<Statement> found;
  bool is_any_other = false;
  const auto search = [&](bool is_after) {
    for (const auto& part : branch.parts) {
      const auto edge = first_since(store, feed, part, since);
      store.each_statement(
          feed, part.epoch, is_after ? edge : 0, is_after ? part.end : edge,
          [&](std::string_view text) {
            auto statement = parse_statement(text);
            const auto bit = statement ? bit_in(*statement, list, index) : std::nullopt;
            if (!bit || !counts(branch, view, feed, {statement->epoch, statement->sequence}))
              return true;
            if (*bit != is_set) {
              found.reset();
              is_any_other = true;
            } else if (!found) {
              found = std::move(*statement);
            }
            return true;
          });
    }
  };
  search(/*is_after=*/true);
  if (!found && !is_any_other) search(/*is_after=*/false);
  return found;
}

}  // namespace avow::registry
