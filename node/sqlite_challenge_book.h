#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/clock.h"
#include "core/database.h"
#include "core/random.h"
#include "node/error.h"
#include "vc/challenge_book.h"

namespace avow::node {

struct Challenge {
  std::string value;  // 128 bits, base64url
  core::Instant expires;
};

/// The challenges that this node has issued: server-chosen, single-use, at most 60 s old, on disk, so that neither
/// a restart nor a race lets one be used twice. At most kMaxOpen are open at once.
class SqliteChallengeBook final : public vc::ChallengeBook {
 public:
  static constexpr std::size_t kMaxOpen = 10'000;
  static constexpr core::Milliseconds kLifetime = std::chrono::seconds(60);
  static std::span<const core::Migration> migrations();

  SqliteChallengeBook(core::Database& database, core::Random& random)
      : database_(database), random_(random) {}

  /// Nothing when kMaxOpen are open: ask again later.
  /// fails storage
  Result<std::optional<Challenge>, Error> issue(core::Instant now);
  vc::Check consume(const std::string& challenge, core::Instant now) override;

 private:
  core::Database& database_;
  core::Random& random_;
};

}  // namespace avow::node
