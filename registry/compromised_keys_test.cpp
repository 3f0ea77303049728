// A key is given up: what it signed counts only if it was published before.

#include "registry/compromised_keys.h"

#include <catch2/catch.hpp>

#include "registry/testing/node.h"
#include "registry/testing/reference_tree.h"

namespace compromised_keys_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

core::Sha256 leaf(const std::string& text) {
  return leaf_hash(core::as_bytes(text));
}

/// Three things issued, as they would be published.
struct Batch {
  std::vector<core::Sha256> leaves{leaf("one"), leaf("two"), leaf("three")};

  Json body() const { return to_json(IssuedBatch{merkle_root(leaves), 3}); }
  IssuedProof proof(std::size_t index, SaidAt at) const {
    return {at, static_cast<std::int64_t>(index), merkle_path(leaves, index)};
  }
};

/// The feed of Acme.
struct Feed {
  Feed() { node.receive({author.open()}); }
  SaidAt say(const std::string& kind, const Json& body) {
    node.receive({author.next(kind, body)});
    return {1, fold().position()->sequence};
  }
  SaidAt give_up(const std::string& key, SaidAt up_to) {
    return say("key.compromised", to_json(KeyCompromise{key, up_to}));
  }
  const FeedFold& fold() const { return *node.replica->view()->feed(acme.scid); }
  const CompromisedKey* compromised(const std::string& key) const {
    return fold().compromised_keys().find(own_key_name(key, member()));
  }
  const Member& member() const { return charter.members.find(acme.scid)->second; }
  std::string code(const Json& body) const {
    const auto checked = fold().check(StatementKind::key_compromised, body, kNow, member());
    return checked ? "" : std::string(code_name(checked.error().code));
  }

  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  Node node{charter};
  Author author{acme, charter.network};
  const Batch batch;
};

}  // namespace

TEST_CASE("a key that was given up counts for what was published up to the position",
          "[registry][compromised_keys]") {
  Feed feed;
  const auto first = feed.say("issued", feed.batch.body());
  const auto second = feed.say("issued", feed.batch.body());
  CHECK(feed.compromised(feed.acme.key_id) == nullptr);
  const auto said = feed.give_up(feed.acme.key_id, first);
  const auto after = feed.say("issued", feed.batch.body());
  const auto* key = feed.compromised(feed.acme.key_id);
  REQUIRE(key != nullptr);
  CHECK(key->up_to == first);
  CHECK(key->said == said);

  const auto& fold = feed.fold();
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(fold.was_issued(feed.batch.leaves[i], feed.batch.proof(i, first), *key));
  CHECK_FALSE(fold.was_issued(feed.batch.leaves[0], feed.batch.proof(0, second), *key));
  CHECK_FALSE(fold.was_issued(feed.batch.leaves[0], feed.batch.proof(0, after), *key));
  CHECK_FALSE(fold.was_issued(feed.batch.leaves[0], feed.batch.proof(0, SaidAt{1, 0}), *key));
  CHECK_FALSE(fold.was_issued(feed.batch.leaves[0], feed.batch.proof(1, first), *key));
  CHECK_FALSE(fold.was_issued(leaf("four"), feed.batch.proof(0, first), *key));
  auto longer = feed.batch.proof(0, first);
  longer.path.push_back(leaf("five"));
  CHECK_FALSE(fold.was_issued(feed.batch.leaves[0], longer, *key));

  const auto root = feed.node.root();
  feed.node.restart();
  CHECK(feed.node.root() == root);
  CHECK(feed.compromised(feed.acme.key_id)->up_to == first);
}

TEST_CASE("giving a key up is final, and its position only moves back",
          "[registry][compromised_keys]") {
  Feed feed;
  const auto first = feed.say("issued", feed.batch.body());
  const auto second = feed.say("issued", feed.batch.body());
  const auto said = feed.give_up(feed.acme.key_id, second);
  feed.give_up(feed.acme.key_id, {1, 4});
  CHECK(feed.compromised(feed.acme.key_id)->up_to == second);
  CHECK(feed.compromised(feed.acme.key_id)->said == said);
  const auto earlier = feed.give_up(feed.acme.key_id, first);
  CHECK(feed.compromised(feed.acme.key_id)->up_to == first);
  CHECK(feed.compromised(feed.acme.key_id)->said == earlier);
}

TEST_CASE("a position that is still to come is that of the statement",
          "[registry][compromised_keys]") {
  Feed feed;
  const auto said = feed.give_up(feed.acme.key_id, {7, 0});
  CHECK(feed.compromised(feed.acme.key_id)->up_to == said);
}

TEST_CASE("a broken body leaves nothing of the key that it names", "[registry][compromised_keys]") {
  Feed feed;
  const auto first = feed.say("issued", feed.batch.body());
  feed.say("key.compromised", Json::object({{"key", feed.acme.key_id}}));
  const auto* key = feed.compromised(feed.acme.key_id);
  REQUIRE(key != nullptr);
  CHECK_FALSE(feed.fold().was_issued(feed.batch.leaves[0], feed.batch.proof(0, first), *key));
}

TEST_CASE("a member gives up its own keys, by either name, and those below its location",
          "[registry][compromised_keys]") {
  Feed feed;
  const auto name = [&](const std::string& key) { return own_key_name(key, feed.member()); };
  CHECK(name(feed.acme.key_id) == feed.acme.key_id);
  CHECK(name("did:web:acme.example#key-1") == feed.acme.key_id);
  CHECK(name("did:web:acme.example:agents:a#key-1") == "did:web:acme.example:agents:a#key-1");
  for (const std::string& other :
       {feed.acme.did, feed.acme.did + "#", feed.acme.did + "/a#key-1",
        feed.acme.did + "?a=b#key-1", feed.consortium.organisations[1].key_id,
        std::string("did:web:acme.example.evil#key-1"),
        std::string("did:web:globex.example:agents:a#key-1"), std::string("#key-1"), std::string()})
    CHECK(name(other).empty());

  const auto digest = feed.fold().interval_digest();
  feed.give_up(feed.consortium.organisations[1].key_id, {1, 0});
  CHECK(feed.fold().interval_digest() == digest);
  feed.give_up("did:web:acme.example#key-1", {1, 1});
  CHECK(feed.compromised(feed.acme.key_id)->up_to == SaidAt{1, 1});
}

TEST_CASE("the view root holds which keys were given up and what was issued",
          "[registry][compromised_keys]") {
  Feed feed;
  const auto issued = feed.author.next("issued", feed.batch.body());
  feed.node.receive({issued});
  feed.give_up(feed.acme.key_id, {1, 1});
  // The tree over one batch is the leaf of its statement.
  CHECK(feed.fold().interval_digest() ==
        digest_of_rows(
            {"[\"issued\",\"" + issued.hash + "\",\"\",\"\",\"\",\"1\",\"" + feed.acme.scid + "\"]",
             "[\"key.compromised\",\"" + feed.acme.key_id + "\",\"\",\"\",\"1/1\",\"\",\"" +
                 feed.acme.scid + "\"]"}));
}

TEST_CASE("what would have no effect on a key is not said", "[registry][compromised_keys]") {
  Feed feed;
  feed.say("issued", feed.batch.body());
  const auto body = [&](SaidAt up_to) { return to_json(KeyCompromise{feed.acme.key_id, up_to}); };
  CHECK(feed.code(body({1, 1})).empty());
  CHECK(feed.code(body({1, 2})) == "no_effect");  // still to come
  CHECK(feed.code(body({2, 0})) == "no_effect");
  CHECK(feed.code(to_json(KeyCompromise{feed.consortium.organisations[1].key_id, {1, 0}})) ==
        "no_effect");
  CHECK(feed.code(Json::object({{"key", feed.acme.key_id}})) == "malformed");
  auto more = body({1, 1});
  more.set("more", true);
  CHECK(feed.code(more) == "malformed");
  feed.give_up(feed.acme.key_id, {1, 1});
  CHECK(feed.code(body({1, 1})) == "no_effect");
  CHECK(feed.code(body({1, 0})).empty());
}

TEST_CASE("a batch that breaks its form, or is too large, contains nothing",
          "[registry][compromised_keys]") {
  const Batch batch;
  CHECK(parse_issued_batch(batch.body()));
  for (const std::int64_t size : {std::int64_t{0}, kMaxIssuedBatch + 1}) {
    auto body = batch.body();
    body.set("size", size);
    CHECK_FALSE(parse_issued_batch(body));
  }
  auto body = batch.body();
  body.set("size", kMaxIssuedBatch);
  CHECK(parse_issued_batch(body));
  body.set("root", "u");
  CHECK_FALSE(parse_issued_batch(body));

  const auto proof = batch.proof(2, {1, 1});
  const auto read = parse_issued_proof(to_json(proof));
  REQUIRE(read);
  CHECK(read->batch == proof.batch);
  CHECK(read->index == 2);
  CHECK(read->path == proof.path);
  auto json = to_json(proof);
  json.set("path", Json::array({"u"}));
  CHECK_FALSE(parse_issued_proof(json));
  auto path = Json::array();
  for (int i = 0; i < 16; ++i) path.push_back(core::to_multibase(batch.leaves[0]));
  json.set("path", path);
  CHECK(parse_issued_proof(json));
  path.push_back(core::to_multibase(batch.leaves[0]));
  json.set("path", path);
  CHECK_FALSE(parse_issued_proof(json));
}

TEST_CASE("a batch that is said again counts from there on, also under its old position",
          "[registry][compromised_keys]") {
  Feed feed;
  const auto& batch = feed.batch;
  const auto again = [&](std::optional<SaidAt> was) {
    return to_json(IssuedBatch{merkle_root(batch.leaves), 3, was});
  };
  CHECK(parse_issued_batch(again(SaidAt{1, 0}))->was == SaidAt{1, 0});
  CHECK_FALSE(parse_issued_batch(again({}))->was);
  const auto first = feed.say("issued", again(SaidAt{1, 0}));
  const auto ahead = feed.say("issued", again(SaidAt{1, 9}));  // what is still to come was not
  const auto counts = [&](SaidAt named, SaidAt up_to, std::size_t index = 1) {
    return feed.fold().was_issued(batch.leaves[1], batch.proof(index, named), {up_to, {}});
  };
  CHECK(counts({1, 0}, first));
  CHECK(counts(first, first));
  // Not before it was said again: whoever stole the next key could say anything of the past.
  CHECK_FALSE(counts({1, 0}, SaidAt{1, 0}));
  CHECK_FALSE(counts({1, 0}, first, 0));
  CHECK(counts(ahead, ahead));
  CHECK_FALSE(counts({1, 9}, ahead));
  CHECK_FALSE(counts({1, 7}, ahead));
  auto broken = again({});
  broken.set("was", Json::object({{"epoch", 1}}));
  CHECK_FALSE(parse_issued_batch(broken));
}

TEST_CASE("whoever says something else again under a batch's old position does not displace it",
          "[registry][compromised_keys]") {
  const Feed feed;
  const auto& batch = feed.batch;
  const SaidAt was{1, 0};
  auto statement = Author(feed.author).next("issued", batch.body());
  const auto ours_after = [&](std::size_t others) {
    IssuedRoots roots;
    for (statement.sequence = 1; statement.sequence <= static_cast<std::int64_t>(others);
         ++statement.sequence) {
      statement.body = to_json(IssuedBatch{leaf(std::to_string(statement.sequence)), 3, was});
      roots.apply(statement);
    }
    statement.body = to_json(IssuedBatch{merkle_root(batch.leaves), 3, was});
    roots.apply(statement);
    return roots;
  };
  const auto find = [&](const IssuedRoots& roots, SaidAt at) {
    return roots.find(batch.leaves[1], batch.proof(1, at));
  };
  CHECK(find(ours_after(0), was) == SaidAt{1, 1});
  CHECK(find(ours_after(1), was) == SaidAt{1, 2});
  CHECK(find(ours_after(63), was) == SaidAt{1, 64});
  // Whoever looks something up does not wait for more; by its new position it is found.
  CHECK_FALSE(find(ours_after(64), was));
  CHECK(find(ours_after(64), SaidAt{1, 65}) == SaidAt{1, 65});
}

TEST_CASE("of a feed the latest 100,000 batches are known", "[registry][compromised_keys]") {
  Feed feed;
  IssuedRoots roots;
  const auto body = feed.batch.body();
  auto statement = feed.author.next("issued", body);
  const auto publish = [&](std::int64_t from, std::int64_t to) {
    for (statement.sequence = from; statement.sequence < to; ++statement.sequence)
      roots.apply(statement);
  };
  const auto contains = [&](std::int64_t sequence) {
    return roots.find(feed.batch.leaves[1], feed.batch.proof(1, {1, sequence})).has_value();
  };
  publish(1, 100'001);
  CHECK(contains(1));
  CHECK(contains(100'000));
  publish(100'001, 100'002);
  CHECK_FALSE(contains(1));
  CHECK(contains(2));
  CHECK(contains(50'000));
  CHECK(contains(100'001));
  CHECK_FALSE(contains(100'002));
}

TEST_CASE("the name of a key has at most 512 bytes, and of a longer one nothing is kept",
          "[registry][compromised_keys]") {
  Feed feed;
  const auto named = [&](std::size_t bytes) {
    const std::string did = feed.acme.did + "#";
    return did + std::string(bytes - did.size(), 'k');
  };
  const auto body = [](const std::string& key) { return to_json(KeyCompromise{key, {1, 0}}); };
  CHECK(feed.code(body(named(512))).empty());
  CHECK(feed.code(body(named(513))) == "too_large");

  feed.give_up(named(512), {1, 0});
  CHECK(feed.compromised(named(512)) != nullptr);
  CHECK_FALSE(feed.fold().compromised_keys().lacks_some());
  feed.give_up(named(513), {1, 0});
  CHECK(feed.compromised(named(513)) == nullptr);
  CHECK(feed.fold().compromised_keys().rows(named(513), feed.acme.scid).empty());
  // That something is missing is known all the same.
  CHECK(feed.fold().compromised_keys().lacks_some());
}

}  // namespace compromised_keys_test
