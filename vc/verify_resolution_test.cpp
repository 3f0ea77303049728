// Under which version of the signer's document a proof is judged: the one of a past time, and a newer one than was
// remembered.

#include <catch2/catch.hpp>

#include "vc/testing/world.h"

namespace verify_resolution_test {

namespace {

using namespace avow;  // NOLINT(google-build-using-namespace)
using core::Json;
using vc::Outcome;
using vc::Profile;
using vc::Verdict;
using vc::testing::World;

core::Instant time_of(const char* text) {
  return core::parse_rfc3339(text).value();
}

/// The issuer's document through its versions. Without `refresh` it gives an older one for as long as a test says.
class HistoryResolver final : public did::Resolver {
 public:
  explicit HistoryResolver(std::string did) : did_(std::move(did)) {}

  void add(const core::Ed25519PublicKey& key, const char* since, const std::string& fragment) {
    const std::string id = did_ + fragment;
    Json document =
        Json::object({{"id", did_},
                      {"verificationMethod",
                       Json::array({Json::object({{"id", id},
                                                  {"type", "Multikey"},
                                                  {"controller", did_},
                                                  {"publicKeyMultibase", key.to_multikey()}})})},
                      {"assertionMethod", Json::array({id})}});
    did::Resolution version;
    version.document = std::make_shared<const did::Document>(
        did::Document::from_json(std::move(document), did::Did::parse(did_).value()).value());
    version.version = std::to_string(versions_.size() + 1);
    version.created = time_of(since);
    versions_.push_back(std::move(version));
  }

  did::Result<did::Resolution, did::Error> resolve(
      const did::Did&, const did::ResolutionOptions& options = {}) const override {
    refreshed_ += options.refresh ? 1 : 0;
    if (options.refresh && on_refresh) {
      return core::fail(did::Error{*on_refresh, "as the test says"});
    }
    const std::size_t known = options.refresh ? versions_.size() : versions_.size() - behind;
    for (std::size_t i = known; i-- > 0;) {
      if (!options.version_time || *versions_[i].created <= *options.version_time) {
        return versions_[i];
      }
    }
    return core::fail(did::Error{did::ErrorCode::version_not_found, "not yet then"});
  }

  std::size_t behind = 0;  // versions that are seen only after a refresh
  std::optional<did::ErrorCode> on_refresh;
  int refreshed() const { return refreshed_; }

 private:
  std::string did_;
  std::vector<did::Resolution> versions_;
  mutable int refreshed_ = 0;
};

/// The issuer rotates its key at 08:10, under the same method id; its credential is of 08:00 and signed with the first.
struct RotatedWorld : World {
  HistoryResolver history{issuer_did};
  RotatedWorld() {
    history.add(issuer_key.public_key(), "2026-11-21T07:00:00Z", "#key-1");
    history.add(stranger_key.public_key(), "2026-11-21T08:10:00Z", "#key-1");
  }

  Verdict verify(const Json& credential, const char* as_of = nullptr,
                 Profile profile = Profile::consortium) {
    auto asked = options(profile);
    if (as_of != nullptr) asked.as_of = time_of(as_of);
    return vc::verify_credential(credential, {history, keys, signatures, status, trust}, asked);
  }
};

const vc::Check* check_named(const Verdict& verdict, std::string_view name) {
  for (const auto& check : verdict.checks) {
    if (check.name == name) return &check;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("verify as of a time uses the key of then, and says so", "[vc][verify][as_of]") {
  RotatedWorld world;
  const Json credential = world.credential();
  CHECK(world.verify(credential).code() == "bad_proof");
  for (const Profile profile : {Profile::consortium, Profile::w3c}) {
    const Verdict then = world.verify(credential, "2026-11-21T08:09:59Z", profile);
    CHECK(then.outcome() == Outcome::accepted);
    CHECK(*then.to_json().find_string("asOf") == "2026-11-21T08:09:59.000Z");
    const auto* key = check_named(then, "key");
    REQUIRE(key != nullptr);
    CHECK(*key->evidence.find_string("asOf") == "2026-11-21T08:09:59.000Z");
    CHECK(*key->evidence.find_string("documentVersion") == "1");
    CHECK(then.not_checked.size() ==
          world.verify(credential, nullptr, profile).not_checked.size() + 1);
  }
  CHECK(world.verify(credential, "2026-11-21T08:10:00Z").code() == "bad_proof");
  CHECK(world.verify(credential).to_json().find("asOf") == nullptr);
}

TEST_CASE("a signature that was good under an old key is not remembered under the new one",
          "[vc][verify][as_of]") {
  RotatedWorld world;
  const Json credential = world.credential();
  REQUIRE(world.verify(credential, "2026-11-21T08:05:00Z").outcome() == Outcome::accepted);
  CHECK(world.verify(credential).code() == "bad_proof");
}

TEST_CASE("a key of before its DID, or of another version, was not valid then",
          "[vc][verify][as_of]") {
  RotatedWorld world;
  CHECK(world.verify(world.credential(), "2026-11-21T06:59:59Z").code() == "key_not_valid_then");
  const Json by_later_method = world.sign(world.draft(), world.stranger_key,
                                          {.verification_method = world.issuer_did + "#key-2",
                                           .proof_purpose = "assertionMethod",
                                           .created = "2026-11-21T08:20:00Z"});
  world.history.add(world.stranger_key.public_key(), "2026-11-21T08:20:00Z", "#key-2");
  CHECK(world.verify(by_later_method, "2026-11-21T08:20:00Z").outcome() == Outcome::accepted);
  const Verdict before = world.verify(by_later_method, "2026-11-21T08:19:59Z");
  CHECK(before.code() == "key_not_valid_then");
  const auto* key = check_named(before, "key");
  REQUIRE(key != nullptr);
  CHECK(key->evidence == Json::object({{"asOf", "2026-11-21T08:19:59.000Z"},
                                       {"documentVersion", "2"},
                                       {"verificationMethod", world.issuer_did + "#key-2"}}));
}

TEST_CASE("dates are judged as of the time asked about, with the same skew",
          "[vc][verify][as_of][VC-21][VC-22][VC-19]") {
  World world;
  const auto code_at = [&world](const Json& credential, const char* as_of) {
    auto options = world.options();
    options.now = time_of("2026-12-01T00:00:00Z");
    if (as_of != nullptr) options.as_of = time_of(as_of);
    return vc::verify_credential(credential, world.context(), options).code();
  };
  const Json credential = world.credential();  // 08:00 to 09:00, signed at 08:00
  CHECK(code_at(credential, nullptr) == "expired");
  CHECK(code_at(credential, "2026-11-21T08:30:00Z").empty());
  CHECK(code_at(credential, "2026-11-21T09:01:00Z").empty());
  CHECK(code_at(credential, "2026-11-21T09:01:00.001Z") == "expired");
  CHECK(code_at(credential, "2026-11-21T07:59:00Z").empty());
  CHECK(code_at(credential, "2026-11-21T07:58:59.999Z") == "proof_not_yet_valid");
}

TEST_CASE("a proof counts as of a past time from its own date on, and only if it has one",
          "[vc][verify][as_of]") {
  World world;
  const auto verify = [&world](std::optional<std::string> created,
                               std::optional<core::Instant> as_of, Profile profile) {
    auto options = world.options(profile);
    options.as_of = as_of;
    auto proof = world.proof_options();
    proof.created = std::move(created);
    return vc::verify_credential(world.sign(world.draft(), world.issuer_key, proof),
                                 world.context(), options);
  };
  const core::Instant then = time_of("2026-11-21T08:10:00Z");
  for (const Profile profile : {Profile::consortium, Profile::w3c}) {
    CHECK(verify("2026-11-21T08:10:00Z", then, profile).outcome() == Outcome::accepted);
    CHECK(verify("2026-11-21T08:11:00Z", then, profile).outcome() == Outcome::accepted);  // skew
    CHECK(verify("2026-11-21T08:11:01Z", then, profile).code() == "proof_not_yet_valid");
    CHECK(verify("2026-11-21T08:11:01Z", {}, profile).outcome() == Outcome::accepted);
    const Verdict undated = verify({}, then, profile);
    CHECK(undated.code() == "proof_undated");
    CHECK(undated.verified_document.is_null());
    CHECK(verify({}, {}, profile).outcome() == Outcome::accepted);
  }
  const Verdict dated = verify("2026-11-21T08:10:00Z", then, Profile::w3c);
  const auto* dates = check_named(dated, "proof_dates");
  REQUIRE(dates != nullptr);
  CHECK(dates->detail.find("signer's own word") != std::string::npos);
  CHECK(*dates->evidence.find_string("created") == "2026-11-21T08:10:00.000Z");
}

TEST_CASE("an undated proof in a set fails the set as of a past time", "[vc][verify][as_of]") {
  World world;
  const Json credential = world.credential();
  auto undated = world.proof_options();
  undated.created.reset();
  Json set = world.draft();
  set.set("proof",
          Json::array({*credential.find("proof"),
                       *world.sign(world.draft(), world.issuer_key, undated).find("proof")}));
  auto options = world.options();
  CHECK(vc::verify_credential(set, world.context(), options).outcome() == Outcome::accepted);
  options.as_of = options.now;
  CHECK(vc::verify_credential(set, world.context(), options).code() == "proof_undated");
}

TEST_CASE("trust and status are those of now, whatever time is asked about",
          "[vc][verify][as_of]") {
  World world;
  auto options = world.options();
  options.as_of = time_of("2026-11-21T08:05:00Z");
  const Json credential = world.credential();
  world.status.set(world.revocation_list, World::kRevocationIndex, "revoked");
  CHECK(vc::verify_credential(credential, world.context(), options).code() == "revoked");
  world.trust.distrust(world.issuer_did);
  CHECK(vc::verify_credential(credential, world.context(), options).code() == "issuer_unknown");
}

TEST_CASE("nobody can ask about the future", "[vc][verify][as_of]") {
  World world;
  auto options = world.options();
  options.as_of = options.now + options.skew;
  CHECK(vc::verify_credential(world.credential(), world.context(), options).outcome() ==
        Outcome::accepted);
  options.as_of = *options.as_of + core::Milliseconds(1);
  const Verdict verdict = vc::verify_credential(world.credential(), world.context(), options);
  CHECK(verdict.code() == "as_of_in_future");
  CHECK(verdict.verified_document.is_null());
}

TEST_CASE("among members a presentation is of now; as w3c an old one can be judged",
          "[vc][verify][as_of][presentation]") {
  World world;
  const Json presentation = world.presentation();
  const auto verify = [&](Profile profile) {
    auto options = world.options(profile);
    options.now = time_of("2026-12-01T00:00:00Z");
    options.as_of = world.now;
    return vc::verify_presentation(presentation, world.context(), options, world.challenges);
  };
  CHECK(verify(Profile::consortium).code() == "as_of_not_allowed");
  CHECK(world.challenges.is_open(world.challenge));
  CHECK(verify(Profile::w3c).outcome() == Outcome::accepted);
}

TEST_CASE("a signature that fails is tried once more under a renewed document",
          "[vc][verify][refresh]") {
  RotatedWorld world;
  const Json by_new_key = world.sign(world.draft(), world.stranger_key, world.proof_options());
  world.history.behind = 1;
  const Verdict verdict = world.verify(by_new_key);
  CHECK(verdict.outcome() == Outcome::accepted);
  CHECK(*check_named(verdict, "key")->evidence.find_string("documentVersion") == "2");
  CHECK(world.history.refreshed() == 1);
}

TEST_CASE("a method that is not found is looked for once more in a renewed document",
          "[vc][verify][refresh]") {
  RotatedWorld world;
  world.history.add(world.stranger_key.public_key(), "2026-11-21T08:20:00Z", "#key-2");
  world.history.behind = 1;
  const Json by_new_method = world.sign(
      world.draft(), world.stranger_key,
      {.verification_method = world.issuer_did + "#key-2", .proof_purpose = "assertionMethod"});
  CHECK(world.verify(by_new_method).outcome() == Outcome::accepted);
  CHECK(world.history.refreshed() == 1);
}

TEST_CASE("a document is renewed once for a proof, and not for one that verifies",
          "[vc][verify][refresh]") {
  RotatedWorld world;
  const Json by_agent = world.sign(world.draft(), world.agent_key, world.proof_options());
  CHECK(world.verify(by_agent).code() == "bad_proof");  // the version is the same
  CHECK(world.history.refreshed() == 1);
  world.history.behind = 1;
  CHECK(world.verify(by_agent).code() == "bad_proof");  // and bad under the new one as well
  CHECK(world.history.refreshed() == 2);
  CHECK(world.verify(world.credential()).outcome() == Outcome::accepted);
  CHECK(world.history.refreshed() == 2);
}

TEST_CASE("a signature that fails under a document which cannot be renewed leaves it undetermined",
          "[vc][verify][refresh]") {
  RotatedWorld world;
  const Json by_agent = world.sign(world.draft(), world.agent_key, world.proof_options());
  for (const auto code :
       {did::ErrorCode::unavailable, did::ErrorCode::timed_out, did::ErrorCode::tls_failure,
        did::ErrorCode::too_many_fetches, did::ErrorCode::resolution_stale}) {
    world.history.on_refresh = code;
    const Verdict verdict = world.verify(by_agent);
    CHECK(verdict.outcome() == Outcome::undetermined);
    CHECK(verdict.code() == did::code_name(code));
    CHECK(check_named(verdict, "signature") == nullptr);
    CHECK(verdict.verified_document.is_null());
  }
  // Only what failed is asked about anew.
  CHECK(world.verify(world.sign(world.draft(), world.stranger_key, world.proof_options()))
            .outcome() == Outcome::accepted);
  // A host that has spoken decides.
  world.history.on_refresh = did::ErrorCode::not_found;
  const Verdict gone = world.verify(by_agent);
  CHECK(gone.outcome() == Outcome::rejected);
  CHECK(gone.code() == "key_not_found");
}

}  // namespace verify_resolution_test
