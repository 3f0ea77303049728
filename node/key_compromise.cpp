#include "node/key_compromise.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "node/transaction.h"
#include "registry/compromised_keys.h"
#include "registry/feed_store.h"

namespace avow::node {
namespace {

std::string text_of(const registry::SaidAt& position) {
  return std::to_string(position.epoch) + "/" + std::to_string(position.sequence);
}

std::string credentials(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " credential" : " credentials");
}

constexpr std::size_t kMaxVersions = 1'000;
constexpr std::size_t kMaxListed = 20;

template <class Keys>
std::string listed(const Keys& keys) {
  std::string text = "known are";
  const auto shown = std::min(keys.size(), kMaxListed);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? " " : ", ") + keys[i].name;
  if (shown < keys.size()) text += " and " + std::to_string(keys.size() - shown) + " more";
  return text;
}

constexpr registry::SaidAt kEverything{INT64_MAX, INT64_MAX};

}  // namespace

std::optional<registry::SaidAt> parse_position(std::string_view text) {
  registry::SaidAt position;
  const char* end = text.data() + text.size();
  const auto epoch = std::from_chars(text.data(), end, position.epoch);
  if (epoch.ec != std::errc() || epoch.ptr == end || *epoch.ptr != '/') return std::nullopt;
  const auto sequence = std::from_chars(epoch.ptr + 1, end, position.sequence);
  if (sequence.ec != std::errc() || sequence.ptr != end) return std::nullopt;
  if (position.epoch < 1 || position.sequence < 0) return std::nullopt;
  return position;
}

Result<const registry::Member*, Error> KeyCompromise::own_member(const registry::View* view) const {
  const auto* member = view != nullptr ? view->member(records_.organisation.entry.scid) : nullptr;
  if (member != nullptr) return member;
  return fail(Error{ErrorCode::conflict, "there is nobody to tell",
                    "this node belongs to no consortium", "see: avow charter found --help"});
}

Result<KeyCompromise::KnownKey, Error> KeyCompromise::own_key(
    const std::string& key, const registry::View& view, const registry::Member& member) const {
  const auto& organisation = records_.organisation;
  const auto name =
      registry::own_key_name(key.starts_with("#") ? organisation.did().text() + key : key, member);
  if (name.empty())
    return fail(Error{ErrorCode::invalid_input, "that is no key of this organisation's",
                      "a key is named by its DID URL, as " + organisation.assertion_method(),
                      "see which it has: avow did show; those of an agent: avow did history DID"});
  const auto known = known_keys(name, view, member);
  if (!known) return fail(known.error());
  const auto found = std::find_if(known->begin(), known->end(),
                                  [&](const KnownKey& one) { return one.name == name; });
  if (found != known->end()) return *found;
  return fail(Error{ErrorCode::invalid_input, "there never was a key " + name,
                    known->empty() ? "no document of that DID is known here" : listed(*known),
                    known->empty() ? "see: avow did show, avow agent list"
                                   : "name one of these; the key in use: avow did show"});
}

/// The keys of every version of the DID whose key `name` would be, newest first.
Result<std::vector<KeyCompromise::KnownKey>, Error> KeyCompromise::known_keys(
    const std::string& name, const registry::View& view, const registry::Member& member) const {
  std::vector<KnownKey> keys;
  const auto add = [&](const std::shared_ptr<const did::Document>& document) {
    if (document == nullptr) return;
    for (const auto& method : document->verification_methods()) {
      auto own = registry::own_key_name(method.id, member);
      const bool is_known = std::any_of(keys.begin(), keys.end(),
                                        [&](const KnownKey& one) { return one.name == own; });
      if (!is_known) keys.push_back({std::move(own), method.public_key_multibase});
    }
  };
  const auto& organisation = records_.organisation;
  const auto did = did::Did::parse(name.substr(0, name.find('#')));
  if (!did) return keys;
  if (did->text() == member.did) {
    add(organisation.entry.document);
    for (auto entry = organisation.earlier.rbegin(); entry != organisation.earlier.rend(); ++entry)
      add(entry->document);
    return keys;
  }
  const auto versions = records_.documents.history(*did, kMaxVersions);
  if (!versions && versions.error().code != did::ErrorCode::not_found)
    return fail(from_did(versions.error(), "cannot tell whether there is such a key"));
  if (versions) {
    for (const auto& version : *versions) add(version.document);
  }
  const auto* feed = view.feed(member.scid);
  const auto* said = feed != nullptr ? feed->document(did->text()) : nullptr;
  if (said != nullptr) add(said->document);
  return keys;
}

/// A person agrees to nothing that cannot be said then.
Result<void, Error> KeyCompromise::check_position(const registry::SaidAt& up_to,
                                                  const std::string& key,
                                                  const registry::View& view,
                                                  const registry::Member& member) const {
  const auto* feed = view.feed(member.scid);
  const auto last = feed != nullptr
                        ? registry::SaidAt{feed->position()->epoch, feed->position()->sequence}
                        : registry::SaidAt{1, -1};
  if (last < up_to)
    return fail(Error{ErrorCode::conflict,
                      "there is no statement " + text_of(up_to) + " of this organisation yet",
                      feed == nullptr ? "its feed has none" : "its last is " + text_of(last),
                      "name one that it has said, or leave --up-to out"});
  const auto may = feed->check(registry::StatementKind::key_compromised,
                               registry::to_json(registry::KeyCompromise{key, up_to}),
                               records_.clock.now(), member);
  if (!may) return fail(from_registry(may.error(), "nothing to say of " + key));
  return {};
}

Result<KeyCompromiseDraft, Error> KeyCompromise::draft(
    const std::string& key, const std::optional<registry::SaidAt>& up_to) const {
  const auto view = replica_.view();
  const auto member = own_member(view.get());
  if (!member) return fail(member.error());
  auto known = own_key(key, *view, **member);
  if (!known) return fail(known.error());
  if (up_to) {
    if (auto may = check_position(*up_to, known->name, *view, **member); !may)
      return fail(may.error());
  }
  KeyCompromiseDraft draft{std::move(known->name), std::move(known->public_key), {}};
  IssuedBatches::Counts counts;
  UnsaidStatements::Counts unsaid;
  const auto read = records_.database.read([&](core::Connection& connection) {
    counts = IssuedBatches::count(connection, up_to.value_or(kEverything));
    unsaid = UnsaidStatements::count(connection);
  });
  if (!read) return fail(from_core(read.error(), "cannot read what was issued"));
  auto& words = draft.words;
  words.push_back("The key " + draft.key + " was stolen. This is final.");
  words.emplace_back(
      "No member believes what it has signed or signs, whatever date it bears, except:");
  if (up_to) {
    words.push_back("  what this organisation had published as issued up to statement " +
                    text_of(*up_to) + " (" + credentials(counts.up_to) + " of this node; " +
                    std::to_string(counts.beyond) +
                    " more no longer count if this key signed them)");
  } else {
    words.push_back("  what this node has issued until now (" +
                    credentials(counts.up_to + counts.beyond) +
                    "); what is not yet published of it is published first");
  }
  if (unsaid.batches > 0)
    words.push_back("  " + std::to_string(unsaid.batches) +
                    " batches that a recovery says again are not said yet: " +
                    (up_to ? "what stands in them no longer counts"
                           : "unless this hour holds them, this waits for them"));
  if (draft.key == records_.organisation.assertion_method())
    words.emplace_back(
        "The node signs with this very key now: it issues nothing more before `avow key rotate`, "
        "or after a theft `avow key recover`. Better do that first.");
  return draft;
}

Result<KeyGivenUp, Error> KeyCompromise::say(const std::string& key,
                                             const std::optional<registry::SaidAt>& up_to,
                                             const std::string& reason, const std::string& actor) {
  const auto view = replica_.view();
  const auto member = own_member(view.get());
  if (!member) return fail(member.error());
  auto known = own_key(key, *view, **member);
  if (!known) return fail(known.error());
  KeyGivenUp done{std::move(known->name), up_to.value_or(registry::SaidAt{}), {}};
  const auto& entry = records_.organisation.entry;
  const auto said = records_.change(
      "cannot say that the key was stolen",
      [&](core::Transaction& transaction, core::Instant now) -> Result<void, Error> {
        if (!up_to) {
          if (auto published = records_.membership.publish_issued(transaction, now); !published)
            return published;
          if (auto again = records_.membership.finish_saying_again(transaction, now); !again)
            return again;
          const auto tip = registry::FeedReader(transaction).tip(entry.scid, entry.version);
          if (tip) done.up_to = {entry.version, tip->sequence};
        }
        const auto appended = records_.membership.say(
            transaction, registry::StatementKind::key_compromised,
            registry::to_json(registry::KeyCompromise{done.key, done.up_to}), now);
        if (!appended) return fail(appended.error());
        done.said = **appended;
        records_.audit.append(
            transaction, now,
            {actor, "key.compromised", done.key,
             core::Json::object({{"reason", reason}, {"upTo", text_of(done.up_to)}})});
        return {};
      });
  if (!said) return fail(said.error());
  return done;
}

}  // namespace avow::node
