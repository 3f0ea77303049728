#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "registry/head.h"
#include "registry/view.h"

namespace avow::registry {

/// What the next head of this feed says of others' stops: the last that is counted here of each other member who was not
/// evicted; of more than kMaxWords the newest by their own time. What its newest head that counts has said is said again as it
/// was; what is new is said since `now`.
/// pure
std::vector<Word> words_to_say(const View& view, std::string_view feed, core::Instant now);

/// Would the next head tell of a stop of which its newest head that counts does not?
/// pure
bool has_news_to_say(const View& view, std::string_view feed);

}  // namespace avow::registry
