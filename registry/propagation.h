#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "registry/feed_store.h"
#include "registry/head.h"
#include "registry/statement.h"
#include "registry/view.h"
#include "revocation/status_bits.h"

namespace avow::registry {

/// What the next head of this feed says of others' stops: the last that is counted here of each other member who was not
/// evicted; of more than kMaxWords the newest by their own time. What its newest head that counts has said is said again as it
/// was; what is new is said since `now`.
/// pure
std::vector<Word> words_to_say(const View& view, std::string_view feed, core::Instant now);

/// Would the next head tell of a stop of which its newest head that counts does not?
/// pure
bool has_news_to_say(const View& view, std::string_view feed);

/// Whether another member has said that it has a statement, and if not, what there is to say of it.
struct Hearer {
  enum class State { heard, no_word, suspended, evicted, forked };
  const Member* member;  // lives as long as the view
  State state = State::no_word;
  // If heard, by its own clock: since when it has the statement, or by when it had it, where its word is for a later one.
  std::optional<core::Instant> since = {};
  std::optional<core::Instant> by = {};
  std::optional<core::Instant> last_head = {};  // the newest that counts: what it has, it had then
};
std::string_view name_of(Hearer::State state);  // "heard", "no_word", …

/// Of a feed's counted statement of priority 1, each other member: who has said in its newest head that counts that it has
/// this one, or one that follows it on the counted branch. Who is evicted or whose feed is forked says nothing.
std::vector<Hearer> who_has_heard(FeedReader& store, const View& view, std::string_view feed,
                                  const SaidAt& statement, core::Instant now);

/// A counted statement of a feed; nothing if there is none of that hash, or at that place.
std::optional<Statement> find_counted(FeedReader& store, const View& view, std::string_view feed,
                                      std::string_view hash);
std::optional<Statement> find_counted(FeedReader& store, const View& view, std::string_view feed,
                                      const SaidAt& at);
/// The counted statement that said what a bit is (`is_set`) since that time: the first from then on, or else (a lost database
/// has taken its bits back from others) the first before, after the last that said otherwise. Nothing if what was said last
/// is otherwise: a feed's times are not the clock's, and what stands on record may not have been said.
std::optional<Statement> find_change(FeedReader& store, const View& view, std::string_view feed,
                                     std::string_view list, revocation::StatusListIndex index,
                                     bool is_set, core::Instant since);

}  // namespace avow::registry
