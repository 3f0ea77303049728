#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "vc/error.h"

namespace avow::vc {

inline constexpr std::size_t kMaxCredentials = 16;

/// A VCDM 2.0 presentation whose form was checked; the credentials inside are not looked into.
struct Presentation {
  std::optional<std::string> id;
  std::vector<std::string> contexts;
  std::vector<std::string> types;
  std::optional<std::string> holder;           // the id, also when `holder` is an object
  std::vector<const core::Json*> credentials;  // into the JSON given, which must outlive this

  /// fails  as Credential::from_json; holder_malformed; too_many_credentials (over kMaxCredentials);
  ///        nested_presentation; media_type (enveloped credentials and presentations, which this build does not
  ///        read); credential_malformed
  /// source VCDM 2.0 "Verifiable Presentations"
  static Result<Presentation, Error> from_json(const core::Json& json);
};

}  // namespace avow::vc
