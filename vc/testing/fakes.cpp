#include "vc/testing/fakes.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace avow::vc::testing {

void FakeResolver::add(const std::string& did, const core::Ed25519PublicKey& key) {
  const core::Json method_id = did + "#key-1";
  add(did,
      core::Json::object(
          {{"@context", core::Json::array({"https://www.w3.org/ns/did/v1"})},
           {"id", did},
           {"verificationMethod",
            core::Json::array({core::Json::object({{"id", method_id},
                                                   {"type", "Multikey"},
                                                   {"controller", did},
                                                   {"publicKeyMultibase", key.to_multikey()}})})},
           {"assertionMethod", core::Json::array({method_id})},
           {"authentication", core::Json::array({method_id})}}));
}

void FakeResolver::add(const std::string& did, core::Json document) {
  const auto parsed = did::Did::parse(did).value();
  did::Resolution resolution;
  resolution.document = std::make_shared<const did::Document>(
      did::Document::from_json(std::move(document), parsed).value());
  resolution.version = std::to_string(++version_);
  answers_.insert_or_assign(did, std::move(resolution));
}

void FakeResolver::refuse(const std::string& did, did::ErrorCode code) {
  answers_.insert_or_assign(did, core::fail(did::Error{code, "as the test says"}));
}

did::Result<did::Resolution, did::Error> FakeResolver::resolve(
    const did::Did& did, const did::ResolutionOptions& options) const {
  const auto known = answers_.find(did.text());
  if (known != answers_.end()) {
    if (!known->second) return known->second;
    return did::if_wanted(*known->second, options, did::EarlierVersions::none);
  }
  if (did.method() == "key") return keys_resolver_.resolve(did, options);
  return core::fail(did::Error{did::ErrorCode::not_found, "no test added it"});
}

Check FakeStatus::check_status(const std::string& issuer, const StatusEntry& entry,
                               core::Instant) const {
  asked_.push_back(issuer + " " + entry.list_url + "#" + std::to_string(entry.index));
  const auto found = codes_.find({entry.list_url, entry.index});
  if (found == codes_.end()) return Check::passed("status", "not set");
  return Check::failed("status", found->second, "set by the test", "none");
}

Check FakeTrust::check_issuer(const std::string& issuer, const std::vector<std::string>&,
                              core::Instant) const {
  if (trusted_.contains(issuer)) return Check::passed("issuer", "trusted by the test");
  return Check::failed("issuer", code_name(TrustCode::issuer_unknown), "not trusted by the test",
                       "none");
}

void FakeTrust::give_up(const std::string& key, std::set<std::string> issued,
                        std::optional<core::Json> stapled) {
  given_up_.insert_or_assign(key, GivenUp{std::move(issued), std::move(stapled)});
}

std::optional<Check> FakeTrust::check_key(const GoodSignature& signature) const {
  const auto found = given_up_.find(signature.verification_method);
  if (found == given_up_.end()) return std::nullopt;
  const auto& [issued, wanted] = found->second;
  const auto& given = signature.stapled;
  if (issued.contains(signature.as_issued()) &&
      (!wanted || std::find(given.begin(), given.end(), *wanted) != given.end()))
    return Check::passed("compromise", "published before");
  return Check::failed("compromise", code_name(TrustCode::key_compromised), "given up by the test",
                       "none");
}

Check FakeTrust::check_subjects(const std::string&, const std::vector<std::string>& subjects,
                                core::Instant) const {
  for (const auto& did : subjects) {
    if (const auto found = stopped_.find(did); found != stopped_.end())
      return Check::failed("subject", code_name(found->second), "stopped by the test", "none");
  }
  return Check::passed("subject", "nobody is stopped");
}

Check FakeTrust::check_local_policy(const std::string& issuer,
                                    const std::vector<std::string>& types,
                                    const std::vector<std::string>& subjects) const {
  const auto is_denied = [this](const std::string& word) { return denied_.contains(word); };
  if (is_denied(issuer) || std::ranges::any_of(types, is_denied) ||
      std::ranges::any_of(subjects, is_denied))
    return Check::failed("local_policy", code_name(TrustCode::denied_locally), "denied by the test",
                         "none");
  return Check::passed("local_policy", "nobody is denied");
}

Check FakeTrust::check_freshness(const std::string&, core::Instant) const {
  if (freshness_code_.empty()) return Check::passed("freshness", "fresh");
  return Check::failed("freshness", freshness_code_, "set by the test", "none");
}

Check FakeChallenges::consume(const std::string& challenge, core::Instant now) {
  if (used_.contains(challenge)) return refuse("challenge_used");
  const auto found = open_.find(challenge);
  if (found == open_.end()) return refuse("challenge_unknown");
  if (now > found->second) return refuse("challenge_expired");
  used_.insert(challenge);
  open_.erase(found);
  return Check::passed("challenge", "used now");
}

Check FakeChallenges::refuse(std::string_view code) {
  return Check::failed("challenge", code, "as the test says", "none");
}

}  // namespace avow::vc::testing
