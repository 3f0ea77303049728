// Whom a node hears after a start before it signs anything: with its guard files, and after a restore without them.

#include "node/hearing.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/testing/temp_dir.h"
#include "node/api/gossip_routes.h"
#include "node/testing/gossip_parts.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "registry/testing/governors.h"
#include "registry/testing/node.h"

namespace avow::node::hearing_test {
namespace {

using core::Json;
using registry::testing::Consortium;
using testing::must;
using testing::Rooms;

std::vector<std::string> multikeys(std::size_t count) {
  std::vector<std::string> out;
  for (const auto& key : registry::testing::witness_keys(count))
    out.push_back(key.public_key().to_multikey());
  return out;
}

Audience audience_of(std::size_t witnesses, const std::string& own = "") {
  Audience audience{false, {"one", "two"}, {}, own};
  if (witnesses > 0) {
    audience.witnesses =
        registry::testing::witnesses_of(registry::testing::witness_keys(witnesses));
  }
  return audience;
}

bool is_enough(const Audience& audience, std::set<std::string> peers, std::size_t witnesses,
               std::size_t from = 0) {
  const auto keys = multikeys(7);
  Heard heard{std::move(peers), {}};
  for (std::size_t i = from; i < from + witnesses; ++i) heard.witnesses.insert(keys.at(i));
  return still_to_be_heard(audience, heard).empty();
}

TEST_CASE("with guard files one peer is heard, without them all, or a quorum of the witnesses",
          "[node][hearing]") {
  auto guarded = audience_of(4);
  guarded.has_guard_files = true;
  CHECK_FALSE(is_enough(guarded, {}, 0));
  CHECK(is_enough(guarded, {"one"}, 0));

  const auto all = audience_of(0);
  CHECK_FALSE(is_enough(all, {"one"}, 0));
  CHECK_FALSE(is_enough(all, {"one", "another"}, 0));
  CHECK(is_enough(all, {"one", "two"}, 0));
  CHECK(still_to_be_heard(all, {{"one"}, {}}) == "every peer: not yet two");

  // floor(2w/3) + 1 of w.
  const std::map<std::size_t, std::size_t> quorums{{1, 1}, {2, 2}, {3, 3}, {4, 3}, {5, 4}, {7, 5}};
  for (const auto& [witnesses, quorum] : quorums) {
    INFO(witnesses);
    const auto some = audience_of(witnesses);
    CHECK_FALSE(is_enough(some, {"one", "two"}, quorum - 1));
    CHECK(is_enough(some, {"one"}, quorum));
  }
}

TEST_CASE("a witness does not count its own word", "[node][hearing]") {
  const auto keys = multikeys(7);
  // Of four all three others; of seven five of six; of three both; alone there is no other, so every peer.
  CHECK_FALSE(is_enough(audience_of(4, keys[0]), {}, 3, /*from=*/0));
  CHECK(is_enough(audience_of(4, keys[0]), {}, 3, /*from=*/1));
  CHECK_FALSE(is_enough(audience_of(7, keys[0]), {}, 4, /*from=*/1));
  CHECK(is_enough(audience_of(7, keys[0]), {}, 5, /*from=*/1));
  CHECK_FALSE(is_enough(audience_of(3, keys[0]), {"one", "two"}, 1, /*from=*/1));
  CHECK(is_enough(audience_of(3, keys[0]), {}, 2, /*from=*/1));
  CHECK_FALSE(is_enough(audience_of(1, keys[0]), {"one"}, 1, /*from=*/0));
  CHECK(is_enough(audience_of(1, keys[0]), {"one", "two"}, 0));
}

TEST_CASE("a witness's word answers one challenge, and nobody else can give it",
          "[node][hearing][hostile]") {
  const auto keys = registry::testing::witness_keys(3);
  const std::vector<core::Ed25519PublicKey> named{keys[0].public_key(), keys[1].public_key()};
  const Json word = sign_holding({"uNetwork", "QmFeed", "uLast", 3, {"uVote"}, {"uOne", "uTwo"}},
                                 "asked", keys[1]);
  const auto read = read_holding(word, "asked", named);
  REQUIRE(read);
  CHECK(read->witness == keys[1].public_key().to_multikey());
  CHECK(read->holding.network == "uNetwork");
  CHECK(read->holding.feed == "QmFeed");
  CHECK(read->holding.last == "uLast");
  CHECK(read->holding.slot == 3);
  CHECK(read->holding.votes == std::vector<std::string>{"uVote"});
  CHECK(read->holding.emergencies == std::vector<std::string>{"uOne", "uTwo"});
  CHECK_FALSE(read_holding(word, "asked again", named));
  CHECK_FALSE(read_holding(word, "asked", {keys[0].public_key()}));
  CHECK_FALSE(
      read_holding(sign_holding({"uNetwork", "QmFeed", ""}, "asked", keys[2]), "asked", named));
  CHECK(read_holding(sign_holding({"uNetwork", "QmFeed", ""}, "asked", keys[0]), "asked", named));
  for (const char* member : {"type", "network", "feed", "last"}) {
    INFO(member);
    Json changed = word;
    changed.set(member, "another");
    CHECK_FALSE(read_holding(changed, "asked", named));
  }
  for (const auto& [member, value] : {std::pair("slot", Json(2)),
                                      {"votes", Json::array()},
                                      {"emergencies", Json::array()},
                                      {"more", Json(1)}}) {
    INFO(member);
    Json changed = word;
    changed.set(member, value);
    CHECK_FALSE(read_holding(changed, "asked", named));
  }
  CHECK_FALSE(read_holding(Json(1), "asked", named));
}

TEST_CASE("a witness's word names 256 votes and as many emergencies at most",
          "[node][hearing][hostile]") {
  const auto keys = registry::testing::witness_keys(1);
  const std::vector<std::string> most(256, "u");
  const std::vector<std::string> too_many(257, "u");
  const auto is_read = [&](const auto& votes, const auto& emergencies) {
    const Holding held{"uNetwork", "QmFeed", "", 2, votes, emergencies};
    return read_holding(sign_holding(held, "asked", keys[0]), "asked", {keys[0].public_key()})
        .has_value();
  };
  CHECK(is_read(most, most));
  CHECK_FALSE(is_read(too_many, most));
  CHECK_FALSE(is_read(most, too_many));
}

/// Pulls often, so that nothing here waits for the next one.
gossip::Gossip::Parts eager_gossip_parts(Rooms& rooms, core::HttpFetcher& network,
                                         std::vector<std::string> peers) {
  auto parts = testing::gossip_parts(rooms, network, std::move(peers));
  parts.pull_every = std::chrono::milliseconds(100);
  return parts;
}

/// A member's node, as far as its peers see it.
struct Peer {
  Peer(const registry::testing::Organisation& whose, const registry::Charter& charter,
       core::HttpFetcher& network, const core::Ed25519SigningKey* witnessing)
      : rooms(whose, folder.path()),
        gossip(testing::gossip_parts(rooms, network, {})),
        guard(folder / "witness.guard",
              witnessing != nullptr ? witnessing->public_key().to_multikey() : "") {
    must(rooms.join(charter));
    if (witnessing != nullptr) {
      REQUIRE(guard.write({}));
      witness.emplace(LogWitness::Parts{*rooms.database, rooms.replica, *rooms.membership,
                                        rooms.audit, *witnessing, guard, rooms.clock});
    }
    http::RouteTable table;
    api::add_gossip_routes(table, {gossip, rooms.replica, *rooms.database, *rooms.membership,
                                   witness ? &*witness : nullptr});
    routes.emplace(std::move(table));
  }
  void take(const std::vector<registry::Statement>& statements) {
    registry::Objects objects;
    for (const auto& one : statements) objects.statements.push_back(one.text);
    must(gossip.receive(objects));
  }
  void take(registry::ObjectClass object_class, const std::string& text) {
    registry::Objects objects;
    objects.of(object_class).push_back(text);
    REQUIRE(must(gossip.receive(objects)).rejected.empty());
  }

  const core::testing::TempDir folder;
  Rooms rooms;
  gossip::Gossip gossip;
  registry::DiskGuardFile guard;
  std::optional<LogWitness> witness;
  std::optional<testing::RouteCaller> routes;
  std::atomic<bool> is_up = true;
  std::atomic<bool> says_what_it_holds = true;
};

std::string url_of(std::size_t member) {
  return "http://10.0.0." + std::to_string(member) + ":8444";
}

/// Acme, whose database was put back to where it had said two things of four; of the other members, the first up to
/// `knowing` know all four, the rest were told of two, or of `told`. Acme asks those that follow it as its peers.
struct World final : core::HttpFetcher {
  World(std::size_t members, std::size_t witnesses, std::size_t knowing, std::ptrdiff_t told = 2)
      : consortium(members, witnesses), keys(registry::testing::witness_keys(witnesses)) {
    {
      Rooms first(acme(), folder.path());
      must(first.join(consortium.charter()));
    }
    std::filesystem::copy(folder.path(), snapshot());
    std::vector<registry::Statement> said;
    {
      Rooms second(acme(), folder.path(), 2);
      must(second.join(consortium.charter()));
      must(second.enrolment->add(second.request("Support"), "uid 1"));
      said = second.said();
    }
    REQUIRE(said.size() == 4);
    for (std::size_t i = 1; i < members; ++i) {
      auto peer = std::make_unique<Peer>(consortium.organisations[i], consortium.charter(), *this,
                                         i <= witnesses ? &keys[i - 1] : nullptr);
      peer->take(i <= knowing ? said : std::vector(said.begin(), said.begin() + told));
      urls.push_back(url_of(i));
      peers.emplace(url_of(i), std::move(peer));
    }
  }
  ~World() override { stop(); }

  const registry::testing::Organisation& acme() const { return consortium.organisations[0]; }
  std::filesystem::path snapshot() const { return beside / "restored"; }
  std::filesystem::path guard() const { return snapshot() / "guard.json"; }
  Peer& peer(std::size_t member) { return *peers.at(url_of(member)); }

  void start() { start(*this); }
  void start(core::HttpFetcher& network) {
    rooms = std::make_unique<Rooms>(acme(), snapshot(), 3, urls);
    must(rooms->join(consortium.charter()));
    is_told_of_file = rooms->logged.str().find("\"guard_file_lost\"") != std::string::npos;
    gossip.emplace(eager_gossip_parts(*rooms, network, urls));
    gossip->start();
  }
  void stop() {
    gossip.reset();
    rooms.reset();
  }
  std::string refusal() {
    const auto may = rooms->membership->check_may_sign();
    return may ? "" : std::string(code_name(may.error().code));
  }
  /// Of the witness whose node that member's is.
  std::string multikey(std::size_t member) const {
    return keys.at(member - 1).public_key().to_multikey();
  }
  std::size_t logged(const std::string& event) const {
    const auto text = rooms->logged.str();
    std::size_t count = 0;
    for (auto at = text.find(event); at != std::string::npos; at = text.find(event, at + 1))
      ++count;
    return count;
  }
  std::string why() { return rooms->membership->check_may_sign().error().why; }
  /// Where the charter names no witnesses.
  bool was_heard(std::size_t member) {
    return comes_to([&] { return why().find(url_of(member)) == std::string::npos; });
  }
  /// Where it does: who is asked again was heard when it was asked before.
  bool was_asked_twice(std::size_t member) {
    return comes_to([&] {
      const std::lock_guard lock(mutex);
      return asked[url_of(member)] >= 2;
    });
  }
  /// Whose change log was asked for so often.
  bool was_pulled(std::size_t member, int times) {
    return comes_to([&] {
      const std::lock_guard lock(mutex);
      return pulled[url_of(member)] >= times;
    });
  }
  static bool comes_to(const std::function<bool()>& what) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!what()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    const auto& found = *std::find_if(peers.begin(), peers.end(), [&](const auto& one) {
      return request.url.starts_with(one.first);
    });
    if (!found.second->is_up)
      return core::fail(core::Error{core::ErrorCode::unreachable, "connection refused"});
    const auto target = request.url.substr(found.first.size());
    if (target.find("/since?") != std::string::npos) {
      const std::lock_guard lock(mutex);
      ++pulled[found.first];
    }
    if (target.ends_with("/holding")) {
      const std::lock_guard lock(mutex);
      ++asked[found.first];
      if (!found.second->says_what_it_holds) return core::HttpResponse{404, {}, "{}"};
    }
    const auto& routes = *found.second->routes;
    const auto answer =
        request.method == "GET" ? routes.get(target) : routes.post_text(target, request.body);
    return core::HttpResponse{answer.status, {}, answer.text};
  }

  const Consortium consortium;
  const std::vector<core::Ed25519SigningKey> keys;
  const core::testing::TempDir folder;
  const core::testing::TempDir beside;
  std::vector<std::string> urls;
  std::map<std::string, std::unique_ptr<Peer>> peers;
  std::unique_ptr<Rooms> rooms;
  std::optional<gossip::Gossip> gossip;
  bool is_told_of_file = false;
  std::mutex mutex;
  std::map<std::string, int> asked;   // what it holds
  std::map<std::string, int> pulled;  // its change log
};

TEST_CASE(
    "a node restored without its guard file hears every peer before it signs, and learns what it "
    "had said [GOSSIP-18]",
    "[node][hearing][GOSSIP-18]") {
  World world(3, /*witnesses=*/0, /*knowing=*/1);
  Peer& knows = world.peer(1);
  knows.is_up = false;
  std::filesystem::remove(world.guard());
  world.start();
  CHECK(world.is_told_of_file);
  REQUIRE(world.was_heard(2));
  CHECK(world.refusal() == "awaiting_peers");
  CHECK(world.why().find(url_of(1)) != std::string::npos);
  CHECK(world.why().find(url_of(2)) == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(world.guard()));  // it would hide that it is missing
  SECTION("the same after another start") {
    world.stop();
    world.start();
    REQUIRE(world.was_heard(2));
    CHECK(world.refusal() == "awaiting_peers");
  }
  knows.is_up = true;
  CHECK(World::comes_to([&] { return world.refusal() == "restored_backup"; }));
  CHECK(world.rooms->said().size() == 4);  // nothing of its own beside what came back
}

TEST_CASE("with its guard file a restored node hears one peer, as after any start",
          "[node][hearing]") {
  World world(3, /*witnesses=*/0, /*knowing=*/0);
  world.peer(1).is_up = false;
  world.start();
  CHECK(World::comes_to([&] { return world.refusal().empty(); }));
  CHECK_FALSE(world.is_told_of_file);
}

TEST_CASE("a first start hears one peer, since its guard file says that nothing was signed",
          "[node][hearing]") {
  World world(3, /*witnesses=*/0, /*knowing=*/0);
  world.peer(1).is_up = false;
  const core::testing::TempDir folder;
  const auto& globex = world.consortium.organisations[1];
  Rooms rooms(globex, folder.path(), 4, world.urls);
  bool is_new = true;
  SECTION("made by init") {}
  SECTION("of another one, put back without it") {
    is_new = false;
    std::filesystem::remove(folder / "guard.json");
  }
  must(rooms.join(world.consortium.charter()));
  gossip::Gossip gossip(eager_gossip_parts(rooms, world, world.urls));
  gossip.start();
  REQUIRE(World::comes_to([&] {
    const auto may = rooms.membership->check_may_sign();
    return may || may.error().why.find("every peer: not yet " + url_of(1)) != std::string::npos;
  }));
  CHECK(rooms.membership->may_sign() == is_new);
  gossip.stop();
}

TEST_CASE("when no peer knows more a node restored without its guard file signs, and has one again",
          "[node][hearing]") {
  World world(3, /*witnesses=*/0, /*knowing=*/0, /*told=*/GENERATE(0, 1, 2));
  std::filesystem::remove(world.guard());
  world.start();
  CHECK(World::comes_to([&] { return world.refusal().empty(); }));
  const auto mark = world.rooms->guard.read().value();
  REQUIRE(mark);
  CHECK(mark->hash == world.rooms->said().back().hash);
}

TEST_CASE("where the charter names witnesses, a quorum of them is heard, and no other peer counts",
          "[node][hearing][witness]") {
  World world(5, /*witnesses=*/4, /*knowing=*/0);
  SECTION("three of four") {
    world.peer(3).is_up = false;
    world.peer(4).is_up = false;
  }
  SECTION("one more peer, which is none") {
    world.peer(4).says_what_it_holds = false;
    world.peer(3).is_up = false;
  }
  std::filesystem::remove(world.guard());
  world.start();
  for (const std::size_t member : {1U, 2U}) REQUIRE(world.was_asked_twice(member));
  if (world.peer(4).is_up) REQUIRE(world.was_asked_twice(4));
  CHECK(world.refusal() == "awaiting_peers");
  for (std::size_t witness = 0; witness < 4; ++witness) {
    const bool is_missing =
        world.why().find(world.keys[witness].public_key().to_multikey()) != std::string::npos;
    CHECK(is_missing == (witness > 1));
  }
  world.peer(3).is_up = true;
  CHECK(World::comes_to([&] { return world.refusal().empty(); }));
  CHECK(world.rooms->guard.read().value());
}

TEST_CASE("of what a witness holds nobody between can hide anything [GOSSIP-18]",
          "[node][hearing][witness][hostile][GOSSIP-18]") {
  // The first witness knows more; who stands before it shows a change log without that.
  World world(4, /*witnesses=*/3, /*knowing=*/1);
  std::filesystem::remove(world.guard());
  struct Detour final : core::HttpFetcher {
    explicit Detour(World& all) : world(all) {}
    core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
      core::HttpRequest passed = request;
      if (request.url.starts_with(url_of(1)) && !request.url.ends_with("/holding"))
        passed.url = url_of(2) + request.url.substr(url_of(1).size());
      return world.fetch(passed);
    }
    World& world;
  } detour(world);
  world.start(detour);
  for (const std::size_t member : {1U, 2U, 3U}) REQUIRE(world.was_asked_twice(member));
  CHECK(world.refusal() == "awaiting_peers");
  CHECK(world.why().find("2 were, not yet " + world.multikey(1)) != std::string::npos);
}

/// What Acme had signed as a governor, or the network decided meanwhile, and its restored database has forgotten.
std::pair<registry::ObjectClass, std::string> forgotten_by(const World& world) {
  const auto charter = world.consortium.charter();
  const auto& all = world.consortium.organisations;
  const auto ballots = registry::testing::ballots_for(
      {&all[0], &all[1], &all[2], &all[3]}, charter,
      {registry::testing::suspend_action(all[1].scid, "2026-11-23T08:00:00.000Z")});
  switch (GENERATE(0, 1, 2)) {
    case 0:
      return {registry::ObjectClass::vote,
              registry::testing::cast(all[0], charter, registry::VotePhase::prepare, 1,
                                      ballots.slot.hash)
                  .text};
    case 1:
      return {registry::ObjectClass::emergency,
              registry::testing::emergency_by(all[0], charter, all[1].scid, "2026-11-21T08:00:00Z",
                                              "2026-11-22T08:00:00Z")
                  .text};
    default:  // by which the votes on its slot were taken out
      return {registry::ObjectClass::slot, ballots.decision};
  }
}

/// Changes what peers answer to one request.
struct Between final : core::HttpFetcher {
  using Change = std::function<void(const std::string& url, Json& body)>;
  Between(World& all, std::string what, Change how)
      : world(all), request_for(std::move(what)), change(std::move(how)) {}
  ~Between() override { world.gossip.reset(); }  // whose threads fetch through this
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    auto answer = world.fetch(request);
    if (!is_between || !answer || answer->status != 200 ||
        request.url.find(request_for) == std::string::npos)
      return answer;
    Json body = *core::parse_json(answer->body);
    change(request.url, body);
    answer->body = core::to_canonical(body);
    return answer;
  }
  World& world;
  const std::string request_for;
  const Change change;
  std::atomic<bool> is_between = true;
};

TEST_CASE("an id that nobody has signed keeps a peer from being heard for as long as it is listed",
          "[node][hearing][hostile]") {
  World world(3, /*witnesses=*/0, /*knowing=*/0);
  std::filesystem::remove(world.guard());
  Between between(world, url_of(1) + "/gossip/v1/since", [&](const std::string&, Json& body) {
    Json ids = *body.find("ids");
    ids.push_back(
        Json::array({"statement", world.acme().scid + "/1/99", "u" + std::string(43, 'A'), 1}));
    body.set("ids", std::move(ids));
  });
  world.start(between);
  REQUIRE(world.was_heard(2));
  const auto told = url_of(1) + " lists statement 1/99 of ours and does not give it";
  CHECK(World::comes_to([&] { return world.why().find(told) != std::string::npos; }));
  REQUIRE(world.was_pulled(1, 3));
  CHECK(world.refusal() == "awaiting_peers");
  between.is_between = false;
  CHECK(World::comes_to([&] { return world.refusal().empty(); }));
  world.gossip.reset();
  CHECK(world.logged("peer_not_heard") == 1);
}

TEST_CASE("a peer that does not give what is missing of another member is heard all the same",
          "[node][hearing][hostile]") {
  World world(3, /*witnesses=*/0, /*knowing=*/0);
  std::filesystem::remove(world.guard());
  struct Refusing final : core::HttpFetcher {
    explicit Refusing(World& all) : world(all) {}
    ~Refusing() override { world.gossip.reset(); }  // whose threads fetch through this
    core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
      if (request.url.ends_with("/fetch") &&
          !gossip::parse_fetch(*core::parse_json(request.body))->want.empty()) {
        ++refused;
        return core::HttpResponse{400, {}, "{}"};
      }
      return world.fetch(request);
    }
    World& world;
    std::atomic<int> refused = 0;
  } network(world);
  for (auto& [url, peer] : world.peers) peer->is_up = false;
  world.start(network);
  // A member whose signed head is ahead of all that anybody here has of it.
  const auto& globex = world.consortium.organisations[1];
  registry::testing::Author author(globex, world.consortium.charter().network);
  std::vector<registry::Statement> unseen{author.open()};
  while (unseen.size() < 50) unseen.push_back(author.note("unseen"));
  registry::Objects objects;
  objects.heads = {registry::testing::head_of(globex, unseen,
                                              world.rooms->replica.view()->status_root(globex.scid),
                                              registry::testing::kNow)
                       .text};
  REQUIRE(must(world.gossip->receive(objects)).rejected.empty());
  for (auto& [url, peer] : world.peers) peer->is_up = true;
  CHECK(World::comes_to([&] { return world.refusal().empty(); }));
  CHECK(network.refused > 0);
}

TEST_CASE("a change log is in doubt unless it ends, of our feed, where we do", "[node][hearing]") {
  using Kind = Doubt::Kind;
  const Consortium consortium;
  const auto& acme = consortium.organisations[0];
  registry::testing::Node node(consortium.charter());
  const auto kind_of = [&](const LogShown& shown) -> std::optional<Kind> {
    const auto view = node.replica->view();
    const auto doubt = doubt_about(shown, *view, acme.scid);
    return doubt ? std::optional(doubt->kind) : std::nullopt;
  };
  const auto ending_with = [](const registry::Statement& one) {
    registry::ObjectId id;
    id.feed = one.feed;
    id.epoch = one.epoch;
    id.sequence = one.sequence;
    id.hash = one.hash;
    return LogShown{false, false, id};
  };
  registry::testing::Author author(acme, consortium.charter().network);
  const auto first = author.open();
  const auto second = author.note("second");
  auto twin = author;
  const auto third = author.note("third");
  // Before anything was said.
  CHECK_FALSE(kind_of({}));
  CHECK(kind_of(ending_with(first)) == Kind::gives_not);
  node.receive({first, second});
  CHECK_FALSE(kind_of(ending_with(second)));
  CHECK(kind_of({}) == Kind::knows_less);
  CHECK(kind_of(ending_with(first)) == Kind::knows_less);
  CHECK(kind_of(ending_with(third)) == Kind::gives_not);
  auto other = second;
  other.hash = third.hash;
  CHECK(kind_of(ending_with(other)) == Kind::gives_not);
  auto shown = ending_with(second);
  shown.withheld = true;
  CHECK(kind_of(shown) == Kind::withheld);
  shown.is_own = true;
  CHECK(kind_of(shown) == Kind::own_node);
  // Of a forked feed nobody knows where it ends.
  node.receive({third, twin.note("another third")});
  CHECK_FALSE(kind_of(ending_with(first)));
  CHECK(kind_of({}) == Kind::knows_less);
}

TEST_CASE("what is missing may be said by us where it is of our feed, or nobody knows whose it is",
          "[node][hearing]") {
  const Consortium consortium(4);
  const auto& acme = consortium.organisations[0];
  const auto& globex = consortium.organisations[1];
  registry::testing::Node node(consortium.charter());
  const auto is_ours = [&](const registry::Receipt& wanted) {
    bool ours = false;
    node.read([&](core::Connection& connection) {
      registry::FeedReader store(connection);
      ours = may_be_ours(wanted, *node.replica->view(), store, acme.scid);
    });
    return ours;
  };
  registry::Receipt of_another;
  of_another.need = {{globex.scid, 1, 0}, {globex.scid, registry::kLogEpoch, 2}};
  registry::Receipt hash;
  hash.need_hashes = {"uSomebody's"};
  registry::Receipt ours = of_another;
  SECTION("a statement") {
    ours.need.insert({acme.scid, 1, 3});
  }
  SECTION("a log entry") {
    ours.need.insert({acme.scid, registry::kLogEpoch, 2});
  }
  CHECK_FALSE(is_ours({}));
  CHECK_FALSE(is_ours(of_another));
  CHECK_FALSE(is_ours(hash));
  if (!ours.need.empty() && ours.need != of_another.need) CHECK(is_ours(ours));
  SECTION("a hash, where our feed is forked") {
    registry::testing::Author author(acme, consortium.charter().network);
    node.receive({author.open()});
    auto twin = author;
    node.receive({author.note("one"), twin.note("another")});
    REQUIRE(node.replica->view()->frozen(acme.scid));
    CHECK(is_ours(hash));
    CHECK_FALSE(is_ours(of_another));
  }
}

TEST_CASE("a peer whose change log has no end is not heard, and that is told",
          "[node][hearing][hostile]") {
  World world(3, /*witnesses=*/0, /*knowing=*/0);
  std::filesystem::remove(world.guard());
  Between between(world, url_of(1) + "/gossip/v1/since",
                  [](const std::string&, Json& body) { body.set("more", true); });
  world.start(between);
  REQUIRE(world.was_heard(2));
  const auto told = url_of(1) + " says after 64 answers that its change log goes on";
  CHECK(World::comes_to([&] { return world.why().find(told) != std::string::npos; }));
  CHECK(world.refusal() == "awaiting_peers");
  between.is_between = false;
  CHECK(World::comes_to([&] { return world.refusal().empty(); }));
  world.gossip.reset();
  CHECK(world.logged("peer_not_heard") == 1);
  CHECK(world.logged("peer_not_read") == 0);
}

TEST_CASE("why a peer's word as a witness does not count is told",
          "[node][hearing][witness][hostile]") {
  World world(4, /*witnesses=*/3, /*knowing=*/0);
  std::filesystem::remove(world.guard());
  const auto& initech = world.consortium.organisations[2].scid;
  Between between(world, "/gossip/v1/holding", [&](const std::string& url, Json& body) {
    const auto last = *body.find_string("last");
    if (url.starts_with(url_of(2)))
      body = sign_holding({"uAnother", world.acme().scid, last}, "asked", world.keys[1]);
  });
  std::string told;
  std::string event = "peer_not_heard";
  SECTION("it is none") {
    world.peer(2).says_what_it_holds = false;
    told = " gives no witness's word: the peer answered with HTTP status 404";
  }
  SECTION("it may have forgotten") {
    std::filesystem::remove(world.peer(2).folder / "witness.guard");
    told =
        " gives no witness's word: the peer answered with HTTP status 503: restored_backup: the "
        "guard file beside its key is missing";
  }
  SECTION("over another challenge") {
    told = " gives no word that a witness of the charter signed";
  }
  SECTION("it holds what is not here") {
    between.is_between = false;
    // Held by nobody's change log, as by one that hides it.
    world.peer(2).take(
        registry::ObjectClass::emergency,
        registry::testing::emergency_by(world.acme(), world.consortium.charter(), initech,
                                        "2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z")
            .text);
    world.peer(2).rooms.write([](core::Transaction& tx) {
      auto query = tx.query("DELETE FROM ingest WHERE class = 'emergency'");
      query.run();
    });
    told = " gives the word of " + world.multikey(2) +
           ", which holds an emergency of ours that is not here";
    event = "witness_knows_more";
  }
  world.start(between);
  CHECK(World::comes_to([&] { return world.why().find(url_of(2) + told) != std::string::npos; }));
  REQUIRE(world.was_asked_twice(2));
  CHECK(world.refusal() == "awaiting_peers");
  world.gossip.reset();
  CHECK(world.logged(event) == 1);
}

TEST_CASE("a node does not count itself, by whatever address it asks", "[node][hearing]") {
  World world(3, /*witnesses=*/0, /*knowing=*/0);
  if (GENERATE(true, false)) {
    std::filesystem::remove(world.guard());
  } else {
    for (auto& [url, peer] : world.peers) peer->is_up = false;  // with its files one is enough
  }
  struct Self final : core::HttpFetcher {
    explicit Self(World& all) : world(all) {}
    core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
      if (!request.url.starts_with(url_of(9))) return world.fetch(request);
      http::RouteTable table;
      api::add_gossip_routes(table, {*world.gossip, world.rooms->replica, *world.rooms->database,
                                     *world.rooms->membership});
      const testing::RouteCaller routes(std::move(table));
      const auto target = request.url.substr(url_of(9).size());
      const auto answer =
          request.method == "GET" ? routes.get(target) : routes.post_text(target, request.body);
      return core::HttpResponse{answer.status, {}, answer.text};
    }
    World& world;
  } network(world);
  world.urls.push_back(url_of(9));
  world.start(network);
  CHECK(World::comes_to(
      [&] { return world.why().find(url_of(9) + " is this node itself") != std::string::npos; }));
  if (world.peer(1).is_up) REQUIRE((world.was_pulled(1, 2) && world.was_pulled(2, 2)));
  CHECK(world.refusal() == "awaiting_peers");
  world.gossip->stop();
}

TEST_CASE("a guard file that cannot be written is no fault of a peer's, and is told",
          "[node][hearing]") {
  World world(3, /*witnesses=*/0, /*knowing=*/0);
  std::filesystem::remove(world.guard());
  const auto beside = world.snapshot() / "guard.json.new";
  std::filesystem::create_directory(beside);
  world.start();
  REQUIRE(World::comes_to([&] { return world.refusal() == "storage"; }));
  REQUIRE((world.was_pulled(1, 3) && world.was_pulled(2, 3)));
  const auto told = world.rooms->membership->check_may_sign().error();
  CHECK(told.what == "the guard file cannot be written");
  CHECK(told.why.find("guard.json.new") != std::string::npos);
  CHECK_FALSE(told.fix.empty());
  for (const auto& peer : world.gossip->peers()) {
    CHECK(peer.reachable);
    CHECK(peer.last_error.empty());
  }
  std::filesystem::remove(beside);
  CHECK(World::comes_to([&] { return world.refusal().empty(); }));
  CHECK(std::filesystem::exists(world.guard()));
  world.gossip.reset();
  CHECK(world.logged("signing_not_begun") == 1);
}

TEST_CASE("a change log that stops at what may not leave yet is not read to its end",
          "[node][hearing]") {
  World world(3, /*witnesses=*/0, /*knowing=*/0);
  std::filesystem::remove(world.guard());
  // The second has signed a statement of its own that its guard file does not know yet.
  auto& peer = world.peer(2).rooms;
  peer.write([&](core::Transaction& tx) {
    must(peer.membership->say(tx, registry::StatementKind::advisory, core::Json::object(),
                              peer.clock.now()));
  });
  world.start();
  REQUIRE(world.was_heard(1));
  REQUIRE(world.was_pulled(2, 3));
  CHECK(world.refusal() == "awaiting_peers");
  must(peer.membership->release());
  CHECK(World::comes_to([&] { return world.refusal().empty(); }));
}

TEST_CASE("what a node signed as a governor nobody between can hide either [GOSSIP-18]",
          "[node][hearing][witness][hostile][GOSSIP-18]") {
  World world(4, /*witnesses=*/3, /*knowing=*/0);
  std::filesystem::remove(world.guard());
  const auto forgotten = forgotten_by(world);
  const bool is_hidden = GENERATE(true, false);
  CAPTURE(registry::name_of(forgotten.first), is_hidden);
  world.peer(1).take(forgotten.first, forgotten.second);
  Between between(world, "/gossip/v1/since", [](const std::string&, Json& body) {
    Json left = Json::array();
    for (const auto& id : *body.find("ids")->as_array()) {
      if (id.as_array()->front() == Json("statement")) left.push_back(id);
    }
    body.set("ids", std::move(left));
  });
  if (is_hidden) {
    world.start(between);
    for (const std::size_t member : {1U, 2U, 3U}) REQUIRE(world.was_asked_twice(member));
    CHECK(world.refusal() == "awaiting_peers");
    CHECK(world.why().find("2 were, not yet " + world.multikey(1)) != std::string::npos);
    return;
  }
  world.start();
  CHECK(World::comes_to([&] { return world.refusal().empty(); }));
  world.rooms->read([&](core::Connection& connection) {
    const auto sent = world.peer(1).rooms.replica.view()->charter().slot();
    CHECK(world.rooms->replica.view()->charter().slot() == sent);
    registry::FeedReader store(connection);
    const auto held = what_is_held(*world.rooms->replica.view(), store, world.acme().scid);
    CHECK(held.votes.size() == (forgotten.first == registry::ObjectClass::vote));
    CHECK(held.emergencies.size() == (forgotten.first == registry::ObjectClass::emergency));
  });
}

}  // namespace
}  // namespace avow::node::hearing_test
