#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "did/did_key.h"
#include "did/document.h"
#include "did/resolver.h"
#include "vc/challenge_book.h"
#include "vc/status_checker.h"
#include "vc/trust_code.h"
#include "vc/trust_policy.h"

namespace avow::vc::testing {

/// Resolves every Ed25519 did:key, and the documents that a test added.
class FakeResolver final : public did::Resolver {
 public:
  /// Adds, or replaces under a new version, the document of a DID with one Multikey method `<did>#key-1` under
  /// assertionMethod and authentication.
  void add(const std::string& did, const core::Ed25519PublicKey& key) {
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
  void add(const std::string& did, core::Json document) {
    const auto parsed = did::Did::parse(did).value();
    did::Resolution resolution;
    resolution.document = std::make_shared<const did::Document>(
        did::Document::from_json(std::move(document), parsed).value());
    resolution.version = std::to_string(++version_);
    answers_.insert_or_assign(did, std::move(resolution));
  }
  void refuse(const std::string& did, did::ErrorCode code) {
    answers_.insert_or_assign(did, core::fail(did::Error{code, "as the test says"}));
  }

  did::Result<did::Resolution, did::Error> resolve(
      const did::Did& did, const did::ResolutionOptions& options = {}) const override {
    const auto known = answers_.find(did.text());
    if (known != answers_.end()) {
      if (!known->second) return known->second;
      return did::if_wanted(*known->second, options, did::EarlierVersions::none);
    }
    if (did.method() == "key") return keys_resolver_.resolve(did, options);
    return core::fail(did::Error{did::ErrorCode::not_found, "no test added it"});
  }

 private:
  mutable core::PublicKeyCache keys_;
  did::DidKeyResolver keys_resolver_{keys_};
  std::map<std::string, did::Result<did::Resolution, did::Error>, std::less<>> answers_;
  int version_ = 0;
};

/// Every status is valid but those that a test set, and all that was asked is remembered.
class FakeStatus final : public StatusChecker {
 public:
  /// `code` as StatusChecker lists them.
  void set(const std::string& list_url, std::uint64_t index, std::string code) {
    codes_[{list_url, index}] = std::move(code);
  }
  void clear(const std::string& list_url, std::uint64_t index) { codes_.erase({list_url, index}); }

  Check check_status(const std::string& issuer, const StatusEntry& entry,
                     core::Instant) const override {
    asked_.push_back(issuer + " " + entry.list_url + "#" + std::to_string(entry.index));
    const auto found = codes_.find({entry.list_url, entry.index});
    if (found == codes_.end()) return Check::passed("status", "not set");
    return Check::failed("status", found->second, "set by the test", "none");
  }
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  std::map<std::pair<std::string, std::uint64_t>, std::string> codes_;
  mutable std::vector<std::string> asked_;
};

/// Trusts the issuers that a test named, for every type.
class FakeTrust final : public TrustPolicy {
 public:
  void trust(const std::string& issuer) { trusted_.insert(issuer); }
  void distrust(const std::string& issuer) { trusted_.erase(issuer); }
  /// What check_freshness fails with from now on; empty: it passes.
  void set_freshness(std::string code) { freshness_code_ = std::move(code); }

  Check check_issuer(const std::string& issuer, const std::vector<std::string>&,
                     core::Instant) const override {
    if (trusted_.contains(issuer)) return Check::passed("issuer", "trusted by the test");
    return Check::failed("issuer", code_name(TrustCode::issuer_unknown), "not trusted by the test",
                         "none");
  }
  /// A key that was given up; `issued` is what was published of it, `stapled` what the presenter must give along.
  void give_up(const std::string& key, std::set<std::string> issued = {},
               std::optional<core::Json> stapled = {}) {
    given_up_.insert_or_assign(key, GivenUp{std::move(issued), std::move(stapled)});
  }
  std::optional<Check> check_key(const GoodSignature& signature) const override {
    const auto found = given_up_.find(signature.verification_method);
    if (found == given_up_.end()) return std::nullopt;
    const auto& [issued, wanted] = found->second;
    const auto& given = signature.stapled;
    if (issued.contains(signature.as_issued()) &&
        (!wanted || std::find(given.begin(), given.end(), *wanted) != given.end()))
      return Check::passed("compromise", "published before");
    return Check::failed("compromise", code_name(TrustCode::key_compromised),
                         "given up by the test", "none");
  }
  /// Whom its organisation has stopped, and with which code.
  void stop(const std::string& did, TrustCode code) { stopped_.insert_or_assign(did, code); }
  Check check_subjects(const std::string&, const std::vector<std::string>& subjects,
                       core::Instant) const override {
    for (const auto& did : subjects) {
      if (const auto found = stopped_.find(did); found != stopped_.end())
        return Check::failed("subject", code_name(found->second), "stopped by the test", "none");
    }
    return Check::passed("subject", "nobody is stopped");
  }
  /// Who is denied by a rule of the verifier's own.
  void deny(const std::string& did_or_type) { denied_.insert(did_or_type); }
  Check check_local_policy(const std::string& issuer, const std::vector<std::string>& types,
                           const std::vector<std::string>& subjects) const override {
    const auto is_denied = [this](const std::string& word) { return denied_.contains(word); };
    if (is_denied(issuer) || std::ranges::any_of(types, is_denied) ||
        std::ranges::any_of(subjects, is_denied))
      return Check::failed("local_policy", code_name(TrustCode::denied_locally),
                           "denied by the test", "none");
    return Check::passed("local_policy", "nobody is denied");
  }
  Check check_freshness(const std::string&, core::Instant) const override {
    if (freshness_code_.empty()) return Check::passed("freshness", "fresh");
    return Check::failed("freshness", freshness_code_, "set by the test", "none");
  }

 private:
  std::set<std::string, std::less<>> trusted_;
  struct GivenUp {
    std::set<std::string> issued;
    std::optional<core::Json> stapled;
  };
  std::map<std::string, GivenUp, std::less<>> given_up_;
  std::map<std::string, TrustCode, std::less<>> stopped_;
  std::set<std::string> denied_;
  std::string freshness_code_;
};

/// Challenges in memory: each may be used once, up to its time. For one thread.
class FakeChallenges final : public ChallengeBook {
 public:
  void issue(const std::string& challenge, core::Instant expires) { open_[challenge] = expires; }
  bool is_open(const std::string& challenge) const { return open_.contains(challenge); }

  Check consume(const std::string& challenge, core::Instant now) override {
    if (used_.contains(challenge)) return refuse("challenge_used");
    const auto found = open_.find(challenge);
    if (found == open_.end()) return refuse("challenge_unknown");
    if (now > found->second) return refuse("challenge_expired");
    used_.insert(challenge);
    open_.erase(found);
    return Check::passed("challenge", "used now");
  }

 private:
  static Check refuse(std::string_view code) {
    return Check::failed("challenge", code, "as the test says", "none");
  }

  std::map<std::string, core::Instant> open_;
  std::set<std::string> used_;
};

}  // namespace avow::vc::testing
