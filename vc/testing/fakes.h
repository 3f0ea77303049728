#pragma once

#include <map>
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
  void add(const std::string& did, const core::Ed25519PublicKey& key);
  void add(const std::string& did, core::Json document);
  void refuse(const std::string& did, did::ErrorCode code);

  did::Result<did::Resolution, did::Error> resolve(
      const did::Did& did, const did::ResolutionOptions& options = {}) const override;

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
                     core::Instant) const override;
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
                     core::Instant) const override;
  void explain(Check& issuer, core::Instant) const override { issuer.evidence.set("why", "fake"); }
  /// A key that was given up; `issued` is what was published of it, `stapled` what the presenter must give along.
  void give_up(const std::string& key, std::set<std::string> issued = {},
               std::optional<core::Json> stapled = {});
  std::optional<Check> check_key(const GoodSignature& signature) const override;
  /// Whom its organisation has stopped, and with which code.
  void stop(const std::string& did, TrustCode code) { stopped_.insert_or_assign(did, code); }
  Check check_subjects(const std::string&, const std::vector<std::string>& subjects,
                       core::Instant) const override;
  /// Who is denied by a rule of the verifier's own.
  void deny(const std::string& did_or_type) { denied_.insert(did_or_type); }
  Check check_local_policy(const std::string& issuer, const std::vector<std::string>& types,
                           const std::vector<std::string>& subjects) const override;
  Check check_freshness(const std::string&, core::Instant) const override;

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

  Check consume(const std::string& challenge, core::Instant now) override;

 private:
  static Check refuse(std::string_view code);

  std::map<std::string, core::Instant> open_;
  std::set<std::string> used_;
};

}  // namespace avow::vc::testing
