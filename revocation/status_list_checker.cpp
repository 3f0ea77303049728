#include "revocation/status_list_checker.h"

#include <algorithm>

namespace avow::revocation {

namespace {

constexpr std::string_view kName = "status";

/// What would put a fault of the source right.
std::string_view remedy_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::status_retrieval_error:
      return "wait until the issuer's status list can be read, or add its node as a peer";
    case ErrorCode::registry_stale:
      return "restore the connection to a peer that has the issuer's newest head";
    case ErrorCode::status_list_expired:
      return "ask the issuer to publish its status list anew; check this node's clock";
    default:
      return "tell the issuer that its status list does not follow Bitstring Status List v1.0";
  }
}

/// Not being able to ask is not an answer; a list that breaks the rules is one.
bool could_not_ask(ErrorCode code) {
  return code == ErrorCode::status_retrieval_error || code == ErrorCode::registry_stale;
}

/// What is known of the list, and the entry.
core::Json evidence_of(const vc::StatusEntry& entry, core::Json evidence = core::Json::object()) {
  evidence.set("list", entry.list_url);
  evidence.set("purpose", entry.purpose);
  // As text, as in the credential: an index need not be a safe integer.
  evidence.set("index", std::to_string(entry.index));
  return evidence;
}

vc::Check failed(ErrorCode code, std::string_view detail, std::string_view remedy,
                 core::Json evidence) {
  return vc::Check::failed(kName, code_name(code), detail, remedy, std::move(evidence));
}

/// Judges an entry against a list that is known.
vc::Check judge(const std::string& issuer, const vc::StatusEntry& entry, const KnownList& list,
                core::Json evidence) {
  if (list.issuer != issuer) {
    return failed(ErrorCode::status_issuer, "the status list is not the credential issuer's own",
                  "ask the issuer for a credential whose status is in its own list",
                  std::move(evidence));
  }
  const auto purpose = parse_purpose(entry.purpose);
  if (!purpose || std::ranges::find(list.purposes, *purpose) == list.purposes.end()) {
    return failed(ErrorCode::status_verification_error,
                  "the status list is for another purpose than the entry says",
                  "ask the issuer for a credential whose entries match its lists",
                  std::move(evidence));
  }
  if (entry.index >= list.bits.size() * 8) {
    return failed(ErrorCode::range_error, "the index is past the end of the status list",
                  "ask the issuer for a credential with an index inside its list",
                  std::move(evidence));
  }
  if (!bit_at(list.bits, entry.index)) {
    return vc::Check::passed(kName, "the bit for " + entry.purpose + " is not set",
                             std::move(evidence));
  }
  switch (*purpose) {
    case StatusPurpose::revocation:
      return vc::Check::failed(kName, "revoked", "the issuer has revoked this credential",
                               "ask the holder for a new credential; a revocation is final",
                               std::move(evidence));
    case StatusPurpose::suspension:
      return vc::Check::failed(kName, "suspended", "the issuer has suspended this credential",
                               "try again when the issuer has resumed it", std::move(evidence));
  }
  return vc::Check::undetermined(kName, code_name(ErrorCode::status_verification_error), "", "");
}

}  // namespace

vc::Check StatusListChecker::check_status(const std::string& issuer, const vc::StatusEntry& entry,
                                          core::Instant now) const {
  if (entry.size != 1) {
    return vc::Check::failed(kName, "unsupported_status", "statusSize is not 1",
                             "ask the issuer for a credential with one bit for each entry",
                             evidence_of(entry));
  }
  auto list = source_.find(issuer, entry.list_url, now);
  if (!list) {
    const auto& error = list.error();
    if (could_not_ask(error.code)) {
      return vc::Check::undetermined(kName, code_name(error.code), error.detail,
                                     remedy_for(error.code), evidence_of(entry));
    }
    return failed(error.code, error.detail, remedy_for(error.code), evidence_of(entry));
  }
  core::Json evidence = evidence_of(entry, std::move(list->evidence));
  return judge(issuer, entry, *list, std::move(evidence));
}

}  // namespace avow::revocation
