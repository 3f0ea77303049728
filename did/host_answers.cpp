#include "did/host_answers.h"

#include <algorithm>
#include <utility>

#include "core/http_fetcher.h"
#include "did/did_webvh_log.h"
#include "did/resolver.h"

namespace avow::did {

template <class Answer>
bool HostAnswers<Answer>::may_be_used(const Held& held, core::Instant now) {
  return held.answer && now - held.fetched.at < held.max_age;
}

template <class Answer>
Result<std::variant<Answer, typename HostAnswers<Answer>::Asked>, Error> HostAnswers<Answer>::get(
    const Did& did, bool refresh, core::Instant now) {
  const std::lock_guard lock(mutex_);
  auto known = held_.get(did.text());
  if (!known) return Asked{now, ++turns_};
  Held held = std::move(*known);
  if (now < held.fetched.at) {
    // A clock that was set back says nothing about an age, and must not once it has come this far again.
    held.answer.reset();
    held_.put(did.text(), held);
  }
  if (!may_be_used(held, now)) return Asked{now, ++turns_};
  if (refresh && now - held.tried.at >= kRefreshInterval) {
    held.tried = Asked{now, ++turns_};
    held.failure = Error{ErrorCode::unavailable, "its host is being asked at this moment"};
    held_.put(did.text(), held);
    return held.tried;
  }
  if (refresh && held.failure) return fail(std::move(*held.failure));
  return *held.answer;
}

template <class Answer>
void HostAnswers<Answer>::put(const Did& did, std::optional<Answer> said, Asked asked,
                              core::Milliseconds max_age) {
  const std::lock_guard lock(mutex_);
  const auto held = held_.get(did.text());
  if (held && held->fetched.turn > asked.turn) return;
  auto answer = said ? std::make_shared<const Answer>(std::move(*said)) : nullptr;
  held_.put(did.text(), Held{std::move(answer), asked, asked, std::min(max_age, kMaxAge)});
}

template <class Answer>
Error HostAnswers<Answer>::not_confirmed(const Did& did, Error why, Asked asked,
                                         core::Instant now) {
  const std::lock_guard lock(mutex_);
  auto held = held_.get(did.text());
  if (!held || !held->answer || asked.turn < held->tried.turn) return why;
  const bool is_silent = why.code == ErrorCode::unavailable || why.code == ErrorCode::timed_out;
  if (is_silent && !may_be_used(*held, asked.at)) {
    return {ErrorCode::resolution_stale,
            "the document known of this DID is too old to be used, and " + why.detail};
  }
  const bool had_little_time =
      why.code == ErrorCode::timed_out && now - asked.at < core::HttpRequest().deadline;
  if (why.code == ErrorCode::too_many_fetches || had_little_time) {
    // Nobody was asked, or hardly. That is one request's own doing, so the next may refresh.
    held->tried = held->fetched;
    held->failure.reset();
  } else {
    held->failure = why;
  }
  held_.put(did.text(), std::move(*held));
  return why;
}

template <class Answer>
std::optional<Answer> HostAnswers<Answer>::last(const Did& did) {
  const std::lock_guard lock(mutex_);
  const auto held = held_.get(did.text());
  if (!held || !held->answer) return std::nullopt;
  return *held->answer;
}

template class HostAnswers<Resolution>;
template class HostAnswers<std::shared_ptr<const WebvhLog>>;

}  // namespace avow::did
