#include <csignal>
#include <functional>
#include <iostream>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "core/random.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/feed_watch.h"
#include "interop-tests/harness/loops.h"
#include "interop-tests/harness/strace.h"
#include "node/http/url.h"

namespace killed_at_writes_test {

using namespace avow;
using namespace avow::interop;
using core::Json;
namespace fs = std::filesystem;

namespace {

constexpr int kKilled = 128 + 9;

// What the database writes with, and what the guard file, the keys and the log are written with. pwrite64 is not tried one
// by one, as it comes often: each run tries others.
const std::vector<std::string> kDatabaseCalls{"pwrite64", "fdatasync"};
const std::vector<std::string> kFileCalls{"write", "fsync", "rename"};

/// A consortium's first member, whose data directory is put back before every trial.
struct World {
  World() {
    REQUIRE(consortium.folder() == acme.data().parent_path());
    save("initialised");
  }
  void save(const char* name) {
    fs::copy(acme.data(), consortium.folder() / name, fs::copy_options::recursive);
  }
  void put_back(const char* name) {
    acme.wrapper.clear();
    fs::remove_all(acme.data());
    fs::copy(consortium.folder() / name, acme.data(), fs::copy_options::recursive);
  }
  /// Starts under the tracer; false if it was killed on the way.
  bool starts() {
    try {
      acme.start();
      return true;
    } catch (const std::runtime_error&) {
      REQUIRE(acme.process().wait(std::chrono::seconds(30)) == kKilled);
      return false;
    }
  }
  /// Ends it with SIGTERM; false if it was killed before its end.
  bool stops() {
    acme.process().signal(SIGTERM);
    const auto code = acme.process().wait(std::chrono::seconds(30));
    REQUIRE((code == 0 || code == kKilled));
    return code == 0;
  }
  /// The file itself, the one it is written as, and their folder.
  std::vector<std::string> guard_file() const {
    const std::string keys = acme.data() / "keys";
    return {keys + "/guard.json", keys + "/guard.json.new", keys};
  }
  void start_again() {
    acme.wrapper.clear();
    acme.start();
  }

  Consortium consortium{two_members_apart()};
  Node& acme = consortium[0];
};

using Survives = std::function<bool(const std::vector<std::string>& wrapper)>;

/// Kills at the first, the second, … of each of `calls` until `survives` says that there was no more of them. Of writes
/// one of `step` is tried, from a random one on.
/// gives how often it was killed, and prints it
std::size_t kill_at_each(const std::string& what, const std::vector<std::string>& calls,
                         std::size_t step, const Survives& survives,
                         const std::vector<std::string>& only = {}) {
  core::SystemRandom random;
  std::size_t all = 0;
  std::cout << "killed_at_writes_test: " << what << " killed";
  for (const std::string& call : calls) {
    const std::size_t stride = call == "pwrite64" || call == "write" ? step : 1;
    const std::size_t first = 1 + core::uniform(random, static_cast<std::uint32_t>(stride));
    std::size_t kills = 0;
    for (std::size_t n = first; n < 10'000; n += stride, ++kills) {
      INFO("killed at " << call << " number " << n);
      if (survives(with_faults(call, "signal=KILL:when=" + std::to_string(n), only))) break;
    }
    std::cout << ", at " << kills << " of " << call;
    if (stride > 1) std::cout << " (" << first << " and every " << stride << " after)";
    CHECK((kills > 0 || stride > 1));
    all += kills;
  }
  std::cout << std::endl;
  return all;
}

/// A trial of a node that issues one credential, suspends another and revokes a third.
class Trial {
 public:
  Trial(World& world, const std::vector<std::string>& prepared) : world_(world) {
    for (const std::string& id : prepared) possible_[id] = {"active"};
    suspended_ = prepared.at(0);
    revoked_ = prepared.at(1);
    later_ = prepared.at(2);
  }

  /// False if the node was killed.
  bool run() {
    if (!world_.starts()) return false;
    look();
    const bool issued = issue();
    const bool suspended = change(suspended_, "suspend", "suspended");
    const bool revoked = change(revoked_, "revoke", "revoked");
    look();
    if (issued && suspended && revoked) return true;
    // It was killed before it answered, or between its answer and the next request.
    REQUIRE(world_.acme.process().wait(std::chrono::seconds(30)) == kKilled);
    return false;
  }

  void check() {
    for (const auto& [id, states] : possible_) {
      INFO(id);
      CHECK(states.contains(state_of(world_.acme, id)));
    }
    watch_.read(world_.acme);
    // The position that was next before the kill is signed now, if not then.
    CHECK(change(later_, "suspend", "suspended"));
    watch_.read(world_.acme);
    CHECK(watch_.signed_twice().empty());
    CHECK(audit_complaint(world_.acme) == "");
  }

 private:
  /// What peers could see until now.
  void look() {
    try {
      watch_.read(world_.acme);
    } catch (const std::runtime_error&) {
      return;  // killed meanwhile
    }
  }
  bool issue() {
    const Reply issued = world_.acme.admin().post(
        "/v1/credentials", Json::object({{"agent", "CustomerSupportAgent"},
                                         {"type", "AgentCapabilityCredential"},
                                         {"lifetimeSeconds", 3600},
                                         {"claims", support_claims()}}));
    if (issued.ok())
      possible_[*issued.body.find("verifiableCredential")->find_string("id")] = {"active"};
    return issued.ok();
  }
  bool change(const std::string& id, const char* word, const char* state) {
    const Reply changed =
        world_.acme.admin().post("/v1/credentials/" + node::http::percent_encode(id) + "/" + word,
                                 Json::object({{"reason", "test"}}));
    if (changed.ok()) {
      possible_[id] = {state};
    } else {
      possible_[id].insert(state);  // not acknowledged: it may have happened
    }
    return changed.ok();
  }

  World& world_;
  FeedWatch watch_;
  std::map<std::string, std::set<std::string>> possible_;
  std::string suspended_;
  std::string revoked_;
  std::string later_;
};

/// Three credentials, and the data directory as every trial finds it.
/// gives their ids
std::vector<std::string> prepare(World& world) {
  world.acme.start();
  std::vector<std::string> ids;
  const Agent agent(world.acme, "CustomerSupportAgent", 1);
  for (int i = 0; i < 3; ++i) ids.push_back(*agent.issue().find_string("id"));
  world.acme.stop();
  world.save("prepared");
  return ids;
}

/// A trial under the tracer, `then`, SIGKILL, and what the next start finds. False if the tracer killed the node.
bool survives_load(
    World& world, const std::vector<std::string>& prepared, const std::vector<std::string>& wrapper,
    const std::function<bool()>& then, const std::function<void()>& before_next_start = [] {}) {
  world.put_back("prepared");
  world.acme.wrapper = wrapper;
  Trial trial(world, prepared);
  const bool survived = trial.run() && then();
  world.acme.kill();
  before_next_start();
  world.start_again();
  trial.check();
  world.acme.kill();
  return survived;
}

}  // namespace

TEST_CASE("init that is killed at any write leaves a whole organisation or none",
          "[killed_at_writes][STORE-02]") {
  if (!may_trace("killed_at_writes_test (init)")) return;
  const core::testing::TempDir folder;
  write_file(folder / "passphrase", "correct horse battery staple\n");
  fs::permissions(folder / "passphrase", fs::perms::owner_read | fs::perms::owner_write);
  const fs::path data = folder / "acme";
  const std::vector<std::string> init{avow_binary(),
                                      "init",
                                      "--org",
                                      "Acme",
                                      "--domain",
                                      "acme.example",
                                      "--weak-key-derivation",
                                      "--passphrase-file",
                                      folder / "passphrase",
                                      "--data",
                                      data};
  std::size_t whole = 0;
  const auto survives = [&](std::vector<std::string> words) {
    fs::remove_all(data);
    words.insert(words.end(), init.begin(), init.end());
    const int killed = run(words).exit_code;
    REQUIRE((killed == 0 || killed == kKilled));
    if (fs::exists(data)) {
      ++whole;
      const std::string charter = folder / "charter.json";
      REQUIRE(run({avow_binary(), "charter", "found", "--out", charter, "--founder",
                   data / "did.jsonl"})
                  .exit_code == 0);
      CHECK(run({avow_binary(), "charter", "found", "--sign", charter, "--data", data,
                 "--passphrase-file", folder / "passphrase"})
                .exit_code == 0);
      fs::remove(charter);
    } else {
      CHECK(run(init).exit_code == 0);
    }
    return killed == 0;
  };
  const std::size_t kills =
      kill_at_each("init", kFileCalls, loops("AVOW_KILL_STEP", 1, 8), survives);
  CHECK(whole > 1);  // one survives every series
  CHECK(kills > whole);
}

TEST_CASE("a first start that is killed at any write is made good by the next",
          "[killed_at_writes][STORE-02]") {
  if (!may_trace("killed_at_writes_test (first start)")) return;
  World world;
  const auto survives = [&](const std::vector<std::string>& wrapper) {
    world.put_back("initialised");
    world.acme.wrapper = wrapper;
    const bool started = world.starts();
    world.acme.kill();
    world.start_again();
    FeedWatch watch;
    watch.read(world.acme);
    CHECK(watch.signed_twice().empty());
    CHECK(watch.statements() > 0);
    CHECK(audit_complaint(world.acme) == "");
    world.acme.kill();
    return started;
  };
  const std::size_t step = loops("AVOW_KILL_STEP", 6, 60);
  CHECK(kill_at_each("first start", kDatabaseCalls, step, survives) > 5);
  kill_at_each("first start, of its guard file,", kFileCalls, 1, survives, world.guard_file());
}

TEST_CASE(
    "a node that is killed at any write, or while it stops, loses nothing and signs nothing twice",
    "[killed_at_writes][STORE-02]") {
  if (!may_trace("killed_at_writes_test (load)")) return;
  World world;
  const std::vector<std::string> prepared = prepare(world);
  const auto survives = [&](const auto& wrapper) {
    return survives_load(world, prepared, wrapper, [] { return true; });
  };
  const auto survives_stop = [&](const auto& wrapper) {
    return survives_load(world, prepared, wrapper, [&] { return world.stops(); });
  };
  const std::size_t step = loops("AVOW_KILL_STEP", 5, 30);
  // Some hundred pages are written, of which each run tries every step-th.
  CHECK(kill_at_each("load", {"pwrite64"}, step, survives) > 60 / step);
  kill_at_each("load, of its guard file,", kFileCalls, 1, survives, world.guard_file());
  // What is written to the database file itself is written by the checkpoint as the node stops.
  const std::string database = world.acme.data() / "avow.db";
  kill_at_each("stop, of its database file,", {"pwrite64", "fdatasync", "ftruncate"},
               loops("AVOW_KILL_STEP", 10, 45), survives_stop, {database});
  kill_at_each("stop, of its log,", {"unlink"}, 1, survives_stop, {database + "-wal"});
}

TEST_CASE("a power cut that loses all that was not synced loses nothing acknowledged",
          "[killed_at_writes][STORE-18]") {
  if (!may_trace("killed_at_writes_test (power cut)")) return;
  World world;
  const std::vector<std::string> prepared = prepare(world);
  const fs::path log = world.acme.data() / "avow.db-wal";
  const fs::path notes = world.consortium.folder() / "notes";
  std::uintmax_t lost = 0;
  // The database file is written by checkpoints alone and there is none in a trial: all that is new is in the log.
  const auto cut_power = [&] {
    const std::uintmax_t synced = synced_bytes(notes, world.acme.process().pid());
    const std::uintmax_t written = fs::file_size(log);
    REQUIRE(synced <= written);
    lost += written - synced;
    fs::resize_file(log, synced);
    fs::remove(world.acme.data() / "avow.db-shm");
  };
  std::size_t kills = 0;
  for (bool survived = false; !survived && kills < 100;) {
    const std::string effect = "signal=KILL:when=" + std::to_string(kills + 1);
    INFO("killed at fdatasync number " << kills + 1);
    survived = survives_load(
        world, prepared, with_faults_noted("fdatasync", effect, log, notes), [] { return true; },
        cut_power);
    if (!survived) ++kills;
  }
  CHECK(kills > 3);
  CHECK(lost > 0);
  std::cout << "killed_at_writes_test: power cut at " << kills
            << " of fdatasync and after the last, " << lost << " bytes lost that were not synced"
            << std::endl;
}

}  // namespace killed_at_writes_test
