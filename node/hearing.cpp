#include "node/hearing.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "core/data_integrity.h"
#include "core/json_array.h"
#include "core/json_reader.h"
#include "did/did_key.h"

namespace avow::node {
namespace {

constexpr std::string_view kHoldingType = "AvowHolding";
constexpr std::string_view kPurpose = "authentication";

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Of these, who is not among those.
std::vector<std::string> missing_of(const std::vector<std::string>& all,
                                    const std::set<std::string>& heard) {
  std::vector<std::string> missing;
  std::copy_if(all.begin(), all.end(), std::back_inserter(missing),
               [&](const std::string& one) { return !heard.contains(one); });
  return missing;
}

std::vector<std::string> read_hashes(core::JsonReader& in, std::string_view name) {
  std::vector<std::string> hashes;
  const auto* array = in.array(name, Holding::kMaxNamed);
  if (array == nullptr) return hashes;
  for (const auto& item : *array) {
    const auto* hash = item.as_string();
    if (hash == nullptr)
      in.fault(core::ErrorCode::type, name, "must hold texts");
    else
      hashes.push_back(*hash);
  }
  return hashes;
}

auto place(const registry::ObjectId& id) {
  return std::pair(id.epoch, id.sequence);
}

}  // namespace

const registry::FeedPosition* own_end(const registry::View& view, const std::string& feed) {
  const registry::FeedFold* fold = view.feed(feed);
  return fold != nullptr && !view.frozen(feed) ? &*fold->position() : nullptr;
}

std::optional<Doubt> doubt_about(const LogShown& shown, const registry::View& view,
                                 const std::string& feed) {
  using Kind = Doubt::Kind;
  if (shown.is_own) return Doubt{Kind::own_node, "is this node itself, by another address"};
  if (shown.withheld) return Doubt{Kind::withheld, "holds back what is not durable there yet"};
  const auto& last = shown.last;
  const auto* end = own_end(view, feed);
  // At the very first start nobody has anything of ours. Of a forked feed nobody knows where it ends; who knows any of it
  // has been asked.
  if (view.frozen(feed) ? last.has_value() : end == nullptr && !last) return std::nullopt;
  if (end != nullptr && last && last->hash == end->hash) return std::nullopt;
  if (last && (end == nullptr || place(*last) >= std::pair(end->epoch, end->sequence)))
    return Doubt{Kind::gives_not, "lists statement " + std::to_string(last->epoch) + "/" +
                                      std::to_string(last->sequence) +
                                      " of ours and does not give it"};
  return Doubt{Kind::knows_less, ""};
}

bool may_be_ours(const registry::Receipt& wanted, const registry::View& view,
                 registry::FeedReader& store, const std::string& feed) {
  const auto is_of_ours = [&](const registry::MissingRange& range) { return range.feed == feed; };
  if (std::any_of(wanted.need.begin(), wanted.need.end(), is_of_ours)) return true;
  return !wanted.need_hashes.empty() &&
         (!store.forks(feed).empty() || !view.charter().settlements_of(feed).empty());
}

std::vector<std::string> other_witnesses(const Audience& audience) {
  std::vector<std::string> others;
  for (const auto& key : audience.witnesses.keys) {
    if (auto multikey = key.to_multikey(); multikey != audience.own_witness)
      others.push_back(std::move(multikey));
  }
  return others;
}

std::string still_to_be_heard(const Audience& audience, const Heard& heard) {
  if (audience.has_guard_files) return heard.peers.empty() ? "one peer" : "";
  const auto others = other_witnesses(audience);
  if (others.empty()) {
    const auto missing = missing_of(audience.peers, heard.peers);
    return missing.empty() ? "" : "every peer: not yet " + listed(missing);
  }
  const auto needed =
      std::min(static_cast<std::size_t>(audience.witnesses.threshold), others.size());
  const auto missing = missing_of(others, heard.witnesses);
  const auto shown = others.size() - missing.size();
  if (shown >= needed) return "";
  return std::to_string(needed) + " of the charter's witnesses: " + std::to_string(shown) +
         " were, not yet " + listed(missing);
}

Holding what_is_held(const registry::View& view, registry::FeedReader& store,
                     const std::string& feed) {
  const auto& charter = view.charter();
  const auto* fold = view.feed(feed);
  Holding held{charter.network, feed, fold != nullptr ? fold->position()->hash : ""};
  // The view may be older than the store, where the votes on a slot are gone once it is decided.
  const auto decided_since = store.slots_after(charter.slot()).size();
  held.slot = charter.slot() + 1 + static_cast<std::int64_t>(decided_since);
  held.votes = store.votes_by(feed, held.slot, Holding::kMaxNamed);
  const auto log_of = [&](std::string_view scid) { return view.log(scid); };
  for (const auto& one : store.emergencies_by(feed)) {
    if (held.emergencies.size() == Holding::kMaxNamed) break;
    // Without a say it is refused by who hears of it now.
    if (registry::has_say(one, charter, log_of)) held.emergencies.push_back(one.hash);
  }
  return held;
}

std::string unknown_of(const Holding& word, const registry::View& view,
                       registry::FeedReader& store) {
  const auto open = view.charter().slot() + 1;
  if (word.slot > open) return "a decision on slot " + std::to_string(open);
  if (!word.last.empty() && !store.place_of(word.feed, word.last)) return "a statement of ours";
  const auto is_missing = [&](registry::ObjectClass object_class) {
    return [&store, object_class](const auto& hash) { return !store.object(object_class, hash); };
  };
  // On a slot that is decided here nothing is signed any more.
  if (word.slot == open &&
      std::any_of(word.votes.begin(), word.votes.end(), is_missing(registry::ObjectClass::vote)))
    return "a vote of ours";
  if (std::any_of(word.emergencies.begin(), word.emergencies.end(),
                  is_missing(registry::ObjectClass::emergency)))
    return "an emergency of ours";
  return "";
}

core::Json sign_holding(const Holding& holding, const std::string& challenge,
                        const core::Ed25519SigningKey& key) {
  auto document = core::Json::object({{"type", kHoldingType},
                                      {"network", holding.network},
                                      {"feed", holding.feed},
                                      {"last", holding.last},
                                      {"slot", holding.slot},
                                      {"votes", core::array_of(holding.votes)},
                                      {"emergencies", core::array_of(holding.emergencies)}});
  core::ProofOptions options;
  options.verification_method = did::did_key_method_of(key.public_key());
  options.proof_purpose = kPurpose;
  options.challenge = challenge;
  auto proof = core::create_proof(document, options, key);
  return core::with_proof(std::move(document), std::move(proof));
}

std::optional<SignedHolding> read_holding(const core::Json& json, const std::string& challenge,
                                          const std::vector<core::Ed25519PublicKey>& witnesses) {
  core::JsonReader in(json);
  const auto type = in.string("type");
  SignedHolding read{{in.string("network"), in.string("feed"), in.text("last"),
                      in.integer("slot", 2, std::numeric_limits<std::int64_t>::max()),
                      read_hashes(in, "votes"), read_hashes(in, "emergencies")},
                     {}};
  const auto* proof = in.object("proof");
  if (in.finish(core::JsonReader::Members::closed) || type != kHoldingType) return std::nullopt;
  for (const auto& key : witnesses) {
    const auto good = core::verify_proof(json, *proof, key);
    if (!good || good->verification_method != did::did_key_method_of(key) ||
        good->proof_purpose != kPurpose || good->challenge != challenge)
      continue;
    read.witness = key.to_multikey();
    return read;
  }
  return std::nullopt;
}

core::Result<std::string, Doubt> judge_word(const core::Json& answer, const std::string& challenge,
                                            const std::vector<core::Ed25519PublicKey>& witnesses,
                                            const std::string& feed, const registry::View& view,
                                            registry::FeedReader& store) {
  using Kind = Doubt::Kind;
  const auto word = read_holding(answer, challenge, witnesses);
  if (!word)
    return core::fail(Doubt{Kind::bad_word, "gives no word that a witness of the charter signed"});
  if (word->holding.feed != feed || word->holding.network != view.charter().network)
    return core::fail(Doubt{
        Kind::other_word, "gives the word of " + word->witness + " on another member or network"});
  const auto unknown = unknown_of(word->holding, view, store);
  if (!unknown.empty())
    return core::fail(Doubt{
        Kind::knows_more,
        "gives the word of " + word->witness + ", which holds " + unknown + " that is not here"});
  return word->witness;
}

}  // namespace avow::node
