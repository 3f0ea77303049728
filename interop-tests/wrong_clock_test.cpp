#include <array>
#include <iostream>
#include <random>

#include <catch2/catch.hpp>

#include "core/random.h"
#include "core/testing/temp_dir.h"
#include "interop-tests/harness/loops.h"
#include "node/sqlite_challenge_book.h"
#include "node/testing/verifier.h"

namespace wrong_clock_test {

using namespace avow;
using namespace std::chrono_literals;
using core::Json;
using interop::loops;
using node::CredentialIssuer;
using node::testing::hear;
using node::testing::must;
using node::testing::Rooms;
using node::testing::Verifier;
using registry::testing::kNow;
using Change = CredentialIssuer::Change;

namespace {

constexpr auto kTenYears = 24h * 3652;

/// Acme issues, Globex hears of it; each has a clock of its own.
struct World {
  World() {
    for (Rooms* rooms : {&acme, &globex}) must(rooms->join(consortium.charter()));
    agent.emplace(must(acme.enrolment->add(acme.request("Support"), "uid 1")));
  }
  static registry::testing::Consortium two_issuers() {
    registry::testing::Consortium consortium(2);
    for (const auto& one : consortium.organisations)
      consortium.draft.grants.push_back({one.scid, {"AgentCapabilityCredential"}, 0});
    return consortium;
  }
  static std::filesystem::path made(const std::filesystem::path& folder) {
    std::filesystem::create_directory(folder);
    return folder;
  }

  Json issue() { return must(acme.issuer->issue(acme.draft(*agent), "uid 1")); }
  void change(const Json& credential, Change to) {
    must(acme.issuer->change(*credential.find_string("id"), to, "", "uid 1"));
  }
  void set_clocks(core::Instant at) {
    acme.clock.set(at);
    globex.clock.set(at);
  }
  void tell() {
    must(acme.membership->sign_head());
    hear(globex, acme);
  }
  /// What Acme has said is in order of time, and its audit log whole.
  void check_order() {
    core::Instant last{};
    for (const auto& statement : acme.said()) {
      CHECK(statement.time >= last);
      last = statement.time;
    }
    CHECK_FALSE(must(acme.audit.verify(*acme.database)).first_fault);
  }

  const core::testing::TempDir folder;
  const registry::testing::Consortium consortium = two_issuers();
  Rooms acme{consortium.organisations[0], made(folder / "acme")};
  Rooms globex{consortium.organisations[1], made(folder / "globex")};
  std::optional<node::Agent> agent;
  Verifier at_acme{acme};
  Verifier at_globex{globex};
};

}  // namespace

TEST_CASE("a clock ten years ahead accepts nothing that has expired", "[wrong_clock]") {
  World world;
  const Json kept = world.issue();
  world.tell();
  REQUIRE(world.at_globex.verdict(kept) == "accepted");
  node::SqliteChallengeBook book(*world.globex.database, world.globex.random);
  const std::string challenge = must(book.issue(world.globex.clock.now()))->value;

  world.globex.clock.set(kNow + kTenYears);
  CHECK(world.at_globex.verdict(kept) == "expired");
  CHECK(book.consume(challenge, world.globex.clock.now()).code == "challenge_expired");
  // The credential that a clock so far ahead could still accept says less than the issuer's last word.
  world.acme.clock.set(kNow + kTenYears);
  const Json later = world.issue();
  CHECK(world.at_globex.verdict(later) == "registry_stale");

  world.globex.clock.set(kNow);
  CHECK(world.at_globex.verdict(kept) == "accepted");
  CHECK(world.at_globex.verdict(later) == "proof_not_yet_valid");
}

TEST_CASE(
    "what a clock ten years ahead said is held by others, and the node says so once it is right",
    "[wrong_clock]") {
  World world;
  const Json kept = world.issue();
  world.tell();
  const std::size_t known = world.acme.said().size();

  world.acme.clock.set(kNow + kTenYears);
  CHECK_FALSE(world.acme.membership->clock_went_back());  // nothing here knows better
  world.change(kept, Change::revoke);
  world.tell();
  CHECK(world.acme.said().size() == known + 1);
  // Held, as anybody might sign what is due in ten years: so the issuer is soon not fresh.
  CHECK(world.at_globex.verdict(kept) == "accepted");
  world.globex.clock.set(kNow + 15min + 1ms);
  CHECK(world.at_globex.verdict(kept) == "registry_stale");

  world.acme.clock.set(kNow + 2min);
  CHECK(world.acme.membership->clock_went_back());
  CHECK(world.at_acme.verdict(kept) != "accepted");
  const Json next = world.issue();
  world.change(next, Change::suspend);
  CHECK(world.acme.said().size() == known + 2);
  world.check_order();
}

TEST_CASE("a clock an hour back accepts nothing, and what it says is in order",
          "[wrong_clock][STORE-19]") {
  World world;
  const Json kept = world.issue();
  const Json revoked = world.issue();
  world.change(revoked, Change::revoke);
  world.tell();
  node::SqliteChallengeBook book(*world.acme.database, world.acme.random);
  const std::string challenge = must(book.issue(kNow))->value;

  world.set_clocks(kNow - 1h);
  for (Verifier* verifier : {&world.at_acme, &world.at_globex}) {
    CHECK(verifier->verdict(kept) != "accepted");
    CHECK(verifier->verdict(revoked) != "accepted");
  }
  CHECK(world.acme.membership->clock_went_back());
  CHECK(book.consume(challenge, kNow - 1h).code == "challenge_expired");
  // Both begin inside the hour that went back: the feed, not the dates, says that the clock is wrong.
  const Json now_valid = world.issue();
  CHECK(world.at_globex.verdict(now_valid) == "registry_stale");
  world.change(kept, Change::suspend);
  world.check_order();

  world.set_clocks(kNow + 1min);
  CHECK_FALSE(world.acme.membership->clock_went_back());
  world.tell();
  CHECK(world.at_globex.verdict(kept) == "suspended");
  CHECK(world.at_globex.verdict(revoked) == "revoked");
  world.change(kept, Change::resume);
  world.tell();
  CHECK(world.at_globex.verdict(kept) == "accepted");
  world.check_order();
}

TEST_CASE("a clock that goes back does not bring an expired credential back", "[wrong_clock]") {
  World world;
  const Json kept = world.issue();
  world.set_clocks(kNow + 1h + 61s);
  world.tell();
  CHECK(world.at_globex.verdict(kept) == "expired");
  world.globex.clock.set(kNow + 58min);
  CHECK(world.at_globex.verdict(kept) == "registry_stale");  // its issuer signed later than this
}

namespace {

/// Issues, changes and verifies while the clocks jump, and remembers what may be accepted.
class Jumps {
 public:
  Jumps(World& world, std::uint64_t seed) : world_(world), random_(seed) {}

  void jump_and_act() {
    world_.set_clocks(somewhere());
    switch (random_() % 4) {
      case 0:
        if (known_.size() < 12) known_.push_back({world_.issue(), "active"});
        break;
      case 1:
        change_one();
        break;
      case 2:
        world_.tell();
        break;
      default:
        use_challenge();
    }
    check_verdicts();
  }
  std::size_t accepted() const { return accepted_; }
  std::size_t refused() const { return refused_; }

 private:
  struct Known {
    Json credential;
    std::string state;
  };

  core::Instant somewhere() {
    static constexpr std::array<core::Milliseconds, 8> kOffsets{1ms, -1ms, 61s,        -61s,
                                                                1h,  -1h,  -kTenYears, kTenYears};
    // Mostly right: else nothing would ever be accepted.
    if (random_() % 2 == 0) return kNow + std::chrono::seconds(random_() % 60);
    // Ten years ahead come late: what is said then is the feed's last word for ten years.
    const bool late = ++jumps_ > 150;
    return kNow + kOffsets.at(random_() % (late ? 8 : 7));
  }

  void change_one() {
    if (known_.empty()) return;
    Known& known = known_[random_() % known_.size()];
    if (known.state == "revoked") return;
    const bool revokes = random_() % 4 == 0;
    const bool suspended = known.state == "suspended";
    world_.change(known.credential, revokes     ? Change::revoke
                                    : suspended ? Change::resume
                                                : Change::suspend);
    known.state = revokes ? "revoked" : suspended ? "active" : "suspended";
  }

  void use_challenge() {
    node::SqliteChallengeBook book(*world_.globex.database, world_.globex.random);
    const core::Instant issued_at = world_.globex.clock.now();
    const std::string value = must(book.issue(issued_at))->value;
    const core::Instant used_at = somewhere();
    const bool passed = book.consume(value, used_at).outcome == vc::CheckOutcome::passed;
    CHECK(passed == (used_at <= issued_at + 60s && used_at >= issued_at - 60s));
    const bool again = book.consume(value, issued_at).outcome == vc::CheckOutcome::passed;
    CHECK_FALSE((passed && again));
  }

  void check_verdicts() {
    const core::Instant now = world_.acme.clock.now();
    for (const Known& known : known_) {
      const auto from = *core::parse_rfc3339(*known.credential.find_string("validFrom"));
      const auto until = *core::parse_rfc3339(*known.credential.find_string("validUntil"));
      const bool timely = from - 60s <= now && now <= until + 60s;
      const std::string verdict = world_.at_acme.verdict(known.credential);
      if (verdict == "accepted") CHECK((timely && known.state == "active"));
      ++(verdict == "accepted" ? accepted_ : refused_);
    }
  }

  World& world_;
  std::mt19937_64 random_;
  std::vector<Known> known_;
  std::size_t jumps_ = 0;
  std::size_t accepted_ = 0;
  std::size_t refused_ = 0;
};

}  // namespace

TEST_CASE("while clocks jump nothing revoked or expired is accepted, and what is said is in order",
          "[wrong_clock]") {
  core::SystemRandom system;
  const std::uint64_t seed = core::uniform(system, 1'000'000);
  const std::size_t jumps = loops("AVOW_JUMPS", 200, 60);
  INFO("seed " << seed);
  World world;
  Jumps test(world, seed);
  for (std::size_t i = 0; i < jumps; ++i) {
    INFO("jump " << i);
    test.jump_and_act();
  }
  world.check_order();
  CHECK(test.accepted() > 0);
  std::cout << "wrong_clock_test seed " << seed << ": " << jumps << " jumps, " << test.accepted()
            << " verdicts accepted, " << test.refused() << " not" << std::endl;
}

}  // namespace wrong_clock_test
