// Witnesses of logs: what a node signs as one, what an organisation does with what they say, and who believes it.

#include "node/log_witness.h"

#include <filesystem>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"
#include "core/testing/temp_dir.h"
#include "did/did_webvh_resolver.h"
#include "node/api/gossip_routes.h"
#include "node/key_rotation.h"
#include "node/log_approval.h"
#include "node/testing/gossip_parts.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "node/testing/witness_world.h"
#include "vc/namespace.h"

namespace avow::node::log_witness_test {
namespace {

using registry::testing::Consortium;
using registry::testing::kNow;
using testing::must;
using testing::Rooms;
using World = testing::WitnessWorld;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("a witness signs the next entry of a log that it knows, and says so in its audit log",
          "[node][witness]") {
  World world;
  const auto answer = must(world.witness->witness(world.second.text()));
  CHECK(answer);
  const auto proof = registry::parse_witness_proof(*answer);
  REQUIRE(proof);
  CHECK(proof->feed == world.acme.scid);
  CHECK(proof->proof.version_id == world.second.entry.version_id);
  CHECK(did::verify_webvh_witness_proof(proof->proof, world.keys[0].public_key()));
  CHECK(world.rooms->audited().back() == "log.witness");
  // The first entry was admitted, and may be asked for as well: outsiders see no charter.
  CHECK(world.asked(core::to_canonical(world.acme.entry.json)) == "signed");
}

TEST_CASE("a witness signs one entry of a version, and the same one again when asked again",
          "[node][witness]") {
  World world;
  const auto other = world.history.after(world.acme.entry, kNow, 1);
  const auto first = must(world.witness->witness(world.second.text()));
  REQUIRE(first);
  CHECK(world.asked(other.text()) == "already_signed");
  world.rooms->clock.advance(1h);
  CHECK(*must(world.witness->witness(world.second.text())) == *first);
  world.restart();
  CHECK(world.asked(other.text()) == "already_signed");
  CHECK(*must(world.witness->witness(world.second.text())) == *first);
  const auto audited = world.rooms->audited();
  CHECK(std::count(audited.begin(), audited.end(), "log.witness") == 1);
}

TEST_CASE("a witness signs nothing that it could not take as the next of a log",
          "[node][witness]") {
  World world;
  const auto third = world.history.after(world.second.entry, kNow);
  CHECK(world.asked(third.text()) == "entries_missing");
  CHECK(world.asked("{}") == "malformed");
  CHECK(world.asked(world.second.text() + " ") == "not_canonical");
  auto json = world.second.entry.json;
  json.set("versionTime", core::format_seconds(kNow + 1s));
  CHECK(world.asked(core::to_canonical(json)) == "bad_log_entry");
  const registry::testing::Organisation stranger(9, "stranger.example");
  const registry::testing::KeyHistory strangers(stranger, 9);
  CHECK(world.asked(strangers.after(stranger.entry, kNow).text()) == "unknown_feed");
  const auto early = world.history.after(world.acme.entry, kNow + 5min);
  world.rooms->clock.set(kNow - 1s);
  CHECK(world.asked(early.text()) == "not_yet_valid");
  world.rooms->clock.set(kNow);
  // None of these took the version's place.
  CHECK(world.asked(early.text()) == "signed");
}

TEST_CASE("a node that is none of an entry's witnesses signs nothing", "[node][witness]") {
  World world;
  const auto key = registry::testing::Organisation::make_key(99);
  world.witness = world.make_witness(key);
  CHECK(world.asked(world.second.text()) == "not_a_witness");
}

TEST_CASE("a witness refuses another entry of a version that counts, also if it never signed it",
          "[node][witness]") {
  World world;
  world.approve(world.second);
  CHECK(world.asked(world.history.after(world.acme.entry, kNow, 1).text()) == "already_signed");
  CHECK(world.asked(world.second.text()) == "signed");
  CHECK(world.asked(world.history.after(world.second.entry, kNow).text()) == "signed");
}

TEST_CASE("what counts already is signed as it is, and takes nothing from the next version",
          "[node][witness]") {
  World world;
  auto version = world.history.after(world.acme.entry, kNow);
  std::vector<std::string> counted;
  for (std::int64_t i = 0; i <= LogWitness::kMaxPerHour; ++i) {
    world.approve(version);
    counted.push_back(version.text());
    version = world.history.after(version.entry, kNow);
  }
  // Another text with the version id of what counts is not that.
  auto json = world.second.entry.json;
  json.set("proof", core::Json::array());
  CHECK(world.asked(core::to_canonical(json)) == "already_signed");
  for (const auto& text : counted) CHECK(world.asked(text) == "signed");
  CHECK(world.asked(version.text()) == "signed");
}

TEST_CASE("a witness does not sign an entry that governance has set aside",
          "[node][witness][GOSSIP-04]") {
  World world;
  const auto other = world.history.after(world.acme.entry, kNow, 1);
  world.approve(world.second);
  world.receive(
      registry::Objects{.log_entries = {other.text()}, .slots = {world.settled_on(other)}});
  REQUIRE(world.rooms->replica.view()->log(world.acme.scid)->current().webvh.entry_hash ==
          other.entry.entry_hash);
  CHECK(world.asked(world.second.text()) == "already_signed");
  CHECK(world.asked(other.text()) == "signed");
}

TEST_CASE("a witness signs nothing above a named entry that it has not, and goes on once it has it",
          "[node][witness][GOSSIP-04]") {
  World world;
  const auto other = world.history.after(world.acme.entry, kNow, 1);
  world.approve(world.second);
  world.receive(registry::Objects{.slots = {world.settled_on(other)}});
  const auto stolen = world.history.after(world.second.entry, kNow);
  CHECK(world.asked(stolen.text()) == "entries_missing");
  // Nor a rival of it, whether that counts until the named one is here or not.
  CHECK(world.asked(world.second.text()) == "already_signed");
  CHECK(world.asked(world.history.after(world.acme.entry, kNow, 2).text()) == "already_signed");
  world.receive(registry::Objects{.log_entries = {other.text()}});
  CHECK(world.asked(stolen.text()) == "bad_log_entry");
  CHECK(world.asked(world.history.after(other.entry, kNow).text()) == "signed");
}

TEST_CASE(
    "a witness does not sign what follows a rival of the named entry, though it counts meanwhile",
    "[node][witness][GOSSIP-04]") {
  World world;
  const auto other = world.history.after(world.acme.entry, kNow, 1);
  const auto stolen = world.history.after(world.second.entry, kNow);
  world.approve(world.second);
  world.approve(stolen);
  world.receive(registry::Objects{.slots = {world.settled_on(other)}});
  CHECK(world.asked(stolen.text()) == "entries_missing");
  world.receive(registry::Objects{.log_entries = {other.text()}});
  CHECK(world.asked(stolen.text()) != "signed");
  CHECK(world.asked(world.history.after(other.entry, kNow).text()) == "signed");
}

TEST_CASE("of a version that is named a witness signs that entry alone, as soon as it is asked",
          "[node][witness][GOSSIP-04]") {
  World world;
  world.receive(registry::Objects{.slots = {world.settled_on(world.second)}});
  CHECK(world.asked(world.history.after(world.acme.entry, kNow, 1).text()) == "already_signed");
  CHECK(world.asked(world.second.text()) == "signed");
}

TEST_CASE("a witness signs twelve versions of one organisation an hour", "[node][witness]") {
  World world;
  std::vector<registry::testing::KeyVersion> versions;
  versions.push_back(world.history.after(world.acme.entry, kNow));
  for (std::int64_t i = 0; i < LogWitness::kMaxPerHour; ++i) {
    REQUIRE(world.asked(versions.back().text()) == "signed");
    world.approve(versions.back());
    versions.push_back(world.history.after(versions.back().entry, kNow));
  }
  const auto& version = versions.back();
  CHECK(world.asked(version.text()) == "hourly_limit");
  const auto& other = world.consortium.organisations[2];
  CHECK(world.asked(registry::testing::KeyHistory(other, 3).after(other.entry, kNow).text()) ==
        "signed");
  world.rooms->clock.advance(1h - 1ms);
  CHECK(world.asked(version.text()) == "hourly_limit");
  world.rooms->clock.advance(1ms);
  CHECK(world.asked(version.text()) == "signed");
}

namespace {

/// A network of peer listeners without sockets.
class PeerNetwork final : public core::HttpFetcher {
 public:
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    const auto end = request.url.find('/', std::string("http://").size());
    const auto found = peers_.find(request.url.substr(0, end));
    if (found == peers_.end())
      return core::fail(core::Error{core::ErrorCode::unreachable, "nobody listens there"});
    const auto answer = found->second.post_text(request.url.substr(end), request.body);
    return core::HttpResponse{answer.status, {}, answer.text};
  }
  void listen(const std::string& url, http::RouteTable routes) {
    peers_.insert_or_assign(url, testing::RouteCaller(std::move(routes)));
  }
  void leave(const std::string& url) { peers_.erase(url); }

 private:
  std::map<std::string, testing::RouteCaller> peers_;
};

/// A node that witnesses, with its peer routes.
struct WitnessNode {
  WitnessNode(const registry::testing::Organisation& whose, const registry::Charter& charter,
              const core::Ed25519SigningKey& key, PeerNetwork& network, const std::string& url)
      : rooms(whose, folder.path()),
        gossip({*rooms.database,
                rooms.replica,
                *rooms.membership,
                rooms.audit,
                fetcher,
                rooms.clock,
                rooms.random,
                rooms.log,
                "",
                {}}),
        guard(folder / "witness.guard", key.public_key().to_multikey()),
        witness({*rooms.database, rooms.replica, *rooms.membership, rooms.audit, key, guard,
                 rooms.clock}) {
    REQUIRE(guard.write({}));
    must(rooms.join(charter));
    http::RouteTable routes;
    api::add_gossip_routes(routes,
                           {gossip, rooms.replica, *rooms.database, *rooms.membership, &witness});
    network.listen(url, std::move(routes));
  }
  core::testing::TempDir folder;
  Rooms rooms;
  core::testing::ScriptedFetcher fetcher;
  gossip::Gossip gossip;
  registry::DiskGuardFile guard;
  LogWitness witness;
};

/// Acme's directory, and four witnesses of whom three are needed: w0 to w3 at http://10.0.0.<i>:8444.
struct Approval {
  Approval() {
    organisation = {"Acme", "acme.example", acme.entry};
    for (std::size_t i = 0; i < 4; ++i) {
      nodes.push_back(std::make_unique<WitnessNode>(consortium.organisations[1], charter, keys[i],
                                                    network, url(i)));
    }
  }
  static std::string url(std::size_t i) { return "http://10.0.0." + std::to_string(i) + ":8444"; }
  /// The code of the refusal; empty if it signed.
  std::string ask(std::size_t i, const AskedVersion& asked) {
    const auto answer = ask_witness(network, url(i), directory, organisation, asked);
    if (!answer.fault) CHECK(answer.witness == keys[i].public_key().to_multikey());
    return answer.fault ? answer.fault->what : "";
  }
  AskedVersion propose(const did::WebvhEntry& entry) {
    must(write_pending(directory, entry));
    return *must(asked_version(directory, organisation, kNow));
  }

  Consortium consortium{3, 4};
  registry::Charter charter = consortium.charter();
  std::vector<core::Ed25519SigningKey> keys = registry::testing::witness_keys(4);
  const registry::testing::Organisation& acme = consortium.organisations[0];
  registry::testing::KeyHistory history{acme, 1};
  core::testing::TempDir folder;
  DataDirectory directory{folder.path()};
  Organisation organisation{"", "", acme.entry};
  PeerNetwork network;
  std::vector<std::unique_ptr<WitnessNode>> nodes;
};

}  // namespace

TEST_CASE("a new version waits in its file until its threshold of witnesses has signed it",
          "[node][witness]") {
  Approval world;
  const auto second = world.history.after(world.acme.entry, kNow);
  const auto asked = world.propose(second.entry);
  CHECK(asked.is_pending);
  CHECK(asked.entry.version_id == second.entry.version_id);
  world.network.leave(Approval::url(2));
  world.network.leave(Approval::url(3));
  CHECK(world.ask(0, asked).empty());
  CHECK(world.ask(1, asked).empty());
  CHECK(world.ask(0, asked).empty());  // who is asked again signs the same
  CHECK_FALSE(world.ask(2, asked).empty());
  CHECK(missing_approval(world.organisation, asked) ==
        "entry 2 has the proofs of 2 of its witnesses and needs 3");

  // Another run, from what is on disk.
  const auto again = *must(asked_version(world.directory, world.organisation, kNow + 1h));
  CHECK(again.is_pending);
  CHECK(again.entry.version_id == second.entry.version_id);
  world.nodes[3] = std::make_unique<WitnessNode>(world.consortium.organisations[1], world.charter,
                                                 world.keys[3], world.network, Approval::url(3));
  CHECK(world.ask(3, again).empty());
  CHECK_FALSE(missing_approval(world.organisation, again));
  must(publish_pending(world.directory, world.organisation, again));
  CHECK(world.organisation.entry.version == 2);
  CHECK(must(read_text_file(world.directory.log(), 1 << 20)) == world.organisation.log_text());
  CHECK_FALSE(must(asked_version(world.directory, world.organisation, kNow)));
}

TEST_CASE("a witness that is behind is told what came before", "[node][witness]") {
  Approval world;
  const auto second = world.history.after(world.acme.entry, kNow);
  auto asked = world.propose(second.entry);
  for (const std::size_t i : {0U, 1U, 2U}) REQUIRE(world.ask(i, asked).empty());
  must(publish_pending(world.directory, world.organisation, asked));
  asked = world.propose(world.history.after(second.entry, kNow).entry);
  // Witness 3 has not heard of version 2, nor have the others of its threshold.
  for (const std::size_t i : {3U, 2U, 1U}) CHECK(world.ask(i, asked).empty());
  CHECK_FALSE(missing_approval(world.organisation, asked));
}

TEST_CASE("a long log is given to a witness in as many messages as it takes", "[node][witness]") {
  struct Witness final : core::HttpFetcher {
    core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
      if (request.url.ends_with("/push")) {
        CHECK(request.body.size() <= gossip::kMaxBodyBytes);
        const auto push =
            *gossip::parse_push(*core::parse_json(request.body, {2U << 20, 16, 100'000}));
        const auto& objects = push.objects;
        CHECK(objects.log_entries.size() + objects.witness_proofs.size() <= registry::kMaxBatch);
        given += objects.log_entries.size();
        ++messages;
        return core::HttpResponse{200, {}, "{}"};
      }
      return core::HttpResponse{409, {}, R"({"code":"entries_missing"})"};
    }
    std::size_t given = 0;
    std::size_t messages = 0;
  } stranger;
  Approval world;
  const auto second = world.history.after(world.acme.entry, kNow);
  const auto asked_with = [&](std::int64_t versions, std::size_t padding) {
    auto one = second.entry;
    one.json.set("padding", std::string(padding, 'x'));
    world.organisation.earlier.clear();
    for (one.version = 2; one.version < versions; ++one.version)
      world.organisation.earlier.push_back(one);
    world.organisation.entry = one;
    AskedVersion asked{one, /*is_pending=*/true};
    ++asked.entry.version;
    stranger.given = stranger.messages = 0;
    ask_witness(stranger, Approval::url(0), world.directory, world.organisation, asked);
    CHECK(stranger.given == static_cast<std::size_t>(versions - 1));
    return stranger.messages;
  };
  CHECK(asked_with(2, 0) == 1);
  CHECK(asked_with(513, 0) == 1);
  CHECK(asked_with(514, 0) == 2);
  CHECK(asked_with(20, 60'000) == 2);
}

TEST_CASE("why a witness does not sign is told in its words, as far as they fit a line",
          "[node][witness][hostile]") {
  struct Witness final : core::HttpFetcher {
    core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest&) override {
      return core::HttpResponse{503, {}, core::to_canonical(answer)};
    }
    core::Json answer = core::Json::object();
  } stranger;
  Approval world;
  const auto asked = world.propose(world.history.after(world.acme.entry, kNow).entry);
  const auto fault = [&](core::HttpFetcher& network) {
    auto answer =
        ask_witness(network, Approval::url(0), world.directory, world.organisation, asked);
    REQUIRE(answer.fault);
    return *answer.fault;
  };
  CHECK(fault(stranger).what == "HTTP status 503");
  stranger.answer = core::Json::object(
      {{"code", std::string(9'000, 'c')}, {"title", "\x1B[2J" + std::string(9'000, 't')}});
  CHECK(fault(stranger).what.size() < 100);
  CHECK(fault(stranger).why.size() < 400);
  CHECK(fault(stranger).why.starts_with("\\u001b[2Jtt"));
  std::filesystem::remove(world.nodes[0]->folder / "witness.guard");
  const auto forgetful = fault(world.network);
  CHECK(forgetful.what == "restored_backup");
  CHECK(forgetful.why.starts_with("the guard file beside its key is missing"));
}

TEST_CASE("what is no proof of this version by one of its witnesses is not kept",
          "[node][witness]") {
  Approval world;
  const auto second = world.history.after(world.acme.entry, kNow);
  const auto other = world.history.after(world.acme.entry, kNow, 1);
  const auto asked = world.propose(second.entry);
  const auto kept = [&](const std::string& version_id, const core::Ed25519SigningKey& key) {
    const auto text = registry::witness_proof_text(
        world.acme.scid, *did::read_webvh_witness_proof(
                             version_id, did::create_webvh_witness_proof(version_id, key, kNow)));
    return keep_witness_proof(world.directory, world.organisation, asked, text).has_value();
  };
  CHECK_FALSE(kept(other.entry.version_id, world.keys[0]));
  CHECK_FALSE(kept(asked.entry.version_id, world.acme.key));
  CHECK_FALSE(kept(asked.entry.version_id, second.key));
  CHECK_FALSE(keep_witness_proof(world.directory, world.organisation, asked, "{}"));
  CHECK(world.organisation.witness_proofs.empty());
  CHECK(kept(asked.entry.version_id, world.keys[0]));
  CHECK(kept(asked.entry.version_id, world.keys[0]));
  CHECK(world.organisation.witness_proofs.size() == 1);
}

TEST_CASE("an outside verifier resolves a log with the proofs that were collected, not without",
          "[node][witness][DID]") {
  Approval world;
  const auto& first = world.acme.entry;
  auto asked = *must(asked_version(world.directory, world.organisation, kNow));
  CHECK_FALSE(asked.is_pending);
  core::testing::ScriptedFetcher internet;
  core::testing::FakeClock clock{kNow};
  const auto resolved = [&] {
    internet.respond("https://acme.example/.well-known/did.jsonl", world.organisation.log_text());
    const auto proofs = world.organisation.witness_file();
    internet.respond("https://acme.example/.well-known/did-witness.json",
                     core::HttpResponse{proofs.empty() ? 404 : 200, {}, proofs});
    did::WebvhLogCache nothing_seen;
    const did::DidWebvhResolver outsider(internet, nothing_seen, clock);
    const auto found = outsider.resolve(*did::Did::parse(world.acme.did));
    return found ? found->version : std::string(did::code_name(found.error().code));
  };
  CHECK(resolved() == "invalid_log");
  for (const std::size_t i : {0U, 1U}) REQUIRE(world.ask(i, asked).empty());
  CHECK(resolved() == "invalid_log");
  REQUIRE(world.ask(2, asked).empty());
  CHECK(resolved() == first.version_id);

  const auto second = world.history.after(first, kNow);
  asked = world.propose(second.entry);
  for (const std::size_t i : {1U, 2U}) REQUIRE(world.ask(i, asked).empty());
  // Proofs of what is not published yet take nothing from what is.
  CHECK(resolved() == first.version_id);
  REQUIRE(world.ask(3, asked).empty());
  must(publish_pending(world.directory, world.organisation, asked));
  CHECK(resolved() == second.entry.version_id);
  // One proof for each witness, of the newest that it signed.
  const auto proofs = *did::parse_webvh_witness_file(world.organisation.witness_file());
  CHECK(proofs.size() == 4);
}

TEST_CASE("a rotation asks again for the version that it made, and keeps its keys until then",
          "[node][witness][rotation]") {
  const core::testing::TempDir folder;
  const DataDirectory directory{folder / "acme"};
  core::testing::FakeClock clock{kNow};
  core::testing::SeededRandom random{7};
  const auto passphrase = [] {
    return std::move(*core::SecretBytes::copy_of(core::as_bytes("correct horse")));
  };
  const auto keys = registry::testing::witness_keys(4);
  must(initialise({directory.root, "Acme", "acme.example", kWeakestKdfCost,
                   registry::testing::witnesses_of(keys)},
                  passphrase(), clock, random));
  std::vector<std::string> asked_for;
  const auto rotate = [&](const std::vector<std::size_t>& answering) {
    return rotate_keys(directory, passphrase(), clock, random,
                       [&](Organisation& organisation, const AskedVersion& asked) {
                         asked_for.push_back(asked.entry.version_id);
                         for (const auto i : answering) {
                           const auto& id = asked.entry.version_id;
                           must(keep_witness_proof(
                               directory, organisation, asked,
                               registry::witness_proof_text(
                                   organisation.entry.scid,
                                   *did::read_webvh_witness_proof(
                                       id, did::create_webvh_witness_proof(id, keys[i], kNow)))));
                         }
                       });
  };
  const auto log = must(read_text_file(directory.log(), 1 << 20));
  for (const std::vector<std::size_t>& too_few : {std::vector<std::size_t>{}, {1, 2}}) {
    const auto waiting = rotate(too_few);
    REQUIRE_FALSE(waiting);
    CHECK(waiting.error().code == ErrorCode::awaiting_witnesses);
    CHECK(must(read_organisation(directory, clock.now())).next_version_time == kNow + 1s);
    CHECK(must(read_text_file(directory.log(), 1 << 20)) == log);
    CHECK(std::filesystem::exists(directory.keys() / "update-2.key.json"));
    clock.advance(1h);
  }
  const auto rotated = must(rotate({3}));
  CHECK(asked_for.size() == 3);
  CHECK(std::set<std::string>(asked_for.begin(), asked_for.end()) ==
        std::set<std::string>{rotated.entry.version_id});
  CHECK_FALSE(std::filesystem::exists(directory.pending()));
  const auto read = must(read_organisation(directory, clock.now()));
  CHECK(read.entry.version == 2);
  CHECK(read.witness_proofs.size() == 3);
  CHECK_FALSE(read.next_version_time);
  CHECK_FALSE(must(asked_version(directory, read, clock.now())));
  // A version that governance has named needs no witness, and no other does without.
  const auto named = [&](const std::string& hash) {
    return rotate_keys(directory, passphrase(), clock, random, {},
                       [&](const did::WebvhEntry& entry) { return entry.entry_hash == hash; });
  };
  REQUIRE_FALSE(named("QmAnother"));
  const auto third = *must(asked_version(directory, read, clock.now()));
  CHECK(third.entry.version == 3);
  CHECK(must(named(third.entry.entry_hash)).entry.version_id == third.entry.version_id);
}

TEST_CASE("nothing is issued while a version waits that would judge it", "[node][witness]") {
  const Consortium consortium{3, 4};
  const auto& acme = consortium.organisations[0];
  const core::testing::TempDir folder;
  Organisation whose{"Acme", "acme.example", acme.entry};
  whose.next_version_time = kNow + 1s;
  Rooms rooms(whose, acme.key, folder.path());
  must(rooms.join(consortium.charter()));
  const auto credential = [&] {
    return core::Json::object(
        {{"@context", core::Json::array({vc::kCredentialsV2Context, vc::kAvowContext})},
         {"type", core::Json::array({vc::kVerifiableCredential})},
         {"validFrom", core::format_seconds(kNow)},
         {"validUntil", core::format_seconds(kNow + 1h)},
         {"credentialSubject", core::Json::object({{"id", "did:example:subject"}})}});
  };
  const auto early = rooms.issuer->issue(credential(), "test");
  INFO((early ? "" : early.error().why));
  CHECK(early);
  rooms.clock.set(kNow + 1s);
  const auto late = rooms.issuer->issue(credential(), "test");
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::awaiting_witnesses);
}

TEST_CASE("POST /gossip/v1/witness answers with a proof or a stable code", "[node][api][witness]") {
  World world;
  core::testing::ScriptedFetcher fetcher;
  gossip::Gossip gossip({*world.rooms->database,
                         world.rooms->replica,
                         *world.rooms->membership,
                         world.rooms->audit,
                         fetcher,
                         world.rooms->clock,
                         world.rooms->random,
                         world.rooms->log,
                         "",
                         {}});
  const auto caller = [&](LogWitness* witness) {
    http::RouteTable routes;
    api::add_gossip_routes(routes, {gossip, world.rooms->replica, *world.rooms->database,
                                    *world.rooms->membership, witness});
    return testing::RouteCaller(std::move(routes));
  };
  const auto asking = [](const std::string& text) {
    return core::Json::object({{"log_entry", text}});
  };
  const auto none = caller(nullptr).post("/gossip/v1/witness", asking(world.second.text()));
  CHECK(none.status == 404);
  CHECK(none.code() == "not_a_witness");
  const auto routes = caller(world.witness.get());
  const auto good = routes.post("/gossip/v1/witness", asking(world.second.text()));
  CHECK(good.status == 200);
  CHECK(registry::parse_witness_proof(*good.body.find_string("witness_proof")));
  const auto other = routes.post("/gossip/v1/witness",
                                 asking(world.history.after(world.acme.entry, kNow, 1).text()));
  CHECK(other.status == 409);
  CHECK(other.code() == "already_signed");
  const auto stranger = routes.post(
      "/gossip/v1/witness",
      asking(core::to_canonical(registry::testing::Organisation(9, "s.example").entry.json)));
  CHECK(stranger.status == 404);
  CHECK(stranger.code() == "unknown_feed");
  CHECK(routes.post("/gossip/v1/witness", asking("{}")).status == 400);
  CHECK(routes.post("/gossip/v1/witness", core::Json::object()).status == 400);
  auto more = asking(world.second.text());
  more.set("extra", 1);
  CHECK(routes.post("/gossip/v1/witness", more).status == 400);
  CHECK(routes.get("/gossip/v1/witness").status == 405);
}

}  // namespace avow::node::log_witness_test
