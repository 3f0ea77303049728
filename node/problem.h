#pragma once

#include "core/json.h"
#include "node/error.h"

namespace avow::node {

/// An error as RFC 9457 "Problem Details": type, title, status, detail (if it has one), our stable `code` and
/// `fix`, which is what fix_of says. Where a room found the fault its own code stands there, and the place in `errors`.
core::Json problem_json(const Error& error);

/// Why a stranger's node refuses, in its own words: printable, of 64 and of 300 bytes at most. Empty where its answer does
/// not say.
struct Refusal {
  std::string code;
  std::string words;
};
Refusal refusal_in(const core::Json& problem);

/// The way back: what another node or the own admin socket answered. A body that is no problem gives `unreachable`.
Error from_problem(int http_status, const core::Json& body);

}  // namespace avow::node
