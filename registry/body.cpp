#include "registry/body.h"

#include <algorithm>
#include <set>

#include "core/json_array.h"
#include "core/json_reader.h"
#include "did/did.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

using core::JsonReader;

constexpr std::size_t kMaxUrlBytes = 2048;

std::string read_did(JsonReader& in, std::string_view name) {
  auto text = in.string(name);
  if (in.ok() && !did::Did::parse(text)) in.fault(core::ErrorCode::type, name, "must be a DID");
  return text;
}

std::vector<std::string> read_type_names(JsonReader& in) {
  const auto* array = in.array("types", kMaxTypes);
  if (array == nullptr) return {};
  std::string fault;
  auto types = read_types(array, fault);
  if (!fault.empty()) in.fault(core::ErrorCode::type, "types", fault);
  return types;
}

bool is_https_url(std::string_view text) {
  return text.size() <= kMaxUrlBytes && text.starts_with("https://");
}
bool is_http_url(std::string_view text) {
  return is_https_url(text) || (text.size() <= kMaxUrlBytes && text.starts_with("http://"));
}

/// gives nothing, and a fault in `in`, if they are not what they should be
std::vector<NodePeer> read_node_peers(JsonReader& in) {
  std::vector<NodePeer> peers;
  if (in.any("peers") == nullptr) return peers;
  const auto* items = in.array("peers", kMaxNodePeers);
  if (items == nullptr) return peers;
  if (items->empty()) in.fault(core::ErrorCode::type, "peers", "must name a key, or be left out");
  for (const auto& item : *items) {
    JsonReader entry(item, "/body/peers");
    auto url = entry.optional_string("url", kMaxUrlBytes);
    const auto key = core::Ed25519PublicKey::from_multikey(entry.string("key", 64));
    if (entry.finish(JsonReader::Members::closed) || !key || (url && !is_https_url(*url))) {
      in.fault(core::ErrorCode::type, "peers", "must hold Ed25519 keys with https URLs or none");
      return {};
    }
    peers.push_back({std::move(url), *key});
    if (std::find(peers.begin(), peers.end() - 1, peers.back()) != peers.end() - 1) {
      in.fault(core::ErrorCode::type, "peers", "must be different");
      return {};
    }
  }
  return peers;
}

std::optional<Error> fault_of(const JsonReader& in) {
  const auto fault = in.finish(JsonReader::Members::closed);
  if (!fault) return std::nullopt;
  return from_core(*fault);
}

}  // namespace

std::vector<std::string> read_types(const core::Json::Array* array, std::string& fault) {
  std::set<std::string> types;
  for (const auto& item : *array) {
    const auto* text = item.as_string();
    if (text == nullptr || text->empty() || text->size() > 256 || !types.insert(*text).second) {
      fault = "must hold different names of 1 to 256 bytes";
      return {};
    }
  }
  if (types.empty() || types.size() > kMaxTypes) fault = "must hold 1 to 64 names";
  return {types.begin(), types.end()};
}

Result<NodeSet, Error> parse_node_set(const core::Json& body) {
  NodeSet out;
  JsonReader in(body, "/body");
  const auto* urls = in.array("urls", kMaxNodeUrls);
  out.tag = in.optional_string("tag", 64);
  if (urls != nullptr) {
    for (const auto& url : *urls) {
      const auto* text = url.as_string();
      if (text == nullptr || !is_http_url(*text)) {
        in.fault(core::ErrorCode::type, "urls", "must hold http or https URLs");
        break;
      }
      out.urls.push_back(*text);
    }
  }
  out.peers = read_node_peers(in);
  if (auto fault = fault_of(in)) return fail(*fault);
  return out;
}

core::Json to_json(const NodeSet& body) {
  auto json = core::Json::object({{"urls", core::array_of(body.urls)}});
  if (body.tag) json.set("tag", *body.tag);
  if (body.peers.empty()) return json;
  auto peers = core::Json::array();
  for (const auto& peer : body.peers) {
    auto entry = core::Json::object({{"key", peer.key.to_multikey()}});
    if (peer.url) entry.set("url", *peer.url);
    peers.push_back(std::move(entry));
  }
  json.set("peers", std::move(peers));
  return json;
}

Result<DocumentStatement, Error> parse_document_statement(const core::Json& body) {
  DocumentStatement out;
  JsonReader in(body, "/body");
  out.id = read_did(in, "id");
  if (const auto* document = in.object("document")) out.document = *document;
  out.owner = in.optional_string("owner");
  if (out.owner && !did::Did::parse(*out.owner)) {
    in.fault(core::ErrorCode::type, "owner", "must be a DID");
  }
  const auto status = in.optional_string("status", 16).value_or("active");
  if (status != "active" && status != "deactivated") {
    in.fault(core::ErrorCode::type, "status", "must be active or deactivated");
  }
  if (auto fault = fault_of(in)) return fail(*fault);
  out.status = status == "active" ? DocumentStatus::active : DocumentStatus::deactivated;
  return out;
}

core::Json to_json(const DocumentStatement& body) {
  auto json = core::Json::object({{"id", body.id}, {"document", body.document}});
  if (body.owner) json.set("owner", *body.owner);
  if (body.status == DocumentStatus::deactivated) json.set("status", "deactivated");
  return json;
}

Result<Accreditation, Error> parse_accreditation(const core::Json& body) {
  Accreditation out;
  JsonReader in(body, "/body");
  out.subject = read_did(in, "subject");
  out.types = read_type_names(in);
  out.depth = in.integer("depth", 0, kMaxAccreditationDepth);
  out.until = in.optional_instant("until");
  if (auto fault = fault_of(in)) return fail(*fault);
  return out;
}

core::Json to_json(const Accreditation& body) {
  auto json = core::Json::object(
      {{"subject", body.subject}, {"types", core::array_of(body.types)}, {"depth", body.depth}});
  if (body.until) json.set("until", core::format_milliseconds(*body.until));
  return json;
}

Result<AccreditationEnd, Error> parse_accreditation_end(const core::Json& body) {
  AccreditationEnd out;
  JsonReader in(body, "/body");
  out.subject = read_did(in, "subject");
  out.types = read_type_names(in);
  if (auto fault = fault_of(in)) return fail(*fault);
  return out;
}

core::Json to_json(const AccreditationEnd& body) {
  return core::Json::object({{"subject", body.subject}, {"types", core::array_of(body.types)}});
}

}  // namespace avow::registry
