#include "node/credential_issuer.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"

namespace avow::node::credential_issuer_test {
namespace {

using testing::must;
using Change = CredentialIssuer::Change;

/// A member with one agent enrolled.
struct Member {
  Member() {
    must(rooms.join(consortium.charter()));
    agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
  }
  core::Json issue() { return must(rooms.issuer->issue(rooms.draft(agent), "uid 1")); }

  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms{consortium.organisations[0], folder.path()};
  Agent agent;
};

std::string id_of(const core::Json& credential) {
  return *credential.find_string("id");
}

TEST_CASE("issuing says the lists, keeps a record and an audit row", "[node][issuer]") {
  Member member;
  const std::size_t before = member.rooms.said().size();

  const core::Json credential = member.issue();

  CHECK(*credential.find_string("issuer") == member.rooms.organisation.did().text());
  CHECK(*credential.find_string("validUntil") == "2026-11-21T09:00:00Z");
  CHECK(credential.find("credentialStatus")->as_array()->size() == 2);
  const auto kinds = member.rooms.kinds_said();
  CHECK(
      std::vector<std::string>(kinds.begin() + static_cast<std::ptrdiff_t>(before), kinds.end()) ==
      std::vector<std::string>{"status.list", "status.list"});
  const auto records = member.rooms.credentials();
  REQUIRE(records.size() == 1);
  CHECK(records[0].id == id_of(credential));
  CHECK(records[0].subject == member.agent.did);
  CHECK(member.rooms.audited() == std::vector<std::string>{"agent.add", "credential.issue"});

  member.issue();  // the lists are there: nothing further to say
  CHECK(member.rooms.said().size() == before + 2);
}

TEST_CASE("a credential that may not be signed leaves nothing behind", "[node][issuer]") {
  Member member;
  const auto said = member.rooms.said().size();
  std::vector<core::Json> drafts;
  const auto with = [&](auto change) {
    core::Json draft = member.rooms.draft(member.agent);
    change(draft);
    drafts.push_back(std::move(draft));
  };
  with([](core::Json& draft) { draft.set("issuer", "did:web:globex.example"); });
  with([](core::Json& draft) { draft.erase("credentialSubject"); });
  with([](core::Json& draft) { draft.set("credentialStatus", core::Json::object()); });
  with([](core::Json& draft) { draft.set("validUntil", "2026-11-29T09:00:00Z"); });
  with([](core::Json& draft) { draft.set("id", std::string(1025, 'x')); });
  with([](core::Json& draft) { draft.set("id", 5); });
  drafts.emplace_back("a text");
  drafts.emplace_back();
  for (const core::Json& draft : drafts) {
    const auto refused = member.rooms.issuer->issue(draft, "uid 1");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_input);
  }
  CHECK(member.rooms.credentials().empty());
  CHECK(member.rooms.lists->lists().empty());
  CHECK(member.rooms.said().size() == said);
  CHECK(member.rooms.audited() == std::vector<std::string>{"agent.add"});
}

TEST_CASE("nothing is issued to an agent whose DID is deactivated", "[node][issuer][DID-45]") {
  Member member;
  const Agent other = must(member.rooms.enrolment->add(member.rooms.request("Other"), "uid 1"));
  const core::Json draft = member.rooms.draft(other);
  must(member.rooms.issuer->issue(draft, "uid 1"));
  must(member.rooms.own_documents->deactivate(other.did, "", "uid 1"));
  const auto records = member.rooms.credentials().size();
  const auto said = member.rooms.said().size();

  const auto refused = member.rooms.issuer->issue(draft, "uid 1");

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::subject_deactivated);
  CHECK(member.rooms.credentials().size() == records);
  CHECK(member.rooms.said().size() == said);
  // Neither by the general way, beside a subject that is well.
  core::Json several = member.rooms.draft(other);
  several.set("type", core::Json::array({"VerifiableCredential", "Badge"}));
  several.set("credentialSubject",
              core::Json::array({core::Json::object({{"id", member.agent.did}}),
                                 core::Json::object({{"id", other.did}})}));
  const auto beside = member.rooms.issuer->issue(several, "uid 1");
  REQUIRE_FALSE(beside);
  CHECK(beside.error().code == ErrorCode::subject_deactivated);
  CHECK(member.rooms.issuer->issue(member.rooms.draft(member.agent), "uid 1"));
}

TEST_CASE("an id is issued once, and no index is given twice [STATUS-25]",
          "[node][issuer][STATUS-25]") {
  Member member;
  core::Json draft = member.rooms.draft(member.agent);
  draft.set("id", "urn:uuid:5f0c3d0e-3c5b-4c6e-9a43-0b5a6c1d2e3f");
  must(member.rooms.issuer->issue(draft, "uid 1"));

  const auto again = member.rooms.issuer->issue(draft, "uid 1");

  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::conflict);
  member.issue();
  const auto records = member.rooms.credentials();
  REQUIRE(records.size() == 2);
  CHECK(records[0].slots.revocation.index != records[1].slots.revocation.index);
}

namespace {

/// Lets nobody write until it ends.
class BusyWriter {
 public:
  explicit BusyWriter(testing::Rooms& rooms)
      : thread_([&rooms, this] {
          rooms.write([this](core::Transaction&) {
            has_begun_.count_down();
            may_end_.wait();
          });
        }) {
    has_begun_.wait();
  }
  ~BusyWriter() { may_end_.count_down(); }
  BusyWriter(const BusyWriter&) = delete;
  BusyWriter& operator=(const BusyWriter&) = delete;

 private:
  std::latch has_begun_{1};
  std::latch may_end_{1};
  std::jthread thread_;
};

}  // namespace

TEST_CASE("stops that are asked for at once are one statement for each list, and each is answered",
          "[node][issuer]") {
  constexpr std::size_t kStops = 40;
  Member member;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kStops; ++i) ids.push_back(id_of(member.issue()));
  const auto said_before = member.rooms.said().size();
  const auto audited_before = member.rooms.audited().size();

  std::vector<std::optional<Result<StateChange, Error>>> answers(kStops + 1);
  {
    std::vector<std::jthread> threads;
    const auto ask = [&](std::size_t i, const std::string& id) {
      const auto change = i % 4 == 0 ? Change::suspend : Change::revoke;
      threads.emplace_back([&, i, id, change] {
        answers[i] = member.rooms.issuer->change(id, change, "", "uid 1");
      });
    };
    const BusyWriter busy(member.rooms);
    for (std::size_t i = 0; i < kStops; ++i) ask(i, ids[i]);
    ask(kStops, "urn:uuid:unknown");
    // However few of them come in time: what waits while another writes is taken together.
    std::this_thread::sleep_for(3 * CredentialIssuer::kStopsApart);
  }

  const auto said = member.rooms.said();
  // Who came first, and the others: of each a revocation and a suspension list, unless the machine is busy.
  CHECK(said.size() - said_before < kStops / 2);
  CHECK(member.rooms.audited().size() == audited_before + kStops);
  REQUIRE_FALSE(*answers[kStops]);
  CHECK(answers[kStops]->error().code == ErrorCode::not_found);
  for (std::size_t i = 0; i < kStops; ++i) {
    const auto& answer = *answers[i];
    REQUIRE(answer);
    REQUIRE(answer->said);
    const auto& slots = answer->record.slots;
    const auto index = (i % 4 == 0 ? slots.suspension : slots.revocation).index;
    const auto statement =
        std::find_if(said.begin(), said.end(), [&](const registry::Statement& one) {
          return registry::SaidAt{one.epoch, one.sequence} == *answer->said;
        });
    REQUIRE(statement != said.end());
    const auto delta = revocation::parse_status_delta(statement->body);
    REQUIRE(delta);
    CHECK(std::count(delta->set.begin(), delta->set.end(), index) == 1);
  }
}

TEST_CASE("of stops that are said together each acts here if the feed cannot say them",
          "[node][issuer]") {
  Member member;
  const auto first = id_of(member.issue());
  const auto second = id_of(member.issue());
  registry::testing::Author twin(member.consortium.organisations[0],
                                 member.consortium.charter().network);
  twin.open();
  registry::Objects objects;
  objects.statements.push_back(twin.note("another story").text);
  member.rooms.write([&](core::Transaction& tx) {
    REQUIRE(member.rooms.replica.receive(tx, objects, "", member.rooms.clock.now()));
  });
  std::array<std::optional<Result<StateChange, Error>>, 3> answers;
  {
    std::vector<std::jthread> threads;
    const BusyWriter busy(member.rooms);
    threads.emplace_back(
        [&] { answers[0] = member.rooms.issuer->change(first, Change::revoke, "", "uid 1"); });
    threads.emplace_back(
        [&] { answers[1] = member.rooms.issuer->change(second, Change::suspend, "", "uid 1"); });
    std::this_thread::sleep_for(3 * CredentialIssuer::kStopsApart);
  }
  answers[2] = member.rooms.issuer->change(second, Change::resume, "", "uid 1");
  for (const std::size_t i : {0U, 1U}) {
    REQUIRE(*answers.at(i));
    CHECK((*answers.at(i))->unsaid);
    CHECK_FALSE((*answers.at(i))->said);
  }
  CHECK_FALSE(*answers[2]);
  const auto records = member.rooms.credentials();
  CHECK(std::count_if(records.begin(), records.end(), [](const auto& record) {
          return record.state == revocation::CredentialState::active;
        }) == 0);
}

TEST_CASE("a guard file that cannot be read refuses no stop", "[node][issuer]") {
  Member member;
  const auto id = id_of(member.issue());
  std::ofstream(member.folder / "guard.json") << "{";
  const bool has_node_seen_it = GENERATE(true, false);
  if (has_node_seen_it) {
    registry::testing::Author others(member.consortium.organisations[0],
                                     member.consortium.charter().network);
    registry::Objects objects;
    objects.statements.push_back(others.open().text);  // of our feed: the guard file is read again
    member.rooms.membership->look_at(objects);
  } else {
    member.rooms.read([&](core::Connection& c) { CHECK_FALSE(member.rooms.feed.check(c)); });
  }

  const auto stopped = member.rooms.issuer->change(id, Change::revoke, "", "uid 1");

  // It acts here either way.
  CHECK(member.rooms.credentials().front().state == revocation::CredentialState::revoked);
  REQUIRE(stopped);
  CHECK(stopped->unsaid);
}

TEST_CASE("a guard file that cannot be written undoes no stop, and none of them is made again",
          "[node][issuer]") {
  Member member;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(id_of(member.issue()));
  const auto suspended = id_of(member.issue());
  must(member.rooms.issuer->change(suspended, Change::suspend, "", "uid 1"));
  const auto said_before = member.rooms.said().size();
  std::filesystem::create_directory(member.folder / "guard.json.new");

  std::array<std::optional<Result<StateChange, Error>>, 4> answers;
  {
    std::vector<std::jthread> threads;
    const BusyWriter busy(member.rooms);
    const auto ask = [&](std::size_t i, const std::string& id) {
      threads.emplace_back([&, i, id] {
        answers[i] = member.rooms.issuer->change(id, Change::revoke, "", "uid 1");
      });
    };
    for (std::size_t i = 0; i < ids.size(); ++i) ask(i, ids[i]);
    ask(ids.size(), "urn:uuid:unknown");
    std::this_thread::sleep_for(3 * CredentialIssuer::kStopsApart);
  }

  REQUIRE_FALSE(*answers[3]);
  CHECK(answers[3]->error().code == ErrorCode::not_found);
  for (const std::size_t i : {0U, 1U, 2U}) {
    REQUIRE(*answers.at(i));
    CHECK((*answers.at(i))->said);
    REQUIRE((*answers.at(i))->unsaid);
    CHECK((*answers.at(i))->unsaid->what == "the guard file cannot be written");
  }
  const auto audited = member.rooms.audited();
  CHECK(std::count(audited.begin(), audited.end(), "credential.revoke") == 3);
  for (const auto& record : member.rooms.credentials()) {
    CHECK((record.id == suspended || record.state == revocation::CredentialState::revoked));
  }
  CHECK(member.rooms.said().size() <= said_before + 3);

  // Who issues or resumes is told that nobody hears of it.
  const auto resumed = member.rooms.issuer->change(suspended, Change::resume, "", "uid 1");
  REQUIRE_FALSE(resumed);
  CHECK(resumed.error().code == ErrorCode::storage);
}

TEST_CASE("revoking is one statement, one audit row, and final [STATUS-24]",
          "[node][issuer][STATUS-24]") {
  Member member;
  const std::string id = id_of(member.issue());

  const auto revoked =
      must(member.rooms.issuer->change(id, Change::revoke, "laptop lost", "uid 1"));

  const auto last = member.rooms.said().back();
  CHECK(last.kind_name == "status.delta");
  CHECK(revoked.said == registry::SaidAt{last.epoch, last.sequence});
  const auto* set = last.body.find("set")->as_array();
  REQUIRE(set->size() == 1);
  CHECK(*set->front().as_integer() == std::int64_t{revoked.record.slots.revocation.index.value()});
  CHECK(revoked.record.state == revocation::CredentialState::revoked);
  CHECK(member.rooms.audited().back() == "credential.revoke");

  for (const Change change : {Change::suspend, Change::resume}) {
    const auto refused = member.rooms.issuer->change(id, change, "", "uid 1");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::conflict);
  }
  CHECK(member.rooms.said().back().hash == last.hash);
}

TEST_CASE("what is so already is kept in the audit log and says nothing further",
          "[node][issuer]") {
  Member member;
  const std::string id = id_of(member.issue());
  must(member.rooms.issuer->change(id, Change::suspend, "", "uid 1"));
  const auto said = member.rooms.said().size();

  const auto again = must(member.rooms.issuer->change(id, Change::suspend, "", "uid 1"));

  CHECK_FALSE(again.said);
  CHECK(again.change.before == again.change.after);
  CHECK(member.rooms.said().size() == said);
  CHECK(member.rooms.audited().size() == 4);  // add, issue, suspend, suspend

  const auto resumed = must(member.rooms.issuer->change(id, Change::resume, "", "uid 1"));
  CHECK(resumed.record.state == revocation::CredentialState::active);
  CHECK(member.rooms.said().back().body.find("clear")->as_array()->size() == 1);
}

TEST_CASE("what was never issued cannot be revoked", "[node][issuer]") {
  Member member;
  const auto refused = member.rooms.issuer->change("urn:uuid:none", Change::revoke, "", "uid 1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::not_found);
  CHECK(member.rooms.audited() == std::vector<std::string>{"agent.add"});
}

TEST_CASE("without a charter issuing and revoking work and nothing is said", "[node][issuer]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  const Agent agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
  const std::string id = id_of(must(rooms.issuer->issue(rooms.draft(agent), "uid 1")));
  const auto revoked = must(rooms.issuer->change(id, Change::revoke, "", "uid 1"));
  CHECK_FALSE(revoked.said);
  CHECK(rooms.said().empty());
}

}  // namespace
}  // namespace avow::node::credential_issuer_test
