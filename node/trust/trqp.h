#pragma once

#include <optional>
#include <string>

#include "core/error.h"
#include "core/json.h"
#include "core/sha256.h"
#include "core/timestamp.h"
#include "node/trust/authority.h"

namespace avow::node {

/// The Trust Registry Query Protocol v2.0 of Trust over IP: its two queries have one form.
enum class TrqpQuery { authorization, recognition };

/// A request's body, read.
struct TrqpRequest {
  std::string entity_id;
  std::string authority_id;
  std::string action;
  std::string resource;
  std::optional<core::Instant> time;  // context.time
  core::Json context;                 // as given, for the answer; null if there was none
  core::Sha256 hash{};                // of the canonical text of the whole body
};

/// The two ids are URIs as RFC 3986 has them, with a scheme; `context` holds strings, at most 32, and its `time` is
/// RFC 3339 with `Z`. Members that are not known are ignored, as TRQP demands.
/// fails missing_member, type, too_large, control_char, bad_datetime, not_a_uri
core::Result<TrqpRequest, core::Error> read_trqp_request(const core::Json& body);

/// The answer, without a proof:
/// {"entity_id","authority_id","action","resource","authorized"|"recognized","time_requested"?,"time_evaluated",
///  "message","context"?, "query_hash","status","expires_at","valid_from"?,"valid_until"?}
///
/// From query_hash on it is ours; TRQP lets members be added. query_hash is "u" + base64url(SHA-256(canonical text of
/// the request's body)), status a name of AuthorityStatus, valid_from and valid_until of a yes AuthorityRuling::valid,
/// expires_at when to ask anew: `keep` after the evaluation, or the end of what is valid (also of a suspension) if that
/// comes first.
core::Json trqp_answer(TrqpQuery query, const TrqpRequest& request, const AuthorityRuling& ruling,
                       core::Instant now, core::Milliseconds keep);

}  // namespace avow::node
