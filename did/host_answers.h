#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "core/lru_cache.h"
#include "core/timestamp.h"
#include "did/did.h"

namespace avow::did {

/// How the hosts of DIDs are asked; the latter for tests: where https fails.
enum class Localhost { https_only, http_too };

/// What hosts said lately of DIDs, for all resolvers of a process: `Answer` is what was made of it. Bounded; thread-safe.
template <class Answer>
class HostAnswers {
 public:
  explicit HostAnswers(std::size_t capacity) : held_(capacity) {}

  /// An answer is used for no longer than this.
  static constexpr core::Milliseconds kMaxAge = std::chrono::minutes(5);
  /// How often a document may be fetched anew because somebody does not believe the one that is held.
  static constexpr core::Milliseconds kRefreshInterval = std::chrono::seconds(10);

  /// When a host is asked, and in which turn: a clock may be set back, turns only grow.
  struct Asked {
    core::Instant at;
    std::uint64_t turn;
  };

  /// The answer if it may be used at `now`, and `refresh` is not asked for or not due. Whoever gets a turn instead
  /// fetches; until kRefreshInterval has passed, other refreshes get what came of that.
  /// fails as that refresh did; unavailable while it is under way
  Result<std::variant<Answer, Asked>, Error> get(const Did& did, bool refresh, core::Instant now);
  /// What the host said when it was asked; nothing: no document, or none that can be held. Whatever it said before is
  /// forgotten; what it was asked in an earlier turn and said later is not believed.
  void put(const Did& did, std::optional<Answer> said, Asked asked,
           core::Milliseconds max_age = kMaxAge);
  /// The host was to be asked and has given no answer until `now`. too_many_fetches: nor was it asked, and timed_out in
  /// less than a fetch usually has: nor was it waited for, so no refresh has been.
  /// gives resolution_stale if a document is held that is too old to be used, else `why`
  Error not_confirmed(const Did& did, Error why, Asked asked, core::Instant now);
  /// What is held, however old.
  std::optional<Answer> last(const Did& did);

 private:
  struct Held {
    std::shared_ptr<const Answer> answer;  // null: a mark against slower answers of earlier turns
    Asked fetched;
    Asked tried;  // to fetch it, also in vain
    core::Milliseconds max_age;
    std::optional<Error> failure = {};  // of that try
  };
  static bool may_be_used(const Held& held, core::Instant now);

  std::mutex mutex_;  // look and mark are one step
  std::uint64_t turns_ = 0;
  core::LruCache<std::string, Held> held_;
};

}  // namespace avow::did
