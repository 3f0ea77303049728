#include "node/api/did_representation.h"

#include <algorithm>
#include <optional>

namespace avow::node::api {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// The parts of `text` between separators that stand outside quotes.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool is_quoted = false;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '"') is_quoted = !is_quoted;
    if (at < text.size() && (is_quoted || text[at] != separator)) continue;
    parts.push_back(trimmed(text.substr(from, at - from)));
    from = at + 1;
  }
  return parts;
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return text.substr(1, text.size() - 2);
  return text;
}

/// "0", "0.5", "1.000" in thousandths.
std::optional<int> weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int thousandths = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int unit = 100;
  for (std::size_t at = 2; at < text.size(); ++at, unit /= 10) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
    thousandths += (text[at] - '0') * unit;
  }
  if (thousandths > 1000) return std::nullopt;
  return thousandths;
}

struct MediaRange {
  std::string type;  // in lower case, without parameters
  std::string profile;
  int weight = 1000;
};

std::optional<MediaRange> parse_range(std::string_view text) {
  const auto parts = split(text, ';');
  MediaRange range{lower_case(parts.front()), "", 1000};
  for (std::size_t at = 1; at < parts.size(); ++at) {
    const auto equals = parts[at].find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string name = lower_case(trimmed(parts[at].substr(0, equals)));
    const auto value = trimmed(parts[at].substr(equals + 1));
    if (name == "profile") range.profile = std::string(unquoted(value));
    if (name != "q") continue;
    const auto given = weight(value);
    if (!given) return std::nullopt;
    range.weight = *given;
  }
  return range;
}

std::optional<Representation> representation_of(const MediaRange& range) {
  if (range.type == "*/*" || range.type == "application/*")
    return Representation{Form::any, std::string(kDocumentTypes.front())};
  if (range.type == "text/uri-list") return Representation{Form::uri_list, ""};
  if (range.type == kResolution) return Representation{Form::resolution, range.type};
  if (range.type == kDereferencing) return Representation{Form::dereferencing, range.type};
  if (range.type == "application/ld+json" && range.profile == "https://w3id.org/did-resolution")
    return Representation{Form::legacy_resolution, std::string(kLegacyResolution)};
  if (range.type == "application/ld+json" &&
      range.profile == "https://w3id.org/did-url-dereferencing")
    return Representation{Form::legacy_dereferencing, std::string(kLegacyDereferencing)};
  if (std::find(kDocumentTypes.begin(), kDocumentTypes.end(), range.type) != kDocumentTypes.end())
    return Representation{Form::document, range.type};
  return std::nullopt;
}

}  // namespace

bool is_dereferencing_result(Form form) {
  return form == Form::dereferencing || form == Form::legacy_dereferencing;
}

std::vector<Representation> acceptable_representations(const std::string* accept) {
  if (accept == nullptr) return {{Form::any, std::string(kDocumentTypes.front())}};
  std::vector<MediaRange> ranges;
  for (const std::string_view part : split(*accept, ',')) {
    auto range = parse_range(part);
    if (range && range->weight > 0) ranges.push_back(std::move(*range));
  }
  std::stable_sort(ranges.begin(), ranges.end(),
                   [](const MediaRange& a, const MediaRange& b) { return a.weight > b.weight; });
  std::vector<Representation> out;
  for (const MediaRange& range : ranges) {
    if (auto representation = representation_of(range)) out.push_back(std::move(*representation));
  }
  return out;
}

}  // namespace avow::node::api
