#pragma once

#include <string_view>

#include "core/json.h"
#include "core/timestamp.h"
#include "revocation/error.h"

namespace avow::revocation {

/// How much is at stake, and so how old what we know of an issuer may be.
enum class Tier { low, normal, high };
std::string_view name_of(Tier tier);  // "low", "normal", "high"

inline constexpr std::chrono::seconds kShortestTier{1};
inline constexpr std::chrono::seconds kLongestTier = std::chrono::hours(31 * 24);

/// The oldest signed head that still counts, for each tier: the more is at stake, the younger.
struct FreshnessTiers {
  core::Milliseconds low = std::chrono::hours(24);
  core::Milliseconds normal = std::chrono::minutes(15);
  core::Milliseconds high = std::chrono::seconds(60);

  core::Milliseconds limit(Tier tier) const;
  friend bool operator==(const FreshnessTiers&, const FreshnessTiers&) = default;
};

/// Reads {"low":86400,"normal":900,"high":60}, whole seconds, each kShortestTier to kLongestTier; closed.
/// fails malformed_body, also unless low >= normal >= high
Result<FreshnessTiers, Error> parse_freshness_tiers(const core::Json& tiers);
core::Json to_json(const FreshnessTiers& tiers);

/// How often heads must be signed anew so that they stay fresh at peers: a quarter of the limit.
core::Milliseconds head_interval(core::Milliseconds limit);

}  // namespace avow::revocation
