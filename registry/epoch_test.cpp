// Epochs: what continues what, forks and their settlement.

#include <algorithm>

#include <catch2/catch.hpp>

#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace epoch_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

const std::string kNoLists = core::to_multibase(core::sha256(core::ByteView{}));

struct Fixture {
  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  KeyVersion second = keys.after(acme.entry, kNow - std::chrono::hours(2));
  KeyVersion third = keys.after(second.entry, kNow - std::chrono::hours(1));
  Author first{acme, charter.network};
  Node node{charter};

  Author continuing(const std::string& previous) const {
    return first.in_epoch(2, second.key, second.key_id, previous);
  }
  Author continuing_in_third(const std::string& previous) const {
    return first.in_epoch(3, third.key, third.key_id, previous);
  }
  void know_keys(Node& of) const { of.receive_entries({second.text(), third.text()}); }

  static std::pair<std::int64_t, std::int64_t> position(const Node& of, const std::string& scid) {
    const auto* fold = of.replica->view()->feed(scid);
    if (fold == nullptr) return {0, 0};
    return {fold->position()->epoch, fold->position()->sequence};
  }
  std::pair<std::int64_t, std::int64_t> position() const { return position(node, acme.scid); }
  bool revoked(int index) const {
    const auto list = node.replica->view()->list_at(acme.did, "https://acme.example/status/r1");
    return list && list->bits->get(revocation::StatusListIndex(static_cast<std::uint32_t>(index)));
  }
  static std::string code(const Receipt& receipt) {
    return receipt.rejected.empty() ? "" : std::string(code_name(receipt.rejected[0].error.code));
  }
  /// Gives a node what it asks for out of these, until it asks for nothing more.
  static void serve(Node& to, const std::vector<Statement>& known) {
    for (std::size_t round = 0; round <= known.size(); ++round) {
      Receipt wanted;
      to.read([&](core::Connection& c) { wanted = to.replica->wanted(c); });
      std::vector<Statement> batch;
      for (const auto& statement : known) {
        if (wanted.need_hashes.contains(statement.hash)) batch.push_back(statement);
      }
      if (batch.empty()) return;
      to.receive(batch);
    }
  }
};

using Position = std::pair<std::int64_t, std::int64_t>;

}  // namespace

TEST_CASE("an opening that goes on from before two openings settles their fork",
          "[registry][epoch]") {
  Fixture f;
  f.know_keys(f.node);
  f.node.receive({f.first.open(), f.first.note("the end of epoch 1")});
  auto one = f.continuing(f.first.last());
  auto other = f.continuing(f.first.last());
  f.node.receive({one.open(), other.open(kNow + core::Milliseconds(1))});
  CHECK(f.node.replica->view()->frozen(f.acme.scid)->epoch == 2);
  CHECK(f.position() == Position{1, 1});
  auto third = f.continuing_in_third(f.first.last());
  f.node.receive({third.open(kNow + core::Milliseconds(2))});
  CHECK_FALSE(f.node.replica->view()->frozen(f.acme.scid));
  CHECK(f.position() == Position{3, 0});
  const auto root = f.node.root();
  f.node.restart();
  CHECK(f.node.root() == root);
}

TEST_CASE("a feed goes on in a new epoch with the key of the next log version",
          "[registry][epoch]") {
  Fixture f;
  f.node.receive({f.first.open(), f.first.next("status.list", list_body("r1", "revocation")),
                  f.first.next("status.delta", delta_body("r1", {3}))});
  auto author = f.continuing(f.first.last());
  const auto open = author.open();
  const auto delta = author.next("status.delta", delta_body("r1", {4}));
  SECTION("held until the log has that version, then taken") {
    auto receipt = f.node.receive({open, delta});
    CHECK(receipt.held == std::set<std::string>{open.hash, delta.hash});
    CHECK(receipt.need == std::set<MissingRange>{{f.acme.scid, kLogEpoch, 2}});
    receipt = f.node.receive_entries({f.second.text()});
    CHECK(receipt.accepted ==
          std::vector<std::string>{f.second.entry.entry_hash, open.hash, delta.hash});
  }
  SECTION("taken when the log has it") {
    f.know_keys(f.node);
    CHECK(f.node.receive({open, delta}).accepted.size() == 2);
  }
  CHECK(f.position() == Position{2, 1});
  CHECK(f.revoked(3));
  CHECK(f.revoked(4));
  const auto root = f.node.root();
  f.node.restart();
  CHECK(f.node.root() == root);

  const auto head = head_of(f.acme, {open, delta}, f.node.replica->view()->status_root(f.acme.scid),
                            kNow + std::chrono::minutes(1));
  auto by_new_key = head;
  by_new_key.key = f.second.key_id;
  CHECK(Fixture::code(f.node.receive_head(head)) == "key_not_authorised");
  CHECK(f.node.receive_head(must(sign_head(by_new_key, f.second.key))).accepted.size() == 1);
  CHECK(f.node.replica->view()->freshness(f.acme.scid, kNow).by_head);
}

TEST_CASE("an opening is signed by its own epoch's key and continues an earlier epoch",
          "[registry][epoch]") {
  Fixture f;
  const auto opening = f.first.open();
  f.node.receive({opening});
  f.know_keys(f.node);
  auto second = f.continuing(opening.hash);
  const auto draft = second.draft("epoch.open", Json::object());
  SECTION("not the key of the epoch before") {
    auto old = draft;
    old.key = f.acme.key_id;
    CHECK(Fixture::code(f.node.receive({must(sign_statement(old, f.acme.key))})) ==
          "key_not_authorised");
    CHECK(Fixture::code(f.node.receive({must(sign_statement(draft, f.acme.key))})) ==
          "bad_signature");
  }
  SECTION("not itself, nor a later one") {
    const auto open = second.open();
    f.node.receive({open});
    auto third = f.continuing_in_third(open.hash);
    const auto in_third = third.open();
    CHECK(f.node.receive({in_third}).accepted.size() == 1);
    auto back = f.first.in_epoch(2, f.second.key, f.second.key_id, in_third.hash);
    Node other(f.charter);
    f.know_keys(other);
    other.receive({opening});
    const auto turned = back.open();
    other.receive({turned});
    CHECK(Fixture::code(other.receive({in_third})) == "bad_previous");
  }
  SECTION("not with an earlier time") {
    CHECK(Fixture::code(f.node.receive({second.open(kNow - core::Milliseconds(1))})) ==
          "bad_previous");
  }
  SECTION("and a statement of the closed epoch changes nothing") {
    f.node.receive({second.open()});
    const auto root = f.node.root();
    CHECK(f.node.receive({f.first.note("a retired key adds nothing")}).accepted.size() == 1);
    CHECK(f.node.root() == root);
    f.node.restart();
    CHECK(f.node.root() == root);
  }
}

TEST_CASE("the next opening settles a fork, whichever branch was seen first [GOSSIP-04]",
          "[registry][epoch][GOSSIP-04]") {
  Fixture f;
  const std::vector<Statement> below{f.first.open(),
                                     f.first.next("status.list", list_body("r1", "revocation"))};
  auto left = f.first;
  auto right = f.first;
  const std::vector<Statement> lefts{left.next("status.delta", delta_body("r1", {1})),
                                     left.next("status.delta", delta_body("r1", {2}))};
  const std::vector<Statement> rights{right.next("status.delta", delta_body("r1", {3})),
                                      right.next("status.delta", delta_body("r1", {4}))};
  auto author = f.continuing(right.last());
  const std::vector<Statement> later{author.open(),
                                     author.next("status.delta", delta_body("r1", {5}))};
  f.know_keys(f.node);
  f.node.receive(below);
  const bool sees_left_first = GENERATE(true, false);
  f.node.receive(sees_left_first ? lefts : rights);
  f.node.receive(sees_left_first ? rights : lefts);
  CHECK(f.node.replica->view()->frozen(f.acme.scid)->sequence == 2);
  CHECK_FALSE(f.revoked(1));

  const auto held = f.node.receive(later);
  std::vector<Statement> all = lefts;
  all.insert(all.end(), rights.begin(), rights.end());
  Fixture::serve(f.node, all);
  f.node.receive(later);
  CHECK(f.position() == Position{2, 1});
  CHECK_FALSE(f.node.replica->view()->frozen(f.acme.scid));
  CHECK(f.revoked(3));
  CHECK(f.revoked(5));
  CHECK_FALSE(f.revoked(1));
  const auto root = f.node.root();
  f.node.restart();
  CHECK(f.node.root() == root);

  SECTION("a proof about the closed epoch has no effect any more") {
    auto thief = Author(f.acme, f.charter.network);
    const auto forged = thief.open(kNow + core::Milliseconds(1));
    f.node.receive({forged});
    CHECK(f.node.root() == root);
    CHECK_FALSE(f.node.replica->view()->frozen(f.acme.scid));
  }
  SECTION("a node that never saw the abandoned branch comes to the same root") {
    Node stranger(f.charter);
    f.know_keys(stranger);
    stranger.receive(below);
    stranger.receive(rights);
    stranger.receive(later);
    CHECK(stranger.root() == root);
  }
  SECTION("nor does one that first heard of the opening, and asks backwards for the rest") {
    Node stranger(f.charter);
    f.know_keys(stranger);
    const auto receipt = stranger.receive({later[0]});
    CHECK(receipt.held.contains(later[0].hash));
    CHECK(receipt.need_hashes == std::set<std::string>{rights[1].hash});
    CHECK(receipt.need == std::set<MissingRange>{{f.acme.scid, 1, 0}});
    all.insert(all.end(), below.begin(), below.end());
    Fixture::serve(stranger, all);
    stranger.receive({later[1]});
    CHECK(stranger.root() == root);
  }
}

TEST_CASE("an opening of an epoch that another has gone past takes nothing back",
          "[registry][epoch]") {
  Fixture f;
  f.know_keys(f.node);
  const auto open = f.first.open();
  const auto list = f.first.next("status.list", list_body("r1", "revocation"));
  auto second = f.continuing(open.hash);
  auto author = f.continuing_in_third(list.hash);
  f.node.receive({open, list, author.open(), author.note("one story")});
  auto twin = author;
  const auto fork = twin.note("another story");
  f.node.receive({author.note("goes on"), author.next("status.delta", delta_body("r1", {2, 3}))});
  CHECK(f.revoked(3));
  // What was applied from the fork on no longer counts, which is told by the fork alone.
  f.node.receive({author.note("two"), fork});
  const auto root = f.node.root();
  const auto folded = f.node.replica->folded_anew();
  const auto receipt = f.node.receive({second.open()});
  CHECK(receipt.accepted.size() == 1);
  CHECK(receipt.lapsed.empty());
  CHECK(f.node.root() == root);
  CHECK(f.node.replica->folded_anew() == folded);
  f.node.restart();
  CHECK(f.node.root() == root);
}

TEST_CASE("what an abandoned branch revoked lapses, and the node that had applied it is told",
          "[registry][epoch]") {
  Fixture f;
  f.know_keys(f.node);
  const auto open = f.first.open();
  const auto list = f.first.next("status.list", list_body("r1", "revocation"));
  const auto kept = f.first.next("status.delta", delta_body("r1", {1}));
  f.node.receive({open, list, kept, f.first.next("status.delta", delta_body("r1", {2, 3}))});
  CHECK(f.revoked(3));
  auto author = f.continuing(kept.hash);
  const auto receipt = f.node.receive({author.open()});
  CHECK(f.position() == Position{2, 0});
  CHECK(f.revoked(1));
  CHECK_FALSE(f.revoked(3));
  REQUIRE(receipt.lapsed.size() == 1);
  CHECK(receipt.lapsed[0].feed == f.acme.scid);
  CHECK(receipt.lapsed[0].epoch == 2);
  CHECK(receipt.lapsed[0].list == "r1");
  CHECK(receipt.lapsed[0].indexes ==
        std::vector<revocation::StatusListIndex>{revocation::StatusListIndex(2),
                                                 revocation::StatusListIndex(3)});
  // Restated, as an ordinary delta of the new epoch.
  f.node.receive({author.next("status.delta", delta_body("r1", {3}))});
  CHECK(f.revoked(3));
  CHECK_FALSE(f.revoked(2));
}

TEST_CASE("two openings of one epoch count neither, until the next epoch's", "[registry][epoch]") {
  Fixture f;
  f.know_keys(f.node);
  const auto open = f.first.open();
  const auto note = f.first.note("one");
  f.node.receive({open, note});
  auto one = f.continuing(note.hash);
  auto other = f.continuing(open.hash);
  const auto opened = one.open();
  const auto twin = other.open();
  const auto more = one.note("more");
  SECTION("both held here") {
    f.node.receive({opened, more, twin});
  }
  SECTION("both still waiting for what they continue") {
    Node waiting(f.charter);
    f.know_keys(waiting);
    CHECK(waiting.receive({opened}).held.contains(opened.hash));
    const auto receipt = waiting.receive({twin});
    CHECK(receipt.frozen == std::vector<std::string>{f.acme.scid});
    waiting.receive({open, note});
    f.node.receive({opened, more, twin});
    CHECK(waiting.root() == f.node.root());
  }
  CHECK(f.position() == Position{1, 1});
  CHECK(f.node.replica->view()->frozen(f.acme.scid)->epoch == 2);
  CHECK(f.node.replica->view()->may_issue(f.acme.did, "Badge", kNow).standing ==
        Standing::issuer_forked);
  auto settled = f.continuing_in_third(more.hash);
  f.node.receive({settled.open()});
  CHECK(f.position() == Position{3, 0});
  CHECK_FALSE(f.node.replica->view()->frozen(f.acme.scid));
}

TEST_CASE("a badly signed copy of an ancestor does not discredit the opening that needs it",
          "[registry][epoch]") {
  Fixture f;
  f.know_keys(f.node);
  const auto open = f.first.open();
  const auto note = f.first.note("one");
  auto author = f.continuing(note.hash);
  const auto opened = author.open();
  f.node.receive({opened});
  auto json = note.json;
  auto proof = *json.find("proof");
  proof.set("proofValue", *open.json.find("proof")->find("proofValue"));
  json.set("proof", proof);
  const auto copy = must(parse_statement(core::to_canonical(json)));
  CHECK(copy.hash == note.hash);
  CHECK(Fixture::code(f.node.receive({copy})) == "bad_signature");
  f.node.receive({note});
  const auto receipt = f.node.receive({open});
  CHECK(std::count(receipt.accepted.begin(), receipt.accepted.end(), opened.hash) == 1);
  CHECK(f.position() == Position{2, 0});
}

TEST_CASE("an opening that one batch holds waits on when others are committed with it",
          "[registry][epoch]") {
  Fixture f;
  f.know_keys(f.node);
  const auto open = f.first.open();
  const auto note = f.first.note("one");
  auto author = f.continuing(note.hash);
  const auto opened = author.open();
  const auto give = [&](core::Transaction& tx, const Statement& statement) {
    return must(f.node.replica->receive(tx, {.statements = {statement.text}}, "one", kNow));
  };
  const auto needs = [&] {
    Receipt wanted;
    f.node.read([&](core::Connection& c) { wanted = f.node.replica->wanted(c); });
    return wanted.need_hashes;
  };
  SECTION("what it waits for comes in a later commit") {
    f.node.write([&](core::Transaction& tx) {
      CHECK(give(tx, opened).held.contains(opened.hash));
      CHECK(give(tx, opened).held.contains(opened.hash));
      give(tx, Author(f.consortium.organisations[1], f.charter.network).open());
    });
    CHECK(needs() == std::set<std::string>{note.hash});
    f.node.receive({note});
  }
  SECTION("what it waits for comes in the same, and is not asked for again") {
    f.node.receive({opened});
    f.node.write([&](core::Transaction& tx) {
      CHECK(give(tx, note).accepted == std::vector<std::string>{note.hash});
      give(tx, opened);
    });
    CHECK(needs() == std::set<std::string>{open.hash});
  }
  SECTION("what was held or taken by one that was undone is as before") {
    CHECK_FALSE(f.node.database->write([&](core::Transaction& tx) -> Result<void, core::Error> {
      give(tx, opened);
      return fail(core::Error{core::ErrorCode::storage, "undone"});
    }));
    CHECK(needs().empty());
    f.node.receive({opened});
    CHECK_FALSE(f.node.database->write([&](core::Transaction& tx) -> Result<void, core::Error> {
      give(tx, note);
      give(tx, open);
      return fail(core::Error{core::ErrorCode::storage, "undone"});
    }));
    CHECK(needs() == std::set<std::string>{note.hash});
    f.node.receive({note});
  }
  CHECK(f.position() == Position{0, 0});
  f.node.receive({open});
  CHECK(f.position() == Position{2, 0});
  CHECK(needs().empty());
}

TEST_CASE("statements of a forked log's epoch have no effect", "[registry][epoch]") {
  Fixture f;
  const auto open = f.first.open();
  auto author = f.continuing(open.hash);
  const auto opened = author.open();
  const auto other = f.keys.after(f.acme.entry, kNow - std::chrono::hours(2), 1);
  f.node.receive({open});
  const auto before = f.node.root();
  f.node.receive_entries({f.second.text()});
  f.node.receive({opened});
  CHECK(f.position() == Position{2, 0});
  f.node.receive_entries({other.text()});
  CHECK(f.position() == Position{1, 0});
  CHECK(f.node.root() != before);
  const auto root = f.node.root();
  f.node.restart();
  CHECK(f.node.root() == root);
  Node peer(f.charter);
  peer.receive_entries({other.text(), f.second.text()});
  peer.receive({open, opened});
  CHECK(peer.root() == root);
}

TEST_CASE("a head of a closed epoch makes nothing fresh", "[registry][epoch]") {
  Fixture f;
  f.know_keys(f.node);
  const auto open = f.first.open();
  f.node.receive({open});
  const auto head = head_of(f.acme, {open}, kNoLists, kNow + std::chrono::minutes(1));
  f.node.receive_head(head);
  CHECK(f.node.replica->view()->freshness(f.acme.scid, kNow).by_head);
  auto author = f.continuing(open.hash);
  f.node.receive({author.open()});
  const auto late = head_of(f.acme, {open}, kNoLists, kNow + std::chrono::minutes(2));
  CHECK(Fixture::code(f.node.receive_head(late)) == "epoch_closed");
}

TEST_CASE("a base that takes a revocation back freezes its feed until an epoch leaves it out",
          "[registry][epoch][STATUS-21]") {
  Fixture f;
  f.know_keys(f.node);
  f.node.receive({f.first.open(), f.first.next("status.list", list_body("r1", "revocation")),
                  f.first.next("status.delta", delta_body("r1", {3}))});
  const auto good = f.first.last();
  f.node.receive({f.first.next("status.base", base_body("r1", {3, 4}))});
  CHECK_FALSE(f.node.replica->view()->frozen(f.acme.scid));
  CHECK(f.revoked(4));

  const auto base = f.first.next("status.base", base_body("r1", {4}));
  f.node.receive({base, f.first.next("status.delta", delta_body("r1", {5}))});
  const auto standing = [&] {
    return f.node.replica->view()->may_issue(f.acme.did, "Badge", kNow).standing;
  };
  for (int start = 0; start < 2; ++start) {
    const auto frozen = f.node.replica->view()->frozen(f.acme.scid);
    REQUIRE(frozen);
    CHECK(std::pair(frozen->epoch, frozen->sequence) == Position(1, 4));
    CHECK(standing() == Standing::issuer_forked);
    CHECK(f.revoked(3));
    CHECK_FALSE(f.revoked(5));
    f.node.restart();
  }

  SECTION("an epoch that goes on from it is frozen too") {
    f.node.receive({f.continuing(base.hash).open()});
    CHECK(f.position() == Position(2, 0));
    CHECK(standing() == Standing::issuer_forked);
  }
  SECTION("an epoch that goes on from below is not") {
    auto author = f.continuing(good);
    f.node.receive({author.open(), author.next("status.delta", delta_body("r1", {4}))});
    CHECK(f.position() == Position(2, 1));
    CHECK(standing() != Standing::issuer_forked);
    CHECK(f.revoked(3));
    CHECK(f.revoked(4));
  }
}

}  // namespace epoch_test
