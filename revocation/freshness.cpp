#include "revocation/freshness.h"

#include "core/json_reader.h"

namespace avow::revocation {

namespace {

std::int64_t whole_seconds(core::Milliseconds duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

}  // namespace

std::string_view name_of(Tier tier) {
  switch (tier) {
    case Tier::low:
      return "low";
    case Tier::normal:
      return "normal";
    case Tier::high:
      return "high";
  }
  return "";
}

core::Milliseconds FreshnessTiers::limit(Tier tier) const {
  switch (tier) {
    case Tier::low:
      return low;
    case Tier::normal:
      return normal;
    case Tier::high:
      return high;
  }
  return high;
}

Result<FreshnessTiers, Error> parse_freshness_tiers(const core::Json& tiers) {
  core::JsonReader in(tiers);
  const auto read = [&in](Tier tier) {
    return core::Milliseconds(std::chrono::seconds(
        in.integer(name_of(tier), kShortestTier.count(), kLongestTier.count())));
  };
  const FreshnessTiers parsed{read(Tier::low), read(Tier::normal), read(Tier::high)};
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(Error{ErrorCode::malformed_body, fault->detail + " at " + fault->pointer});
  }
  if (parsed.low < parsed.normal || parsed.normal < parsed.high) {
    return fail(Error{ErrorCode::malformed_body,
                      "low must not be shorter than normal, nor normal shorter than high"});
  }
  return parsed;
}

core::Json to_json(const FreshnessTiers& tiers) {
  return core::Json::object({{"low", whole_seconds(tiers.low)},
                             {"normal", whole_seconds(tiers.normal)},
                             {"high", whole_seconds(tiers.high)}});
}

core::Milliseconds head_interval(core::Milliseconds limit) {
  return limit / 4;
}

}  // namespace avow::revocation
