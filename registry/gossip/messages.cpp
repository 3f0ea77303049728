#include "registry/gossip/messages.h"

#include <algorithm>
#include <charconv>

#include "core/json_array.h"

namespace avow::registry::gossip {
namespace {

using Members = core::JsonReader::Members;

constexpr std::size_t kMaxItems = 4096;
constexpr std::int64_t kMaxSafe = (std::int64_t{1} << 53) - 1;

core::Error wrong(std::string_view name, std::string detail) {
  return {core::ErrorCode::type, std::move(detail), "/" + std::string(name)};
}

/// An array of strings that may be missing.
Parsed<std::vector<std::string>> read_texts(const core::Json& body, std::string_view name,
                                            std::size_t max_items) {
  std::vector<std::string> values;
  const core::Json* member = body.find(name);
  if (member == nullptr) return values;
  const core::Json::Array* array = member->as_array();
  if (array == nullptr || array->size() > max_items)
    return core::fail(
        wrong(name, "must be an array of at most " + std::to_string(max_items) + " texts"));
  for (const core::Json& item : *array) {
    const std::string* text = item.as_string();
    if (text == nullptr) return core::fail(wrong(name, "holds something that is no text"));
    values.push_back(*text);
  }
  return values;
}

/// An array of fixed-size arrays that may be missing; `take` gives false for a row of another form.
template <class Take>
Parsed<void> read_rows(const core::Json& body, std::string_view name, std::size_t width,
                       const Take& take) {
  const core::Json* member = body.find(name);
  if (member == nullptr) return {};
  const core::Json::Array* rows = member->as_array();
  if (rows == nullptr || rows->size() > kMaxItems)
    return core::fail(
        wrong(name, "must be an array of at most " + std::to_string(kMaxItems) + " rows"));
  for (const core::Json& row : *rows) {
    const core::Json::Array* cells = row.as_array();
    if (cells == nullptr || cells->size() != width || !take(*cells))
      return core::fail(wrong(name, "holds a row of another form"));
  }
  return {};
}

bool is_position(const core::Json& cell) {
  const std::int64_t* value = cell.as_integer();
  return value != nullptr && *value >= 0 && *value <= kMaxSafe;
}

constexpr std::size_t kMaxName = 64;  // as long as a place in the tree, and longer than any SCID

/// Digits of a place in the tree; null if they are none.
const std::string* read_prefix(const core::Json& cell) {
  const std::string* text = cell.as_string();
  const bool is_prefix = text != nullptr && text->size() <= kMaxName &&
                         text->find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_prefix ? text : nullptr;
}

void add_objects(core::Json& body, const registry::Objects& objects) {
  body.set("log_entries", core::array_of(objects.log_entries));
  body.set("statements", core::array_of(objects.statements));
  body.set("proofs", core::array_of(objects.proofs));
  body.set("heads", core::array_of(objects.heads));
  // Rare: nobody sends what is empty.
  if (!objects.slots.empty()) body.set("slots", core::array_of(objects.slots));
  if (!objects.votes.empty()) body.set("votes", core::array_of(objects.votes));
  if (!objects.emergencies.empty()) body.set("emergencies", core::array_of(objects.emergencies));
  if (!objects.witness_proofs.empty())
    body.set("witness_proofs", core::array_of(objects.witness_proofs));
}

}  // namespace

core::Json to_json(const registry::Objects& objects) {
  core::Json body = core::Json::object();
  add_objects(body, objects);
  return body;
}

Parsed<registry::Objects> parse_objects(const core::Json& body) {
  registry::Objects objects;
  for (const auto& [name, target] :
       {std::pair{"log_entries", &objects.log_entries},
        std::pair{"statements", &objects.statements}, std::pair{"proofs", &objects.proofs},
        std::pair{"heads", &objects.heads}, std::pair{"slots", &objects.slots},
        std::pair{"votes", &objects.votes}, std::pair{"emergencies", &objects.emergencies},
        std::pair{"witness_proofs", &objects.witness_proofs}}) {
    auto values = read_texts(body, name, registry::kMaxBatch);
    if (!values) return core::fail(values.error());
    *target = std::move(*values);
  }
  return objects;
}

core::Json to_json(const Push& push) {
  core::Json body = core::Json::object();
  // An empty text is no identifier: who has no peer listener gives no address.
  if (!push.from.empty()) body.set("from", push.from);
  if (!push.root.empty()) body.set("root", push.root);
  add_objects(body, push.objects);
  return body;
}

Parsed<Push> parse_push(const core::Json& body) {
  core::JsonReader reader(body);
  Push push;
  push.from = reader.optional_string("from").value_or("");
  push.root = reader.optional_string("root").value_or("");
  if (auto fault = reader.finish(Members::open)) return core::fail(*fault);
  auto objects = parse_objects(body);
  if (!objects) return core::fail(objects.error());
  push.objects = std::move(*objects);
  return push;
}

core::Json to_json(const PushAnswer& answer) {
  core::Json need = core::Json::array();
  for (const auto& range : answer.need)
    need.push_back(core::Json::array({range.feed, range.epoch, range.from}));
  core::Json rejected = core::Json::array();
  for (const auto& [hash, code] : answer.rejected)
    rejected.push_back(core::Json::array({hash, code}));
  return core::Json::object({{"accepted", core::array_of(answer.accepted)},
                             {"duplicate", core::array_of(answer.duplicate)},
                             {"need", std::move(need)},
                             {"needHashes", core::array_of(answer.need_hashes)},
                             {"rejected", std::move(rejected)},
                             {"root", answer.root}});
}

Parsed<PushAnswer> parse_push_answer(const core::Json& body) {
  PushAnswer answer;
  for (const auto& [name, target] :
       {std::pair{"accepted", &answer.accepted}, std::pair{"duplicate", &answer.duplicate},
        std::pair{"needHashes", &answer.need_hashes}}) {
    auto values = read_texts(body, name, kMaxItems);
    if (!values) return core::fail(values.error());
    *target = std::move(*values);
  }
  const auto need = read_rows(body, "need", 3, [&](const core::Json::Array& row) {
    if (row[0].as_string() == nullptr || !is_position(row[1]) || !is_position(row[2])) return false;
    answer.need.push_back({*row[0].as_string(), *row[1].as_integer(), *row[2].as_integer()});
    return true;
  });
  if (!need) return core::fail(need.error());
  const auto rejected = read_rows(body, "rejected", 2, [&](const core::Json::Array& row) {
    if (row[0].as_string() == nullptr || row[1].as_string() == nullptr) return false;
    answer.rejected.emplace_back(*row[0].as_string(), *row[1].as_string());
    return true;
  });
  if (!rejected) return core::fail(rejected.error());
  if (const std::string* root = body.find_string("root")) answer.root = *root;
  return answer;
}

namespace {

/// A whole decimal number without sign or leading zeros.
std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size() || std::to_string(number) != text)
    return std::nullopt;
  return number < 0 ? std::nullopt : std::optional(number);
}

/// "<SCID>", "<SCID>/<epoch>" or "<SCID>/<epoch>/<sequence>": what registry::ObjectId::key() writes.
bool read_key(std::string_view text, registry::ObjectId& id) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find('/', from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  if (parts.size() > 3) return false;
  id.feed = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto number = number_in(parts[i]);
    if (!number) return false;
    (i == 1 ? id.epoch : id.sequence) = *number;
  }
  return true;
}

}  // namespace

core::Json to_json(const registry::Changes& changes, const std::string& root,
                   const std::string& node) {
  core::Json ids = core::Json::array();
  for (const registry::ObjectId& id : changes.ids)
    ids.push_back(
        core::Json::array({registry::name_of(id.object_class), id.key(), id.hash, id.priority}));
  core::Json answer = core::Json::object({{"cursor", changes.cursor},
                                          {"more", changes.more},
                                          {"ids", std::move(ids)},
                                          {"root", root},
                                          {"node", node}});
  if (changes.withheld) answer.set("withheld", true);
  return answer;
}

Parsed<SinceAnswer> parse_since_answer(const core::Json& body) {
  SinceAnswer answer;
  core::JsonReader reader(body);
  answer.changes.cursor = reader.integer("cursor", 0, kMaxSafe);
  answer.changes.more = reader.boolean("more");
  answer.root = reader.optional_string("root").value_or("");
  answer.node = reader.optional_string("node").value_or("");
  if (body.find("withheld") != nullptr) answer.changes.withheld = reader.boolean("withheld");
  if (auto fault = reader.finish(Members::open)) return core::fail(*fault);
  const auto read = read_rows(body, "ids", 4, [&](const core::Json::Array& row) {
    if (row[0].as_string() == nullptr || row[1].as_string() == nullptr ||
        row[2].as_string() == nullptr)
      return false;
    const auto object_class = registry::class_named(*row[0].as_string());
    // A class that is not known here is a newer peer's: nothing that we could fetch.
    if (object_class) {
      registry::ObjectId id;
      id.object_class = *object_class;
      if (!read_key(*row[1].as_string(), id)) return false;
      id.hash = *row[2].as_string();
      answer.changes.ids.push_back(std::move(id));
    }
    return true;
  });
  if (!read) return core::fail(read.error());
  return answer;
}

core::Json to_json(const Fetch& fetch) {
  core::Json want = core::Json::array();
  for (const auto& range : fetch.want)
    want.push_back(core::Json::array({range.feed, range.epoch, range.from, range.to}));
  return core::Json::object({{"want", std::move(want)}, {"hashes", core::array_of(fetch.hashes)}});
}

Parsed<Fetch> parse_fetch(const core::Json& body) {
  Fetch fetch;
  if (!body.is_object()) return core::fail(wrong("", "must be an object"));
  auto hashes = read_texts(body, "hashes", registry::kMaxBatch);
  if (!hashes) return core::fail(hashes.error());
  fetch.hashes = std::move(*hashes);
  const auto want = read_rows(body, "want", 4, [&](const core::Json::Array& row) {
    if (row[0].as_string() == nullptr || !is_position(row[1]) || !is_position(row[2]) ||
        !is_position(row[3]))
      return false;
    fetch.want.push_back(
        {*row[0].as_string(), *row[1].as_integer(), *row[2].as_integer(), *row[3].as_integer()});
    return true;
  });
  if (!want) return core::fail(want.error());
  return fetch;
}

core::Json to_json(std::span<const registry::TreeRange> ranges) {
  core::Json rows = core::Json::array();
  for (const auto& range : ranges)
    rows.push_back(core::Json::array({range.prefix, range.fingerprint}));
  return core::Json::object({{"ranges", std::move(rows)}});
}

Parsed<std::vector<registry::TreeRange>> parse_tree(const core::Json& body) {
  if (auto fault = core::JsonReader(body).finish(Members::open)) return core::fail(*fault);
  std::vector<registry::TreeRange> ranges;
  const auto good = read_rows(body, "ranges", 2, [&](const core::Json::Array& cells) {
    const std::string* prefix = read_prefix(cells[0]);
    const std::string* fingerprint = cells[1].as_string();
    if (prefix == nullptr || fingerprint == nullptr) return false;
    ranges.push_back({*prefix, *fingerprint});
    return ranges.size() <= registry::kMaxTreeRanges;
  });
  if (!good) return core::fail(good.error());
  return ranges;
}

core::Json to_json(const registry::TreeAnswer& answer) {
  core::Json diff = core::Json::array();
  for (const auto& branch : answer.branches)
    diff.push_back(core::Json::array({branch.prefix, core::array_of(branch.fingerprints)}));
  core::Json leaves = core::Json::array();
  for (const auto& range : answer.leaves) {
    core::Json parts = core::Json::array();
    for (const auto& part : range.parts)
      parts.push_back(core::Json::array({part.name, part.digest}));
    leaves.push_back(core::Json::array({range.prefix, std::move(parts)}));
  }
  return core::Json::object({{"diff", std::move(diff)}, {"leaves", std::move(leaves)}});
}

Parsed<registry::TreeAnswer> parse_tree_answer(const core::Json& body) {
  if (auto fault = core::JsonReader(body).finish(Members::open)) return core::fail(*fault);
  registry::TreeAnswer answer;
  auto good = read_rows(body, "diff", 2, [&](const core::Json::Array& cells) {
    const std::string* prefix = read_prefix(cells[0]);
    const core::Json::Array* fingerprints = cells[1].as_array();
    if (prefix == nullptr || fingerprints == nullptr || fingerprints->size() != 16) return false;
    registry::TreeAnswer::Branch branch{*prefix, {}};
    for (const core::Json& one : *fingerprints) {
      const std::string* text = one.as_string();
      if (text == nullptr) return false;
      branch.fingerprints.push_back(*text);
    }
    answer.branches.push_back(std::move(branch));
    return true;
  });
  if (!good) return core::fail(good.error());
  good = read_rows(body, "leaves", 2, [&](const core::Json::Array& cells) {
    const std::string* prefix = read_prefix(cells[0]);
    const core::Json::Array* parts = cells[1].as_array();
    if (prefix == nullptr || parts == nullptr || parts->size() > registry::kMaxTreeLeaves)
      return false;
    registry::TreeAnswer::Leaves leaves{*prefix, {}};
    for (const core::Json& one : *parts) {
      const core::Json::Array* pair = one.as_array();
      if (pair == nullptr || pair->size() != 2) return false;
      const std::string* name = (*pair)[0].as_string();
      const std::string* digest = (*pair)[1].as_string();
      if (name == nullptr || name->size() > kMaxName || digest == nullptr) return false;
      leaves.parts.push_back({*name, *digest});
    }
    answer.leaves.push_back(std::move(leaves));
    return true;
  });
  if (!good) return core::fail(good.error());
  return answer;
}

}  // namespace avow::registry::gossip
