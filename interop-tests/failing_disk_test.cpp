#include <csignal>
#include <fstream>
#include <iostream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/feed_watch.h"
#include "interop-tests/harness/strace.h"
#include "interop-tests/harness/wait.h"

namespace failing_disk_test {

using namespace avow;
using namespace avow::interop;
using core::Json;
namespace fs = std::filesystem;

namespace {

/// Acme's running node with an agent, a credential that stays as it is and one that was revoked in time.
struct World {
  void start() {
    acme.start();
    if (!agent) {
      agent = std::make_unique<Agent>(acme, "CustomerSupportAgent", 1);
      kept = agent->issue();
      revoked = agent->issue();
      asked = agent->issue();
      REQUIRE(change_status(acme, revoked, "revoke").ok());
    }
  }
  /// What was acknowledged stands, and the node answers for it.
  void check_answers() const {
    CHECK(state_of(acme, *kept.find_string("id")) == "active");
    CHECK(state_of(acme, *revoked.find_string("id")) == "revoked");
    CHECK(verify_credential(acme, kept).status == 200);
    CHECK(verify_credential(acme, revoked).code() == "revoked");
    CHECK(acme.at_public().get("/healthz").status == 200);
  }

  /// The file that its guard file is written as before it takes its place.
  std::vector<std::string> guard_file() const { return {acme.data() / "keys/guard.json.new"}; }

  Consortium consortium{two_members_apart()};
  Node& acme = consortium[0];
  std::unique_ptr<Agent> agent;
  Json kept;
  Json revoked;
  Json asked;
};

struct Fault {
  const char* calls;
  const char* error;
  const char* code;  // what the node answers; "unsaid": it acts here, and no peer hears of it yet
  bool heals;        // it writes again when the disk does, without being started anew
  bool guard_file = false;  // only those that write the guard file
};

}  // namespace

TEST_CASE("a disk that fails is told to who asked, and nothing acknowledged is lost",
          "[failing_disk][STORE-03]") {
  if (!may_attach("failing_disk_test")) return;
  World world;
  // A failed sync of the database is for good; of the guard file it can be made good, as it is written anew.
  for (const Fault& fault :
       {Fault{"fdatasync", "EIO", "storage", false}, Fault{"fdatasync", "ENOSPC", "storage", false},
        Fault{"pwrite64", "EIO", "storage", true},
        Fault{"pwrite64", "ENOSPC", "storage_full", true}, Fault{"fsync", "EIO", "unsaid", true},
        Fault{"fsync", "ENOSPC", "unsaid", true}, Fault{"rename", "EIO", "unsaid", true},
        Fault{"write", "EIO", "unsaid", true, /*guard_file=*/true},
        Fault{"write", "ENOSPC", "unsaid", true, /*guard_file=*/true},
        Fault{"rename", "ENOSPC", "unsaid", true, /*guard_file=*/true},
        Fault{"openat", "EMFILE", "unsaid", true}}) {
    const std::string what =
        std::string(fault.calls) + (fault.guard_file ? " of the guard file" : "");
    INFO(what << " fails with " << fault.error);
    world.start();
    FeedWatch watch;
    watch.read(world.acme);
    const std::size_t said = watch.statements();
    {
      const Faults faults(world.acme.process().pid(), fault.calls,
                          std::string("error=") + fault.error,
                          fault.guard_file ? world.guard_file() : std::vector<std::string>{});
      const Reply answer = change_status(world.acme, world.asked, "suspend");
      INFO(answer.text);
      const std::string code = fault.code;
      if (code == "unsaid") {
        CHECK(answer.status == 200);
        CHECK(answer.body.find("unsaid") != nullptr);
        CHECK(state_of(world.acme, *world.asked.find_string("id")) == "suspended");
      } else {
        CHECK(answer.status == (code == "storage" ? 503 : 507));
        CHECK(answer.code() == code);
      }
      CHECK_FALSE(change_status(world.acme, world.asked, "resume").ok());
      watch.read(world.acme);
      CHECK(watch.statements() == said);  // no peer hears of what was not acknowledged
      world.check_answers();
    }
    const Reply after = change_status(world.acme, world.kept, "suspend");
    INFO(after.text);
    CHECK(after.ok() == fault.heals);
    if (fault.heals) CHECK(change_status(world.acme, world.kept, "resume").ok());
    // What cannot write says so before anybody loses by it.
    CHECK((world.acme.at_public().get("/readyz").status == 200) == fault.heals);
    CHECK(audit_complaint(world.acme) == "");
    world.acme.stop();

    world.start();
    world.check_answers();
    // Not acknowledged: it may have happened. Now it does not matter any more.
    const std::string state = state_of(world.acme, *world.asked.find_string("id"));
    CHECK((state == "suspended" || state == "active"));
    CHECK(change_status(world.acme, world.asked, "suspend").ok());
    CHECK(change_status(world.acme, world.asked, "resume").ok());
    watch.read(world.acme);
    CHECK(watch.statements() > said);
    CHECK(watch.signed_twice().empty());
    CHECK(audit_complaint(world.acme) == "");
    world.acme.stop();
    std::cout << "failing_disk_test: " << what << " failed with " << fault.error << ": answered "
              << fault.code << (fault.heals ? ", healed" : ", takes no more writes") << std::endl;
  }
}

namespace {

/// A mount namespace with 4 MiB at one folder, for as long as this lives.
class SmallDisk {
 public:
  SmallDisk(const fs::path& folder, const core::testing::TempDir& notes)
      : holder_({"/usr/bin/unshare", "-Urm", "/bin/sh", "-c",
                 "mount -t tmpfs -o size=4m,mode=700 small \"$0\" && echo ready && exec sleep 600",
                 folder.string()},
                {notes / "holder.out", notes / "holder.err"}) {
    eventually([&] { return !holder_.out().empty() || !holder_.running(); });
  }
  bool is_there() const { return holder_.out() == "ready\n"; }
  std::string why_not() const { return holder_.err(); }
  std::vector<std::string> wrapper() const {
    return {"/usr/bin/nsenter",      "-t", std::to_string(holder_.pid()), "-U", "-m",
            "--preserve-credentials"};
  }
  fs::path root() const { return "/proc/" + std::to_string(holder_.pid()) + "/root"; }

 private:
  Process holder_;
};

}  // namespace

TEST_CASE("a full disk stops the writes, not the answers, and heals", "[failing_disk][STORE-04]") {
  World world;
  const core::testing::TempDir folder;
  Node& acme = world.acme;
  world.start();
  acme.stop();
  fs::copy(acme.data(), folder / "data", fs::copy_options::recursive);
  SmallDisk disk(acme.data(), folder);
  if (!disk.is_there()) {
    std::cout << "failing_disk_test (full disk): NOT RUN, no namespace with a mount: "
              << disk.why_not() << std::endl;
    return;
  }
  acme.root = disk.root();
  fs::copy(folder / "data", acme.seen(acme.data()),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  acme.wrapper = disk.wrapper();
  world.start();

  const fs::path filler = acme.seen(acme.data()) / "filler";
  {
    std::ofstream fill(filler);
    while (fill << std::string(4096, 'x') << std::flush) {
    }
  }
  std::size_t refusals = 0;
  // What is left of a page or two of the log may take the first ones.
  const bool full = eventually([&] {
    const Reply refused =
        change_status(acme, world.asked, refusals % 2 == 0 ? "suspend" : "resume");
    return refused.code() == "storage_full" || (refused.ok() && ++refusals > 1000);
  });
  CHECK(full);
  const Reply refused = world.acme.admin().post("/v1/credentials",
                                                Json::object({{"agent", "CustomerSupportAgent"},
                                                              {"type", "AgentCapabilityCredential"},
                                                              {"lifetimeSeconds", 60},
                                                              {"claims", support_claims()}}));
  INFO(refused.text);
  CHECK(refused.status == 507);
  CHECK(refused.code() == "storage_full");
  world.check_answers();

  fs::remove(filler);
  CHECK(change_status(acme, world.kept, "suspend").ok());
  CHECK(change_status(acme, world.kept, "resume").ok());
  CHECK(audit_complaint(acme) == "");
  acme.kill();
  world.start();
  world.check_answers();
  CHECK(audit_complaint(acme) == "");
  acme.stop();
  std::cout << "failing_disk_test: 4 MiB full, " << refusals
            << " changes fitted in before storage_full, healed" << std::endl;
}

TEST_CASE("files that may not grow stop the writes, not the node", "[failing_disk][STORE-05]") {
  World world;
  world.start();
  world.acme.stop();
  world.acme.wrapper = {"/usr/bin/prlimit", "--fsize=600000:600000"};
  world.start();
  std::size_t changes = 0;
  Reply refused;
  REQUIRE(eventually([&] {
    refused = change_status(world.acme, world.asked, changes++ % 2 == 0 ? "suspend" : "resume");
    return !refused.ok();
  }));
  INFO(refused.text);
  CHECK(refused.status == 503);
  CHECK(refused.code() == "storage");
  world.check_answers();
  world.acme.wrapper.clear();
  world.acme.kill();
  world.start();
  world.check_answers();
  CHECK(change_status(world.acme, world.kept, "suspend").ok());
  CHECK(audit_complaint(world.acme) == "");
  world.acme.stop();
  std::cout << "failing_disk_test: files of at most 600,000 bytes: " << changes
            << " changes until storage" << std::endl;
}

}  // namespace failing_disk_test
