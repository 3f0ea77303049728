// What a feed can no longer say, or says in no form that is understood, must not leave an older permission standing.

#include "registry/feed_fold.h"

#include <catch2/catch.hpp>

#include "registry/own_feed.h"
#include "registry/registry_resolver.h"
#include "registry/testing/node.h"
#include "revocation/status_delta.h"

namespace feed_fold_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;
using core::Milliseconds;

namespace {

const std::string kGlobex = "did:web:globex.example";
constexpr std::string_view kListUrl = "https://acme.example/status/r1";

/// One member's feed, folded; statements are not signed, since a fold is given only what was judged before.
struct Feed {
  explicit Feed(const FeedRoom& given = {}) : room(given), fold(given) {}

  Result<void, Error> check(StatementKind kind, const Json& body) const {
    return fold.check(kind, body, now, member);
  }
  std::string refusal(StatementKind kind, const Json& body) const {
    const auto checked = check(kind, body);
    return checked ? "" : std::string(code_name(checked.error().code));
  }
  /// Says it, and gives what check() had to say of it before.
  std::string say(StatementKind kind, Json body) {
    auto refused = refusal(kind, body);
    apply(kind, std::move(body));
    return refused;
  }
  void apply(StatementKind kind, Json body) {
    Statement statement;
    statement.kind = kind;
    statement.sequence = sequence++;
    statement.time = now;
    statement.body = std::move(body);
    fold.apply(statement, member);
    now += Milliseconds(1);
  }

  std::vector<int> bits_of(const std::string& list) const {
    std::vector<int> set;
    for (const auto index : fold.lists().find(list)->second.bits->set_indexes()) {
      set.push_back(static_cast<int>(index.value()));
    }
    return set;
  }

  std::string agent(int number) const {
    return "did:web:" + member.location + ":agents:" + std::to_string(number);
  }
  /// A document with `padding` bytes that serve nothing.
  Json document(int number, std::size_t padding, const std::string& status = "active") const {
    const std::string filling = "https://acme.example/" + std::string(padding, 'x');
    return Json::object({{"id", agent(number)},
                         {"document", Json::object({{"id", agent(number)},
                                                    {"alsoKnownAs", Json::array({filling})}})},
                         {"status", status}});
  }
  /// Fills the room for documents with agents 0, 1, … of about 5,000 bytes each.
  /// gives how many bytes are left, too few for another
  std::size_t fill() {
    int number = 0;
    while (!fold.lacks_documents())
      apply(StatementKind::did_document, document(number++, kPadding));
    std::size_t taken = 0;
    for (const auto& [did, known] : fold.documents()) taken += known.bytes;
    return room.document_bytes - taken;
  }
  static constexpr std::size_t kPadding = 5'000;

  const Consortium consortium{1};
  const Charter charter = consortium.charter();
  const Member& member = charter.members.begin()->second;
  const FeedRoom room;
  FeedFold fold;
  core::Instant now = kNow;
  std::int64_t sequence = 0;
};

/// Where what is to be full is filled soon.
constexpr FeedRoom kLittleRoom{
    .lists = 40, .documents = 1'000, .document_bytes = 100'000, .accreditations = 200};

Json types(std::size_t count, std::size_t first = 0) {
  auto names = Json::array();
  for (std::size_t i = 0; i < count; ++i) names.push_back("Type" + std::to_string(first + i));
  return names;
}

Json accredit(const std::string& subject, Json type_names, int depth) {
  return Json::object({{"subject", subject}, {"types", std::move(type_names)}, {"depth", depth}});
}

}  // namespace

TEST_CASE("a document for which a feed has no room leaves its DID unknown, not as it was before",
          "[registry][feed_fold]") {
  Feed feed(kLittleRoom);
  const std::size_t left = feed.fill();
  REQUIRE(feed.fold.document(feed.agent(0))->document != nullptr);
  CHECK(feed.refusal(StatementKind::did_document, feed.document(0, Feed::kPadding + left)).empty());

  CHECK(feed.say(StatementKind::did_document, feed.document(0, Feed::kPadding + left + 1)) ==
        "feed_full");

  REQUIRE(feed.fold.document(feed.agent(0)) != nullptr);
  CHECK(feed.fold.document(feed.agent(0))->document == nullptr);
  CHECK(feed.fold.document(feed.agent(1))->document != nullptr);
  // What the older one took is free again, so a shorter one puts it right.
  CHECK(feed.say(StatementKind::did_document, feed.document(0, Feed::kPadding)).empty());
  CHECK(feed.fold.document(feed.agent(0))->document != nullptr);
}

TEST_CASE("a document is deactivated where there is no room for it", "[registry][feed_fold]") {
  Feed feed(kLittleRoom);
  const std::size_t left = feed.fill();
  SECTION("as it stands") {
    CHECK(feed.say(StatementKind::did_document, feed.document(0, Feed::kPadding, "deactivated"))
              .empty());
    CHECK(feed.fold.document(feed.agent(0))->document != nullptr);
  }
  SECTION("with a larger document, of which nothing is kept") {
    CHECK(feed.say(StatementKind::did_document,
                   feed.document(0, Feed::kPadding + left + 1, "deactivated")) == "feed_full");
    CHECK(feed.fold.document(feed.agent(0))->document == nullptr);
  }
  CHECK(feed.fold.document(feed.agent(0))->status == DocumentStatus::deactivated);
  CHECK(feed.say(StatementKind::did_document, feed.document(0, 1)) == "no_effect");
  CHECK(feed.fold.document(feed.agent(0))->status == DocumentStatus::deactivated);
}

TEST_CASE("every member gives a feed the same room", "[registry][feed_fold]") {
  CHECK(FeedRoom{}.lists == 4'096);
  CHECK(FeedRoom{}.documents == 100'000);
  CHECK(FeedRoom{}.document_bytes == 33'554'432);
  CHECK(FeedRoom{}.accreditations == 20'000);
}

TEST_CASE("a feed keeps so many documents and not one more", "[registry][feed_fold]") {
  Feed feed({.documents = 300});
  for (std::size_t i = 0; i < feed.room.documents; ++i) {
    feed.apply(
        StatementKind::did_document,
        Json::object({{"id", feed.agent(static_cast<int>(i))},
                      {"document", Json::object({{"id", feed.agent(static_cast<int>(i))}})}}));
  }
  const int last = static_cast<int>(feed.room.documents) - 1;
  REQUIRE(feed.fold.document(feed.agent(last)) != nullptr);
  CHECK_FALSE(feed.fold.lacks_documents());

  CHECK(feed.say(StatementKind::did_document, feed.document(last + 1, 1)) == "feed_full");

  CHECK(feed.fold.document(feed.agent(last + 1)) == nullptr);
  CHECK(feed.fold.lacks_documents());
  CHECK(feed.say(StatementKind::did_document, feed.document(last, 1)).empty());
}

TEST_CASE("what is no DID document leaves its DID unknown too", "[registry][feed_fold]") {
  Feed feed;
  feed.say(StatementKind::did_document, feed.document(0, 1));
  SECTION("too many methods") {
    auto methods = Json::array();
    for (int i = 0; i <= 32; ++i) {
      methods.push_back(Json::object({{"id", feed.agent(0) + "#key-" + std::to_string(i)},
                                      {"type", "Multikey"},
                                      {"controller", feed.agent(0)},
                                      {"publicKeyMultibase", "z6Mk"}}));
    }
    CHECK(feed.say(StatementKind::did_document,
                   Json::object({{"id", feed.agent(0)},
                                 {"document", Json::object({{"id", feed.agent(0)},
                                                            {"verificationMethod", methods}})}})) ==
          "malformed");
  }
  SECTION("another DID's") {
    CHECK(feed.say(StatementKind::did_document,
                   Json::object({{"id", feed.agent(0)},
                                 {"document", Json::object({{"id", feed.agent(1)}})}})) ==
          "malformed");
  }
  SECTION("a member that this version does not know") {
    CHECK(feed.say(StatementKind::did_document, feed.document(0, 1).set("proofOf", "x")) ==
          "malformed");
  }
  REQUIRE(feed.fold.document(feed.agent(0)) != nullptr);
  CHECK(feed.fold.document(feed.agent(0))->document == nullptr);
}

TEST_CASE("a statement about another's DID, or none, changes nothing", "[registry][feed_fold]") {
  Feed feed;
  feed.say(StatementKind::did_document, feed.document(0, 1));
  for (const std::string& id :
       {std::string("did:web:globex.example:agents:0"), std::string("did:web:acme.example"),
        std::string("0"), std::string()}) {
    CAPTURE(id);
    CHECK(feed.say(StatementKind::did_document,
                   Json::object({{"id", id}, {"document", Json::object({{"id", id}})}})) ==
          "no_effect");
  }
  CHECK(feed.say(StatementKind::did_document, Json::object()) == "no_effect");
  CHECK(feed.fold.documents().size() == 1);
  CHECK(feed.fold.document(feed.agent(0))->document != nullptr);
}

TEST_CASE("a resolver does not know a document that its feed could not keep",
          "[registry][feed_fold][resolver]") {
  Consortium consortium;
  const auto charter = consortium.charter();
  Author acme(consortium.organisations[0], charter.network);
  View view{std::make_shared<const Charter>(charter)};
  const std::string agent = "did:web:acme.example:agents:a-1";
  view.apply(acme.open());
  view.apply(acme.next("did.document",
                       Json::object({{"id", agent}, {"document", Json::object({{"id", agent}})}})));
  const auto resolve = [&] {
    auto snapshot = view.snapshot();
    return RegistryResolver([snapshot] { return snapshot; }).resolve(*did::Did::parse(agent));
  };
  REQUIRE(resolve());
  view.apply(acme.next("did.document", Json::object({{"id", agent}, {"document", "none"}})));
  const auto lost = resolve();
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == did::ErrorCode::unavailable);
  CHECK(lost.error().detail.starts_with("document_not_kept"));
}

TEST_CASE("where documents had no room, a DID that nobody knows is not said to be none",
          "[registry][feed_fold][resolver]") {
  Feed feed(kLittleRoom);
  feed.fill();
  View view{std::make_shared<const Charter>(feed.charter)};
  view.replace(feed.member.scid, feed.fold, {});
  auto snapshot = view.snapshot();
  const RegistryResolver resolver([snapshot] { return snapshot; });
  const auto lost = resolver.resolve(*did::Did::parse(feed.agent(100'000)));
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == did::ErrorCode::unavailable);
  CHECK(resolver.resolve(*did::Did::parse("did:web:globex.example:agents:1")).error().code ==
        did::ErrorCode::not_found);
}

TEST_CASE("an accreditation for which there is no room still ends the one before",
          "[registry][feed_fold]") {
  Feed feed(kLittleRoom);
  REQUIRE(feed.say(StatementKind::accredit, accredit(kGlobex, Json::array({"Badge"}), 8)).empty());
  for (std::size_t i = 1; i < feed.room.accreditations; ++i) {
    feed.apply(StatementKind::accredit,
               accredit("did:web:s" + std::to_string(i) + ".example", Json::array({"Badge"}), 0));
  }
  REQUIRE(feed.fold.accreditation(kGlobex, "Badge", feed.now)->depth == 8);

  CHECK(feed.say(StatementKind::accredit, accredit(kGlobex, Json::array({"Badge"}), 0)) ==
        "feed_full");

  CHECK(feed.fold.accreditation(kGlobex, "Badge", feed.now) == nullptr);
  const std::string last = "did:web:s" + std::to_string(feed.room.accreditations - 1) + ".example";
  CHECK(feed.fold.accreditation(last, "Badge", feed.now) != nullptr);
}

TEST_CASE("an accreditation that cannot be read ends what was said of its subject",
          "[registry][feed_fold]") {
  Feed feed;
  feed.say(StatementKind::accredit, accredit(kGlobex, Json::array({"Badge", "Diploma"}), 1));
  feed.say(StatementKind::accredit, accredit(kGlobex + "x", Json::array({"Badge"}), 1));
  const auto before = feed.now - Milliseconds(1);
  SECTION("one type too many") {
    CHECK(feed.say(StatementKind::accredit, accredit(kGlobex, types(kMaxTypes + 1), 0)) ==
          "too_large");
  }
  SECTION("too deep") {
    CHECK(feed.say(StatementKind::accredit, accredit(kGlobex, Json::array({"Badge"}), 9)) ==
          "malformed");
  }
  SECTION("an end of one type too many") {
    CHECK(feed.say(StatementKind::accredit_revoke,
                   Json::object({{"subject", kGlobex}, {"types", types(kMaxTypes + 1)}})) ==
          "too_large");
  }
  CHECK(feed.fold.accreditation(kGlobex, "Badge", feed.now) == nullptr);
  CHECK(feed.fold.accreditation(kGlobex, "Diploma", feed.now) == nullptr);
  CHECK(feed.fold.accreditation(kGlobex, "Diploma", before) != nullptr);
  CHECK(feed.fold.accreditation(kGlobex + "x", "Badge", feed.now) != nullptr);
}

TEST_CASE("an accreditation until a time that has passed ends the one before",
          "[registry][feed_fold]") {
  Feed feed;
  feed.say(StatementKind::accredit, accredit(kGlobex, Json::array({"Badge"}), 1));
  CHECK(feed.say(StatementKind::accredit, accredit(kGlobex, Json::array({"Badge"}), 1)
                                              .set("until", core::format_milliseconds(feed.now))) ==
        "no_effect");
  CHECK(feed.fold.accreditation(kGlobex, "Badge", feed.now) == nullptr);
  CHECK(feed.say(StatementKind::accredit,
                 accredit(kGlobex, Json::array({"Badge"}), 1)
                     .set("until", core::format_milliseconds(feed.now + Milliseconds(1))))
            .empty());
}

TEST_CASE("a delta that cannot be taken leaves its list incomplete for good",
          "[registry][feed_fold][STATUS-21]") {
  Feed feed;
  feed.say(StatementKind::status_list, list_body("r1", "revocation"));
  feed.say(StatementKind::status_list, list_body("r2", "revocation"));
  feed.say(StatementKind::status_delta, delta_body("r1", {7}));
  REQUIRE_FALSE(feed.fold.list_at(kListUrl)->incomplete_since);
  const auto at = feed.sequence;
  SECTION("one index too many") {
    std::vector<int> indexes;
    for (int i = 0; i <= static_cast<int>(revocation::kMaxDeltaIndexes); ++i) indexes.push_back(i);
    CHECK(feed.say(StatementKind::status_delta, delta_body("r1", indexes)) == "malformed");
  }
  SECTION("an encoding of a later version") {
    CHECK(feed.say(StatementKind::status_delta, delta_body("r1", {8}).set("encoding", "rice")) ==
          "malformed");
  }
  SECTION("a revocation taken back beside a new one") {
    CHECK(feed.say(StatementKind::status_delta, delta_body("r1", {8}, {7})) == "no_effect");
  }
  CHECK(feed.fold.list_at(kListUrl)->incomplete_since == at);
  feed.say(StatementKind::status_delta, delta_body("r1", {9}));
  CHECK(feed.fold.list_at(kListUrl)->incomplete_since == at);
  CHECK_FALSE(feed.fold.list_at("https://acme.example/status/r2")->incomplete_since);
}

TEST_CASE("a base says a list's bits as a whole", "[registry][feed_fold]") {
  Feed feed;
  feed.say(StatementKind::status_list, list_body("r1", "revocation"));
  feed.say(StatementKind::status_delta, delta_body("r1", {7}));
  CHECK(feed.say(StatementKind::status_base, base_body("r1", {7, 9})).empty());
  CHECK(feed.bits_of("r1") == std::vector<int>{7, 9});
  feed.say(StatementKind::status_delta, delta_body("r1", {8}));
  CHECK(feed.bits_of("r1") == std::vector<int>{7, 8, 9});
  CHECK(feed.say(StatementKind::status_base, base_body("r2", {1})) == "no_effect");
  CHECK_FALSE(feed.fold.takes_back());
  CHECK_FALSE(feed.fold.list_at(kListUrl)->incomplete_since);
}

TEST_CASE("a base that lacks one revocation ends what its feed says", "[registry][feed_fold]") {
  Feed feed;
  feed.say(StatementKind::status_list, list_body("r1", "revocation"));
  feed.say(StatementKind::status_list, list_body("s1", "suspension"));
  feed.say(StatementKind::status_delta, delta_body("r1", {7, 9}));
  feed.say(StatementKind::status_delta, delta_body("s1", {7, 9}));
  SECTION("of a suspension list it may lack any") {
    CHECK(feed.say(StatementKind::status_base, base_body("s1", {9})).empty());
    CHECK(feed.bits_of("s1") == std::vector<int>{9});
    CHECK_FALSE(feed.fold.takes_back());
  }
  SECTION("of a revocation list none") {
    const auto at = feed.sequence;
    CHECK(feed.say(StatementKind::status_base, base_body("r1", {6, 8, 9})) == "no_effect");
    CHECK(feed.fold.takes_back() == SaidAt{1, at});
    CHECK(feed.bits_of("r1") == std::vector<int>{7, 9});
    feed.say(StatementKind::status_delta, delta_body("r1", {10}));
    feed.say(StatementKind::status_base, base_body("r1", {}));
    CHECK(feed.fold.takes_back() == SaidAt{1, at});
    CHECK(feed.bits_of("r1") == std::vector<int>{7, 9});
  }
}

TEST_CASE("a base that cannot be read leaves its list incomplete for good",
          "[registry][feed_fold]") {
  Feed feed;
  feed.say(StatementKind::status_list, list_body("r1", "revocation"));
  const auto at = feed.sequence;
  CHECK(feed.say(StatementKind::status_base, base_body("r1", {7}).set("encoding", "gzip")) ==
        "malformed");
  CHECK(feed.fold.list_at(kListUrl)->incomplete_since == at);
  CHECK_FALSE(feed.fold.takes_back());
}

TEST_CASE("a feed declares so many lists and not one more", "[registry][feed_fold]") {
  Feed feed(kLittleRoom);
  for (std::size_t i = 0; i < feed.room.lists; ++i) {
    REQUIRE(feed.say(StatementKind::status_list, list_body("r" + std::to_string(i), "revocation"))
                .empty());
  }
  CHECK(feed.say(StatementKind::status_list, list_body("s1", "revocation")) == "feed_full");
  CHECK(feed.fold.list_at("https://acme.example/status/s1") == nullptr);
  CHECK(feed.say(StatementKind::status_delta, delta_body("s1", {1})) == "no_effect");
  CHECK(feed.say(StatementKind::status_list, list_body("r1", "suspension")) == "no_effect");
}

TEST_CASE("what members would make nothing of is not signed", "[registry][own_feed][feed_fold]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  const auto& acme = consortium.organisations[0];
  Node node(charter);
  const core::testing::TempDir keys;
  DiskGuardFile guard{keys / "guard.json", acme.scid};
  OwnFeed own(*node.replica, guard, acme.key, acme.scid, acme.key_id);
  node.read([&](core::Connection& connection) { must(own.check(connection)); });
  node.write([&](core::Transaction& tx) { must(own.open_epoch(tx, kNow)); });
  const auto code_of = [&](core::Transaction& tx, std::string_view kind, const Json& body) {
    const auto said = own.append(tx, kind, body, kNow);
    return said ? "" : std::string(code_name(said.error().code));
  };
  node.write([&](core::Transaction& tx) {
    CHECK(code_of(tx, "status.delta", delta_body("r1", {7})) == "no_effect");
    // What this transaction has said already counts.
    CHECK(code_of(tx, "status.list", list_body("r1", "revocation")).empty());
    CHECK(code_of(tx, "status.delta", delta_body("r1", {7})).empty());
    CHECK(code_of(tx, "status.delta", delta_body("r1", {}, {7})) == "no_effect");
    CHECK(code_of(tx, "status.list", list_body("r1", "revocation")) == "no_effect");
  });
  const auto undone = node.database->write([&](core::Transaction& tx) -> Result<void, core::Error> {
    CHECK(code_of(tx, "status.list", list_body("r2", "revocation")).empty());
    CHECK(code_of(tx, "status.delta", delta_body("r2", {7})).empty());
    return core::fail(core::Error{core::ErrorCode::storage, "undone"});
  });
  REQUIRE_FALSE(undone);
  node.write([&](core::Transaction& tx) {
    CHECK(code_of(tx, "status.delta", delta_body("r2", {7})) == "no_effect");
    CHECK(code_of(tx, "advisory", Json::object()).empty());
    CHECK(code_of(tx, "status.delta", delta_body("r2", {7})) == "no_effect");
    CHECK(code_of(tx, "accredit", accredit(kGlobex, types(kMaxTypes + 1), 0)) == "too_large");
    CHECK(code_of(tx, "node.set", Json::object()) == "malformed");
  });
}

}  // namespace feed_fold_test
