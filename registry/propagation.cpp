#include "registry/propagation.h"

#include <algorithm>
#include <tuple>

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

}  // namespace avow::registry
