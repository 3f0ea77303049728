#pragma once

#include <string>

#include "core/timestamp.h"
#include "vc/verdict.h"

namespace avow::vc {

/// Port: the challenges that this verifier has issued.
class ChallengeBook {
 public:
  virtual ~ChallengeBook() = default;
  /// Uses a challenge up, atomically and durably. Asked only after the presentation's own proof, domain and
  /// holder have passed, so that nobody burns a challenge with a document that could never be accepted.
  /// gives a Check named "challenge". Codes: challenge_unknown, challenge_used, challenge_expired
  virtual Check consume(const std::string& challenge, core::Instant now) = 0;
};

}  // namespace avow::vc
