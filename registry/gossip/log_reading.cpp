#include "registry/gossip/log_reading.h"

namespace avow::registry::gossip {
namespace {

auto place(const registry::ObjectId& id) {
  return std::pair(id.epoch, id.sequence);
}

}  // namespace

void LogReading::note(const registry::Changes& page,
                      std::optional<registry::ObjectId>& shown) const {
  for (const registry::ObjectId& id : page.ids) {
    if (id.object_class != registry::ObjectClass::statement || id.feed != feed_) continue;
    if (!shown || place(*shown) < place(id)) shown = id;
  }
}

void LogReading::take_at_end(const registry::Changes& page) {
  note(page, shown_);
  if (anew_) note(page, anew_->shown);
  end_ = page.cursor;
}

void LogReading::begin_anew() {
  if (!anew_) anew_ = Anew{0, end_};
}

std::optional<std::int64_t> LogReading::anew() const {
  return anew_ ? std::optional(anew_->cursor) : std::nullopt;
}

bool LogReading::take_anew(const registry::Changes& page) {
  note(page, anew_->shown);
  anew_->cursor = page.cursor;
  if (page.more && page.cursor < anew_->until) return false;
  shown_ = std::move(anew_->shown);
  anew_.reset();
  return true;
}

}  // namespace avow::registry::gossip
