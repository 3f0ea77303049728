#pragma once

#include "core/clock.h"
#include "node/http/route.h"
#include "node/sqlite_challenge_book.h"
#include "node/strangers.h"
#include "vc/verify.h"

namespace avow::node::api {

/// What the verification routes need; all outlive the routes.
struct VerifyServices {
  vc::VerifyContext context;
  SqliteChallengeBook& challenges;
  const core::Clock& clock;
  vc::Profile default_profile;
  std::string domain;  // the value that presentations to this node must carry
  /// A request that names another is refused: profile_not_permitted.
  bool only_default_profile = false;
  /// Asked in the w3c profile, which takes issuers from anywhere. Null: nothing is fetched.
  Strangers* strangers = nullptr;
};

/// POST /challenges, POST /credentials/verify, POST /presentations/verify
///
/// Body {"verifiableCredential"|"verifiablePresentation",
///       "options":{profile, challenge, domain, asOf, issued:[{epoch,sequence,index,path}…], action:{name,resource,parameters}}?}.
/// The expected challenge is compared in both profiles, `domain` in w3c alone: among members a presentation is for this
/// node, whatever the caller names. `issued` are answers of GET /v1/issued, for a key that was stolen later.
/// 200 with the verdict if it was accepted (and, where an action was asked about, allowed), else 400 with
/// `verified:false`, the same verdict and `problemDetails`: a client that looks only at the status fails closed.
void add_verify_routes(http::RouteTable& routes, const VerifyServices& services);

}  // namespace avow::node::api
