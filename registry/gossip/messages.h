#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/json_reader.h"
#include "registry/replica.h"
#include "registry/view_tree.h"

/// The bodies of /gossip/v1/, as both sides write and read them. All that peers exchange travels as JSON
/// strings that hold their canonical text verbatim, so that nobody re-serialises what somebody signed.
namespace avow::registry::gossip {

inline constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 20;
/// Texts in one message; what does not fit travels in the next.
inline constexpr std::size_t kMaxTextBytes = std::size_t{700} * 1024;

template <class T>
using Parsed = core::Result<T, core::Error>;

/// POST /gossip/v1/push
struct Push {
  /// The sender's peer URL, if it has one, for people to read: unauthenticated, so nothing depends on it.
  std::string from;
  std::string root;  // its view root
  registry::Objects objects;
};
core::Json to_json(const Push& push);
Parsed<Push> parse_push(const core::Json& body);

/// Its answer. What is in `accepted` and `duplicate` is durable.
struct PushAnswer {
  std::vector<std::string> accepted;
  std::vector<std::string> duplicate;
  std::vector<registry::MissingRange> need;
  std::vector<std::string> need_hashes;
  std::vector<std::pair<std::string, std::string>> rejected;  // hash, code
  std::string root;
};
core::Json to_json(const PushAnswer& answer);
Parsed<PushAnswer> parse_push_answer(const core::Json& body);

/// GET /gossip/v1/since: {"cursor","more","ids":[[class,key,hash,priority]],"root","node"}, and "withheld":true where the
/// change log goes on with what may not leave yet, so that its end tells nothing. "node" is drawn at each start.
core::Json to_json(const registry::Changes& changes, const std::string& root,
                   const std::string& node);
struct SinceAnswer {
  registry::Changes changes;
  std::string root;
  std::string node = {};
};
Parsed<SinceAnswer> parse_since_answer(const core::Json& body);

/// POST /gossip/v1/fetch
struct Fetch {
  std::vector<registry::StatementRange> want;
  std::vector<std::string> hashes;
};
core::Json to_json(const Fetch& fetch);
Parsed<Fetch> parse_fetch(const core::Json& body);
core::Json to_json(const registry::Objects& objects);
Parsed<registry::Objects> parse_objects(const core::Json& body);

/// POST /gossip/v1/tree: {"ranges":[[prefix,fingerprint]]} → {"diff":[[prefix,[16 fingerprints]]],
/// "leaves":[[prefix,[[name,digest]]]]}, at most registry::kMaxTreeRanges ranges.
core::Json to_json(std::span<const registry::TreeRange> ranges);
Parsed<std::vector<registry::TreeRange>> parse_tree(const core::Json& body);
core::Json to_json(const registry::TreeAnswer& answer);
Parsed<registry::TreeAnswer> parse_tree_answer(const core::Json& body);

}  // namespace avow::registry::gossip
