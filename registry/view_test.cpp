#include "registry/view.h"

#include <catch2/catch.hpp>

#include "registry/registry_resolver.h"
#include "registry/testing/consortium.h"

namespace view_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;
using core::Milliseconds;

namespace {

const std::string kAgent = "did:web:acme.example:agents:a-1";

struct Fixture {
  Fixture() {
    for (auto* author : {&acme, &globex, &initech}) view.apply(author->open());
  }
  const Organisation& of(std::size_t i) const { return consortium.organisations[i]; }
  Standing standing(const std::string& did, core::Instant at = kNow,
                    const std::string& type = "Badge") {
    return view.snapshot()->may_issue(did, type, at).standing;
  }

  Consortium consortium;
  Charter charter = consortium.charter();
  Author acme{consortium.organisations[0], charter.network};
  Author globex{consortium.organisations[1], charter.network};
  Author initech{consortium.organisations[2], charter.network};
  View view{std::make_shared<const Charter>(charter)};
};

Json document_body(const std::string& did) {
  return Json::object({{"id", did}, {"document", Json::object({{"id", did}})}});
}

}  // namespace

TEST_CASE("a grant of the charter lets its member issue that type alone", "[registry][view]") {
  Fixture f;
  CHECK(f.standing(f.of(0).did) == Standing::authorised);
  CHECK(f.standing(f.of(0).did, kNow, "Diploma") == Standing::issuer_not_authorised);
  CHECK(f.standing(f.of(1).did) == Standing::issuer_not_authorised);
  CHECK(f.standing("did:web:stranger.example") == Standing::issuer_unknown);
}

TEST_CASE("accreditation reaches as deep as its grant, and no deeper", "[registry][view]") {
  Fixture f;
  // The grant is 2 deep: Acme → Globex → Initech, whose own accreditation is one link too many.
  f.view.apply(f.acme.next("accredit", accredit_body(f.of(1).did, "Badge", 8)));
  f.view.apply(f.globex.next("accredit", accredit_body(f.of(2).did, "Badge", 8)));
  f.view.apply(f.initech.next("accredit", accredit_body("did:web:last.example", "Badge", 0)));
  const auto answer = f.view.snapshot()->may_issue(f.of(2).did, "Badge", kNow);
  CHECK(answer.standing == Standing::authorised);
  REQUIRE(answer.chain.size() == 3);
  CHECK(answer.chain[0].by == "charter");
  CHECK(answer.chain[1].by == f.of(0).did);
  CHECK(answer.chain[1].depth == 1);
  CHECK(answer.chain[2].by == f.of(1).did);
  CHECK(answer.chain[2].depth == 0);
  CHECK(answer.chain[2].said->sequence == 1);
  CHECK(f.standing("did:web:last.example") == Standing::issuer_not_authorised);
}

TEST_CASE("an accreditation's own depth narrows what it passes on", "[registry][view]") {
  Fixture f;
  f.view.apply(f.acme.next("accredit", accredit_body(f.of(1).did, "Badge", 0)));
  f.view.apply(f.globex.next("accredit", accredit_body(f.of(2).did, "Badge", 0)));
  CHECK(f.standing(f.of(1).did) == Standing::authorised);
  CHECK(f.standing(f.of(2).did) == Standing::issuer_not_authorised);
}

TEST_CASE("nobody gains authority from a loop", "[registry][view]") {
  Fixture f;
  f.view.apply(f.globex.next("accredit", accredit_body(f.of(2).did, "Badge", 8)));
  f.view.apply(f.initech.next("accredit", accredit_body(f.of(1).did, "Badge", 8)));
  f.view.apply(f.initech.next("accredit", accredit_body(f.of(2).did, "Badge", 8)));
  CHECK(f.standing(f.of(1).did) == Standing::issuer_not_authorised);
  CHECK(f.standing(f.of(2).did) == Standing::issuer_not_authorised);
}

TEST_CASE("an accreditation holds from its time until its end", "[registry][view]") {
  Fixture f;
  const auto until = kNow + std::chrono::hours(1);
  const auto body = accredit_body(f.of(1).did, "Badge", 0, "2026-11-21T09:00:00Z");
  f.view.apply(f.acme.next("accredit", body, kNow + Milliseconds(10)));
  CHECK(f.standing(f.of(1).did, kNow + Milliseconds(9)) == Standing::issuer_not_authorised);
  CHECK(f.standing(f.of(1).did, kNow + Milliseconds(10)) == Standing::authorised);
  CHECK(f.standing(f.of(1).did, until - Milliseconds(1)) == Standing::authorised);
  CHECK(f.standing(f.of(1).did, until) == Standing::issuer_not_authorised);
}

TEST_CASE("a revoked accreditation holds for the past only", "[registry][view]") {
  Fixture f;
  const auto end = kNow + std::chrono::minutes(1);
  f.view.apply(f.acme.next("accredit", accredit_body(f.of(1).did, "Badge", 0)));
  f.view.apply(f.acme.next(
      "accredit.revoke",
      Json::object({{"subject", f.of(1).did}, {"types", Json::array({"Badge"})}}), end));
  CHECK(f.standing(f.of(1).did, end - Milliseconds(1)) == Standing::authorised);
  CHECK(f.standing(f.of(1).did, end) == Standing::issuer_not_authorised);
}

TEST_CASE("a chain through a forked feed fails closed, another chain still holds",
          "[registry][view][GOSSIP-04]") {
  Fixture f;
  f.view.apply(f.acme.next("accredit", accredit_body(f.of(1).did, "Badge", 0)));
  auto fold = *f.view.feed(f.of(0).scid);
  f.view.replace(f.of(0).scid, fold, Frozen{1, 2});
  const auto answer = f.view.snapshot()->may_issue(f.of(1).did, "Badge", kNow);
  CHECK(answer.standing == Standing::issuer_forked);
  CHECK(answer.frozen_feed == f.of(0).scid);
  CHECK(f.standing(f.of(0).did) == Standing::issuer_forked);
  CHECK(f.standing(f.of(2).did) == Standing::issuer_not_authorised);
}

TEST_CASE("a snapshot does not change when the view goes on", "[registry][view]") {
  Fixture f;
  f.view.apply(f.acme.next("status.list", list_body("r1", "revocation")));
  const auto before = f.view.snapshot();
  f.view.apply(f.acme.next("status.delta", delta_body("r1", {7})));
  const auto after = f.view.snapshot();
  const revocation::StatusListIndex seven(7);
  const auto url = "https://acme.example/status/r1";
  CHECK_FALSE(before->list_at(f.of(0).did, url)->bits->get(seven));
  CHECK(after->list_at(f.of(0).did, url)->bits->get(seven));
  CHECK(after->list_at(f.of(1).did, url)->member->did == f.of(0).did);
  CHECK_FALSE(after->list_at(f.of(0).did, "https://acme.example/status/r2"));
  CHECK(before->root() != after->root());
}

TEST_CASE("a revoked bit never clears, and a void body has no effect at all", "[registry][view]") {
  Fixture f;
  f.view.apply(f.acme.next("status.list", list_body("r1", "revocation")));
  f.view.apply(f.acme.next("status.delta", delta_body("r1", {7})));
  f.view.apply(f.acme.next("status.delta", delta_body("r1", {8}, {7})));
  const auto list = f.view.snapshot()->list_at(f.of(0).did, "https://acme.example/status/r1");
  CHECK(list->bits->get(revocation::StatusListIndex(7)));
  CHECK_FALSE(list->bits->get(revocation::StatusListIndex(8)));
  CHECK(list->sequence == 2);
}

TEST_CASE("nobody writes the lists of another feed [GOSSIP-14]", "[registry][view][GOSSIP-14]") {
  Fixture f;
  f.view.apply(f.acme.next("status.list", list_body("r1", "revocation")));
  f.view.apply(f.globex.next("status.delta", delta_body("r1", {7})));
  const auto list = f.view.snapshot()->list_at(f.of(0).did, "https://acme.example/status/r1");
  CHECK(list->bits->count() == 0);
}

TEST_CASE("a member publishes documents below its own location only", "[registry][view]") {
  Fixture f;
  f.view.apply(f.acme.next("did.document", document_body(kAgent)));
  f.view.apply(f.globex.next("did.document", document_body(kAgent + "x")));
  f.view.apply(f.acme.next("did.document", document_body("did:web:acme.example")));
  f.view.apply(f.acme.next("did.document", document_body("did:web:acme.example.evil:a")));
  const auto view = f.view.snapshot();
  const RegistryResolver resolver([view] { return std::shared_ptr(view); });
  const auto resolve = [&](const std::string& did) {
    return resolver.resolve(*did::Did::parse(did));
  };
  CHECK(resolve(kAgent)->document->id().text() == kAgent);
  CHECK(resolve(kAgent + "x").error().code == did::ErrorCode::not_found);
  CHECK(resolve("did:web:acme.example.evil:a").error().code == did::ErrorCode::not_found);
  // The organisation's own documents come from its log.
  CHECK(resolve(f.of(0).did)->document->find(f.of(0).key_id) != nullptr);
  CHECK(resolve("did:web:acme.example")->document->verification_methods().size() == 1);
}

TEST_CASE("of a forked feed's namespace nothing is known, also what it never said",
          "[registry][view]") {
  Fixture f;
  f.view.apply(f.acme.next("did.document", document_body(kAgent)));
  f.view.replace(f.of(0).scid, FeedFold(), Frozen{1, 1});
  const auto view = f.view.snapshot();
  const RegistryResolver resolver([view] { return std::shared_ptr(view); });
  const auto code_of = [&](const std::string& did) {
    return resolver.resolve(*did::Did::parse(did)).error().code;
  };
  for (const std::string& did : {kAgent, kAgent + "x"})
    CHECK(code_of(did) == did::ErrorCode::unavailable);
  for (const char* did : {"did:web:globex.example:agents:a-1", "did:web:acme.example.evil:a",
                          "did:web:acme.example%3A8443:agents:a-1"}) {
    CHECK(code_of(did) == did::ErrorCode::not_found);
  }
  // Its own documents are the charter's word.
  CHECK(resolver.resolve(*did::Did::parse("did:web:acme.example")));
  CHECK(resolver.resolve(*did::Did::parse(f.of(0).did)));
}

TEST_CASE("a DID has one member who speaks for it, or none", "[registry][view]") {
  Fixture f;
  const auto view = f.view.snapshot();
  for (const std::string& did :
       {f.of(0).did, std::string("did:web:acme.example"), kAgent, f.of(0).did + ":agents:a-1"}) {
    CAPTURE(did);
    REQUIRE(view->member_for(did) != nullptr);
    CHECK(view->member_for(did)->scid == f.of(0).scid);
  }
  CHECK(view->member_for("did:web:globex.example:x")->scid == f.of(1).scid);
  for (const char* did :
       {"did:web:acme.example.evil", "did:web:www.acme.example", "did:web:acme.example%3A8443",
        "did:web:acme.example:", "did:key:acme.example", "did:web:", ""}) {
    CAPTURE(did);
    CHECK(view->member_for(did) == nullptr);
  }
}

TEST_CASE("a deactivated document resolves as deactivated", "[registry][view]") {
  Fixture f;
  f.view.apply(f.acme.next("did.document", document_body(kAgent)));
  auto body = document_body(kAgent);
  body.set("status", "deactivated");
  f.view.apply(f.acme.next("did.document", body));
  const auto view = f.view.snapshot();
  const RegistryResolver resolver([view] { return std::shared_ptr(view); });
  CHECK(resolver.resolve(*did::Did::parse(kAgent))->deactivated);
}

TEST_CASE("a document that was deactivated stays so, whatever its feed says afterwards",
          "[registry][view]") {
  Fixture f;
  f.view.apply(f.acme.next("did.document", document_body(kAgent)));
  auto body = document_body(kAgent);
  body.set("status", "deactivated");
  f.view.apply(f.acme.next("did.document", body));
  const auto ended = f.view.snapshot()->document(kAgent)->known->version;
  f.view.apply(f.acme.next("did.document", document_body(kAgent)));
  const auto view = f.view.snapshot();
  CHECK(view->document(kAgent)->known->version == ended);
  const RegistryResolver resolver([view] { return std::shared_ptr(view); });
  CHECK(resolver.resolve(*did::Did::parse(kAgent))->deactivated);
}

TEST_CASE("an earlier version of a replicated document is said to be kept elsewhere",
          "[registry][view]") {
  Fixture f;
  f.view.apply(f.acme.next("did.document", document_body(kAgent)));
  const auto before = f.view.snapshot()->document(kAgent)->known->version;
  auto body = document_body(kAgent);
  body.set("status", "deactivated");
  f.view.apply(f.acme.next("did.document", body));
  const auto view = f.view.snapshot();
  const RegistryResolver resolver([view] { return std::shared_ptr(view); });
  const auto did = *did::Did::parse(kAgent);
  const auto current = resolver.resolve(did);
  CHECK(resolver.resolve(did, {.version_id = current->version}));
  CHECK(resolver.resolve(did, {.version_time = current->valid_from()}));
  const auto by_id = resolver.resolve(did, {.version_id = before});
  REQUIRE_FALSE(by_id);
  CHECK(by_id.error().code == did::ErrorCode::feature_not_supported);
  const auto by_time =
      resolver.resolve(did, {.version_time = *current->valid_from() - std::chrono::seconds(1)});
  REQUIRE_FALSE(by_time);
  CHECK(by_time.error().code == did::ErrorCode::feature_not_supported);
}

TEST_CASE("a member's own document has the version of its log and none before it",
          "[registry][view]") {
  Fixture f;
  const auto view = f.view.snapshot();
  const RegistryResolver resolver([view] { return std::shared_ptr(view); });
  const auto did = *did::Did::parse(f.of(0).did);
  const auto current = resolver.resolve(did);
  CHECK(resolver.resolve(did, {.version_id = current->version}));
  CHECK(resolver.resolve(did, {.version_time = current->valid_from()}));
  const auto earlier =
      resolver.resolve(did, {.version_time = *current->valid_from() - std::chrono::seconds(1)});
  REQUIRE_FALSE(earlier);
  CHECK(earlier.error().code == did::ErrorCode::version_not_found);
}

TEST_CASE("kinds of tomorrow chain without effect", "[registry][view]") {
  Fixture f;
  const auto before = f.view.snapshot()->status_root(f.of(0).scid);
  f.view.apply(f.acme.next("of.tomorrow", Json::object({{"any", "thing"}})));
  const auto view = f.view.snapshot();
  CHECK(view->feed(f.of(0).scid)->position()->sequence == 1);
  CHECK(view->status_root(f.of(0).scid) == before);
}

}  // namespace view_test
