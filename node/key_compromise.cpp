#include "node/key_compromise.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

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

std::string listed(const std::vector<std::string>& names) {
  std::string text = "known are";
  const auto shown = std::min(names.size(), kMaxListed);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? " " : ", ") + names[i];
  if (shown < names.size()) text += " and " + std::to_string(names.size() - shown) + " more";
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

Result<std::string, Error> KeyCompromise::own_name(const std::string& key) const {
  const auto view = replica_.view();
  const auto& organisation = records_.organisation;
  const registry::Member* member =
      view != nullptr ? view->member(organisation.entry.scid) : nullptr;
  if (member == nullptr)
    return fail(Error{ErrorCode::conflict, "there is nobody to tell",
                      "this node belongs to no consortium", "see: avow charter found --help"});
  auto name =
      registry::own_key_name(key.starts_with("#") ? organisation.did().text() + key : key, *member);
  if (name.empty())
    return fail(Error{ErrorCode::invalid_input, "that is no key of this organisation's",
                      "a key is named by its DID URL, as " + organisation.assertion_method(),
                      "see: avow did history DID"});
  const auto known = known_names(name, *view, *member);
  if (!known) return fail(known.error());
  if (std::find(known->begin(), known->end(), name) != known->end()) return name;
  return fail(Error{ErrorCode::invalid_input, "there never was a key " + name,
                    known->empty() ? "no document of that DID is known here" : listed(*known),
                    "see: avow did history DID"});
}

/// The keys of every version of the DID whose key `name` would be, newest first.
Result<std::vector<std::string>, Error> KeyCompromise::known_names(
    const std::string& name, const registry::View& view, const registry::Member& member) const {
  std::vector<std::string> names;
  const auto add = [&](const std::shared_ptr<const did::Document>& document) {
    if (document == nullptr) return;
    for (const auto& method : document->verification_methods()) {
      auto one = registry::own_key_name(method.id, member);
      if (std::find(names.begin(), names.end(), one) == names.end()) names.push_back(one);
    }
  };
  const auto& organisation = records_.organisation;
  const auto did = did::Did::parse(name.substr(0, name.find('#')));
  if (!did) return names;
  if (did->text() == member.did) {
    add(organisation.entry.document);
    for (auto entry = organisation.earlier.rbegin(); entry != organisation.earlier.rend(); ++entry)
      add(entry->document);
    return names;
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
  return names;
}

Result<KeyCompromiseDraft, Error> KeyCompromise::draft(
    const std::string& key, const std::optional<registry::SaidAt>& up_to) const {
  auto name = own_name(key);
  if (!name) return fail(name.error());
  KeyCompromiseDraft draft{std::move(*name), {}};
  IssuedBatches::Counts counts;
  const auto read = records_.database.read([&](core::Connection& connection) {
    counts = IssuedBatches::count(connection, up_to.value_or(kEverything));
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
  if (draft.key == records_.organisation.assertion_method())
    words.emplace_back(
        "The node signs with this very key now: it issues nothing more before `avow key rotate`, "
        "or after a theft `avow key recover`. Better do that first.");
  return draft;
}

Result<KeyGivenUp, Error> KeyCompromise::say(const std::string& key,
                                             const std::optional<registry::SaidAt>& up_to,
                                             const std::string& reason, const std::string& actor) {
  auto name = own_name(key);
  if (!name) return fail(name.error());
  KeyGivenUp done{std::move(*name), up_to.value_or(registry::SaidAt{}), {}};
  const auto& entry = records_.organisation.entry;
  const auto said = records_.change(
      "cannot say that the key was stolen",
      [&](core::Transaction& transaction, core::Instant now) -> Result<void, Error> {
        if (!up_to) {
          if (auto published = records_.membership.publish_issued(transaction, now); !published)
            return published;
          const auto tip = registry::FeedReader(transaction).tip(entry.scid, entry.version);
          if (tip) done.up_to = {entry.version, tip->sequence};
        }
        const auto sequence = records_.membership.say(
            transaction, registry::StatementKind::key_compromised,
            registry::to_json(registry::KeyCompromise{done.key, done.up_to}), now);
        if (!sequence) return fail(sequence.error());
        done.said = {entry.version, sequence->value_or(0)};
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
