#include "vc/nothing_known.h"

#include "vc/trust_code.h"

namespace avow::vc {
namespace {

constexpr const char* kAskNode = "ask a node of the consortium";

}  // namespace

Check NothingKnown::check_status(const std::string&, const StatusEntry&, core::Instant) const {
  return Check::undetermined("status", "STATUS_RETRIEVAL_ERROR",
                             "this program reads no status lists", kAskNode);
}

Check NothingKnown::check_issuer(const std::string&, const std::vector<std::string>&,
                                 core::Instant) const {
  return Check::undetermined("issuer", code_name(TrustCode::issuer_unknown),
                             "this program has no trust registry", kAskNode);
}

Check NothingKnown::check_freshness(const std::string&, core::Instant) const {
  return Check::undetermined("freshness", code_name(TrustCode::registry_stale),
                             "this program has no trust registry", kAskNode);
}

std::optional<Check> NothingKnown::check_key(const GoodSignature&) const {
  return std::nullopt;
}

Check NothingKnown::check_subjects(const std::string&, const std::vector<std::string>&,
                                   core::Instant) const {
  return Check::undetermined("subject", code_name(TrustCode::registry_stale),
                             "this program has no trust registry", kAskNode);
}

Check NothingKnown::check_local_policy(const std::string&, const std::vector<std::string>&,
                                       const std::vector<std::string>&) const {
  return Check::passed("local_policy", "this program has no rules of its own");
}

}  // namespace avow::vc
