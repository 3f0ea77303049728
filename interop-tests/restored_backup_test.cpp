#include <catch2/catch.hpp>

#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"

namespace restored_backup_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

void check_refuses_to_sign(const Reply& reply) {
  INFO(reply.text);
  CHECK(reply.status == 503);
  CHECK(reply.code() == "restored_backup");
}

/// Acme and Globex; Acme's database is put back to where it was before it revoked `revoked`. Initech, if it is a third, has
/// been away since.
struct Restored {
  explicit Restored(const ConsortiumOptions& options = two_members()) : consortium(options) {
    consortium.start();
    agent = std::make_unique<Agent>(acme, "CustomerSupportAgent", 1);
    kept = agent->issue();
    revoked = agent->issue();
    suspended = agent->issue();
    if (!change_status(acme, suspended, "suspend").ok()) throw std::runtime_error("not suspended");
    acme.stop();
    std::filesystem::copy_file(database(), consortium.folder() / "backup.db");
    std::filesystem::copy_file(guard(), consortium.folder() / "guard.json");
    if (consortium.size() > 2) consortium[2].stop();
    acme.start();
    if (!change_status(acme, revoked, "revoke").ok()) throw std::runtime_error("not revoked");
    consortium.settle();
    acme.stop();
  }

  static ConsortiumOptions two_members() {
    ConsortiumOptions options;
    options.names = {"acme", "globex"};
    options.links = {{0, 1}};
    return options;
  }

  static ConsortiumOptions three_members() {
    ConsortiumOptions options;
    options.links = {{0, 1}, {0, 2}};
    return options;
  }

  std::filesystem::path database() { return acme.data() / "avow.db"; }
  std::filesystem::path guard() { return acme.data() / "keys" / "guard.json"; }
  void restore_guard() {
    std::filesystem::copy_file(consortium.folder() / "guard.json", guard(),
                               std::filesystem::copy_options::overwrite_existing);
  }
  std::string may_not_sign(const char* member = "code") {
    const Json status = acme.admin().get("/v1/status").body;
    const auto* refusal = status.find("mayNotSign");
    return refusal != nullptr ? *refusal->find_string(member) : "";
  }
  void restore_backup() {
    std::filesystem::copy_file(consortium.folder() / "backup.db", database(),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(database().string() + "-wal");
    std::filesystem::remove(database().string() + "-shm");
  }

  std::string list_of(const Json& credential) {
    const Json& entry = credential.find("credentialStatus")->as_array()->front();
    return entry.find_string("statusListCredential")->substr(acme.public_url().size());
  }

  void check_signs_nothing() {
    check_refuses_to_sign(
        acme.admin().post("/v1/credentials", Json::object({{"agent", agent->name()},
                                                           {"type", "AgentCapabilityCredential"},
                                                           {"lifetimeSeconds", 60},
                                                           {"claims", support_claims()}})));
    // Stops are another matter: they act here, whether or not anybody hears of it.
    check_refuses_to_sign(change_status(acme, suspended, "resume"));
    // A list signed now would take the revocation back.
    check_refuses_to_sign(acme.at_public().get(list_of(revoked)));
    const Reply ready = acme.at_public().get("/readyz");
    INFO(ready.text);
    CHECK(ready.status == 503);
    CHECK(*ready.body.find("ready") == Json(false));
    CHECK(ready.text.find("backup") != std::string::npos);
    CHECK(acme.at_public().get("/healthz").status == 200);
    // It goes on answering, but does not believe its own lists.
    for (const Json& credential : {kept, revoked})
      CHECK(verify_credential(acme, credential, "w3c").code() == "registry_stale");
  }

  Consortium consortium;
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  std::unique_ptr<Agent> agent;
  Json kept;
  Json revoked;
  Json suspended;
};

}  // namespace

TEST_CASE("a node whose database is an older copy signs nothing and says so",
          "[restored_backup][STORE-09][SECRET-08]") {
  Restored f;
  SECTION("the copy put back is the last one: nothing is amiss") {
    f.acme.start();
    CHECK(change_status(f.acme, f.kept, "suspend").status == 200);
  }
  SECTION("nobody is there to ask") {
    f.globex.stop();
    f.restore_backup();
    f.acme.launch();
    f.check_signs_nothing();
    CHECK(f.acme.at_public().post("/challenges").status == 200);
  }
  SECTION("also after peers gave back its statements, and after another start") {
    // What was said returns; the records and indexes of credentials do not.
    f.restore_backup();
    f.acme.launch();
    f.consortium.settle();
    f.check_signs_nothing();
    f.acme.stop();
    f.acme.launch();
    f.check_signs_nothing();
    CHECK(verify_credential(f.globex, f.kept).status == 200);
    CHECK(verify_credential(f.globex, f.revoked).code() == "revoked");
  }
  SECTION("the guard file was put back too: a peer knows better") {
    f.globex.stop();
    f.restore_backup();
    f.restore_guard();
    f.acme.start();
    // Nobody has answered yet: it verifies, but signs nothing and does not believe its own lists.
    CHECK(f.may_not_sign() == "awaiting_peers");
    CHECK(f.acme.at_public().get("/readyz").status == 200);
    CHECK(change_status(f.acme, f.suspended, "resume").code() == "awaiting_peers");
    CHECK(f.acme.at_public().get(f.list_of(f.revoked)).status == 503);
    CHECK(verify_credential(f.acme, f.revoked, "w3c").code() == "registry_stale");
    f.globex.start();
    CHECK(eventually([&] { return f.may_not_sign() == "restored_backup"; }));
    f.check_signs_nothing();
    CHECK(verify_credential(f.globex, f.kept).status == 200);
    CHECK(verify_credential(f.globex, f.revoked).code() == "revoked");
  }
}

TEST_CASE(
    "a node that is put back without its guard files, as a backup is made, waits for every peer",
    "[restored_backup][STORE-09][GOSSIP-18]") {
  Restored f(Restored::three_members());
  Node& initech = f.consortium[2];
  f.globex.stop();
  f.restore_backup();
  for (const char* name : {"guard.json", "vote-guard.json"})
    std::filesystem::remove(f.acme.data() / "keys" / name);
  initech.launch();
  f.acme.launch();
  // Who was away agrees with what was put back. Who knows more is down.
  const auto waits_for = [&](const Node& peer) {
    return f.may_not_sign("why").find(peer.peer_url()) != std::string::npos;
  };
  CHECK(eventually([&] { return waits_for(f.globex) && !waits_for(initech); }));
  CHECK(f.may_not_sign() == "awaiting_peers");
  CHECK(change_status(f.acme, f.suspended, "resume").code() == "awaiting_peers");
  const auto told = f.acme.avow({"status"});
  CHECK(told.out.find("every peer: not yet " + f.globex.peer_url()) != std::string::npos);
  CHECK(told.out.find("start this node without that --peer") != std::string::npos);
  // Another start makes no guard file of the older database.
  f.acme.stop();
  f.acme.launch();
  CHECK(eventually([&] { return waits_for(f.globex) && !waits_for(initech); }));
  CHECK(f.may_not_sign() == "awaiting_peers");

  f.globex.start();
  CHECK(eventually([&] { return f.may_not_sign() == "restored_backup"; }));
  f.check_signs_nothing();
  CHECK(verify_credential(f.globex, f.kept).status == 200);
  CHECK(verify_credential(f.globex, f.revoked).code() == "revoked");
}

TEST_CASE(
    "after a recovery the node signs again, and what it had forgotten to have revoked stays so",
    "[restored_backup][recovery][GOSSIP-18]") {
  Restored f;
  f.restore_backup();
  if (GENERATE(true, false)) f.restore_guard();
  f.acme.launch();
  f.consortium.settle();
  CHECK(eventually([&] { return f.may_not_sign() == "restored_backup"; }));
  f.acme.stop();
  const auto recover = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"key", "recover", "--json", "--passphrase-file",
                                   f.acme.passphrase_file()};
    words.insert(words.end(), more.begin(), more.end());
    return f.acme.avow(words);
  };
  CHECK(recover({}).exit_code == 2);                            // nobody to confirm
  CHECK(recover({"--yes", "--strike", "9/9"}).exit_code != 0);  // nothing is called that
  CHECK(recover({"--yes", "--strike", "acme"}).exit_code == 2);
  const auto recovered = recover({"--yes"});
  INFO(recovered.out << recovered.err);
  REQUIRE(recovered.exit_code == 0);
  const auto told = core::parse_json(recovered.out);
  REQUIRE(told);
  CHECK(told->find_string("versionId")->substr(0, 2) == "2-");
  const auto& again = *told->find("saidAgain")->as_array();
  REQUIRE(again.size() == 1);
  CHECK(*again[0].find_string("what") == "revoked");

  f.acme.start();
  CHECK(f.may_not_sign().empty());
  const Json fresh = f.agent->issue();
  f.consortium.settle();
  for (Node* node : {&f.acme, &f.globex}) {
    CHECK(verify_credential(*node, f.kept).status == 200);
    CHECK(verify_credential(*node, f.revoked).code() == "revoked");
    CHECK(verify_credential(*node, f.suspended).code() == "suspended");
    CHECK(verify_credential(*node, fresh).status == 200);
  }
  CHECK(state_of(f.acme, *f.revoked.find_string("id")) == "revoked");
  CHECK(f.list_of(f.kept) != f.list_of(fresh));
  CHECK(audit_complaint(f.acme) == "");
}

}  // namespace restored_backup_test
