#pragma once

#include "core/json.h"
#include "registry/feed_store.h"
#include "registry/view.h"

namespace avow::node {

/// Who has contradicted themselves, each with what proves it: an array, by member, then by epoch or version.
///   {"kind":"feed","did","where":"<epoch>/<sequence>","state","hashes":[2]}   two statements at one position
///   {"kind":"base","did","where":"<epoch>/<sequence>","state"}                a list's bits as a whole lack a revocation
///   {"kind":"log","did","where":"version <n>","state","hashes":[2]}           two entries of one version
///   {"kind":"slot","where":"slot <n>","state","hashes":[2],"signedBoth":[DID…]}   two values decided, and by whom both
/// `state` is "open" (nothing from there on counts) or "settled" (the feed has gone on in a later epoch).
core::Json disputes(const registry::View& view, registry::FeedReader& store);

}  // namespace avow::node
