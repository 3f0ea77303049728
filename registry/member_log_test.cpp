#include "registry/member_log.h"

#include <catch2/catch.hpp>

#include "core/data_integrity.h"
#include "registry/registry_resolver.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace member_log_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

struct Fixture {
  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  MemberLog log{acme.entry};

  std::string judged(const std::string& text, core::Instant now = kNow) {
    auto judgement =
        judge_log_entry(must(parse_log_entry(text)), log, {}, {charter.witness_lists}, now);
    if (auto* accepted = std::get_if<EntryAccepted>(&judgement)) {
      log.add(accepted->entry);
      return "accepted";
    }
    if (std::holds_alternative<EntryDuplicate>(judgement)) return "duplicate";
    if (std::holds_alternative<EntryAhead>(judgement)) return "ahead";
    if (std::holds_alternative<EntryNamesOthers>(judgement)) return "names other witnesses";
    if (const auto* needs = std::get_if<EntryNeeds>(&judgement)) {
      return "needs from " + std::to_string(needs->from);
    }
    return std::string(code_name(std::get<Error>(judgement).code));
  }
  /// An entry after `previous` that breaks a rule of members.
  std::string changed(const did::WebvhEntry& previous, const did::WebvhChange& change) const {
    const auto update = keys.update_key(static_cast<std::uint8_t>(previous.version + 1));
    auto with_keys = change;
    with_keys.update_keys = {{update.public_key()}};
    auto entry = did::append_webvh_entry(previous, with_keys, update, kNow);
    if (!entry) throw std::runtime_error(entry.error().detail);
    return core::to_canonical(entry->json);
  }
};

const auto kDay = std::chrono::hours(24);

}  // namespace

TEST_CASE("a member's log goes on entry by entry, and answers for each time and epoch",
          "[registry][log]") {
  Fixture f;
  const auto second = f.keys.after(f.acme.entry, kNow - 2 * kDay);
  const auto third = f.keys.after(second.entry, kNow - kDay);
  CHECK(f.judged(third.text()) == "needs from 2");
  CHECK(f.judged(second.text()) == "accepted");
  CHECK(f.judged(second.text()) == "duplicate");
  CHECK(f.judged(third.text()) == "accepted");
  CHECK(f.log.newest_counted() == 3);
  CHECK(f.log.current().keys.contains(third.key_id));
  CHECK(f.log.counted(2)->keys.contains(second.key_id));
  CHECK(f.log.counted(4) == nullptr);

  const auto in_force = [&](core::Instant at) {
    const auto* entry = f.log.in_force(at);
    return entry == nullptr ? 0 : entry->webvh.version;
  };
  CHECK(in_force(f.acme.entry.version_time - core::Milliseconds(1)) == 0);
  CHECK(in_force(f.acme.entry.version_time) == 1);
  CHECK(in_force(second.entry.version_time - core::Milliseconds(1)) == 1);
  CHECK(in_force(second.entry.version_time) == 2);
  CHECK(in_force(kNow + kDay) == 3);
}

TEST_CASE("a member's past is resolved by version id, number and time", "[registry][log]") {
  Fixture f;
  const auto second = f.keys.after(f.acme.entry, kNow - 2 * kDay);
  REQUIRE(f.judged(second.text()) == "accepted");
  const auto did = *did::Did::parse(f.acme.did);
  const auto version = [&](const did::ResolutionOptions& options) {
    const auto found = resolve_in_log(f.log, did, options);
    return found ? found->version : std::string(did::code_name(found.error().code));
  };
  const auto& first = f.acme.entry;
  CHECK(version({}) == second.entry.version_id);
  CHECK(version({.version_id = first.version_id}) == first.version_id);
  CHECK(version({.version_id = "3-" + first.entry_hash}) == "version_not_found");
  CHECK(version({.version_time = second.entry.version_time}) == second.entry.version_id);
  CHECK(version({.version_time = second.entry.version_time - std::chrono::seconds(1)}) ==
        first.version_id);
  CHECK(version({.version_time = first.version_time - std::chrono::seconds(1)}) ==
        "version_not_found");
  CHECK(version({.version_number = 1}) == first.version_id);
  CHECK(version({.version_number = 2}) == second.entry.version_id);
  CHECK(version({.version_number = 3}) == "version_not_found");
  CHECK(version({.version_number = 0}) == "version_not_found");
}

TEST_CASE("a member's log has four mebibytes at most, whatever its times say [GOSSIP-07]",
          "[registry][log][GOSSIP-07]") {
  Fixture f;
  std::size_t bytes = core::to_canonical(f.acme.entry.json).size();
  auto previous = f.acme.entry;
  const auto padded = [&](std::size_t pad) {
    const auto version = static_cast<std::uint8_t>(previous.version + 1);
    const auto update = f.keys.update_key(version);
    did::WebvhChange change;
    auto document = f.acme.entry.document->json();
    document.set("pad", std::string(pad, 'x'));
    change.document = document;
    change.update_keys = {{update.public_key()}};
    change.next_key_hashes = {{did::webvh_key_hash(
        f.keys.update_key(static_cast<std::uint8_t>(version + 1)).public_key().to_multikey())}};
    const auto time = f.acme.entry.version_time + version * std::chrono::hours(2);
    return *did::append_webvh_entry(previous, change, update, time);
  };
  while (bytes + 125'000 < kMaxLogBytes) {
    previous = padded(60'000);
    const auto text = core::to_canonical(previous.json);
    bytes += text.size();
    REQUIRE(f.judged(text) == "accepted");
  }
  previous = padded(30'000);
  bytes += core::to_canonical(previous.json).size();
  REQUIRE(f.judged(core::to_canonical(previous.json)) == "accepted");
  // A signature has one character more or less in base58.
  const auto of_size = [&](std::size_t size) {
    const auto pad = size - core::to_canonical(padded(0).json).size();
    for (const auto change : {pad - 2, pad - 1, pad, pad + 1, pad + 2}) {
      auto text = core::to_canonical(padded(change).json);
      if (text.size() == size) return text;
    }
    return std::string();
  };
  const auto fits = of_size(kMaxLogBytes - bytes);
  const auto one_too_many = of_size(kMaxLogBytes - bytes + 1);
  REQUIRE_FALSE(fits.empty());
  REQUIRE_FALSE(one_too_many.empty());
  CHECK(f.judged(one_too_many) == "bad_log_entry");
  CHECK(f.judged(fits) == "accepted");
  // Another log is none of its business, and what is parsed is not kept.
  CHECK(f.log.current().webvh.json == Json());
  CHECK(f.log.current().text == fits);
}

TEST_CASE("an entry is held until its time has come, and never refused by a clock",
          "[registry][log]") {
  Fixture f;
  const auto second = f.keys.after(f.acme.entry, kNow);
  CHECK(f.judged(second.text(), kNow - std::chrono::minutes(6)) == "ahead");
  CHECK(f.judged(second.text(), kNow) == "accepted");
}

TEST_CASE("two entries of one version fork the log from there on", "[registry][log]") {
  Fixture f;
  const auto second = f.keys.after(f.acme.entry, kNow - 2 * kDay);
  const auto third = f.keys.after(second.entry, kNow - kDay);
  const auto other_third = f.keys.after(second.entry, kNow - kDay, 1);
  const auto one_more_third = f.keys.after(second.entry, kNow - kDay, 2);
  const auto fourth = f.keys.after(third.entry, kNow);
  const auto other_second = f.keys.after(f.acme.entry, kNow - 2 * kDay, 1);
  CHECK(f.judged(second.text()) == "accepted");
  CHECK(f.judged(third.text()) == "accepted");
  CHECK(f.judged(other_third.text()) == "accepted");
  CHECK(f.log.fork() == 3);
  CHECK(f.log.newest_counted() == 2);
  CHECK(f.log.counted(3) == nullptr);
  CHECK(f.judged(one_more_third.text()) == "log_forked");
  // For its keys alone.
  CHECK(f.judged(fourth.text()) == "accepted");
  CHECK(f.log.of_version(4).size() == 1);
  CHECK(f.log.newest_counted() == 2);
  CHECK(f.log.counted(4) == nullptr);
  // A fork below is the lower one.
  CHECK(f.judged(other_second.text()) == "accepted");
  CHECK(f.log.fork() == 2);
  CHECK(f.log.current().webvh.version == 1);
}

TEST_CASE("an entry that breaks the log's rules, or those of members, is refused",
          "[registry][log]") {
  Fixture f;
  const KeyHistory strangers(f.acme, 9);
  SECTION("signed by a key whose hash was not promised") {
    auto json = f.keys.after(f.acme.entry, kNow).entry.json;
    json.erase("proof");
    const auto thief = strangers.update_key(2);
    core::ProofOptions options;
    options.verification_method =
        "did:key:" + thief.public_key().to_multikey() + "#" + thief.public_key().to_multikey();
    options.proof_purpose = "assertionMethod";
    json.set("proof", Json::array({core::create_proof(json, options, thief)}));
    CHECK(f.judged(core::to_canonical(json)) == "bad_log_entry");
  }
  SECTION("without a promise of the next key") {
    did::WebvhChange change;
    change.next_key_hashes = std::vector<std::string>{};
    CHECK(f.judged(f.changed(f.acme.entry, change)) == "bad_log_entry");
    change.next_key_hashes = {{did::webvh_key_hash("z6MkExample")}};
    CHECK(f.judged(f.changed(f.acme.entry, change)) == "accepted");
  }
  SECTION("with witnesses that the charter does not name: a later slot may") {
    did::WebvhChange change;
    change.witnesses = did::WebvhWitnesses{1, {strangers.update_key(3).public_key()}};
    CHECK(f.judged(f.changed(f.acme.entry, change)) == "names other witnesses");
  }
  SECTION("to another domain: no quorum has looked at what would lie there") {
    did::WebvhChange change;
    change.document = did::moved_document(f.acme.entry, "elsewhere.example").value();
    CHECK(f.judged(f.changed(f.acme.entry, change)) == "bad_log_entry");
    change.document = did::moved_document(f.acme.entry, "acme.example").value();
    CHECK(f.judged(f.changed(f.acme.entry, change)) == "accepted");
  }
  SECTION("another first entry") {
    auto other = Organisation(77, "acme.example");
    CHECK(f.judged(core::to_canonical(other.entry.json)) == "bad_log_entry");
  }
  SECTION("a text that is not its own RFC 8785 text, or names no version") {
    const auto text = f.keys.after(f.acme.entry, kNow).text();
    CHECK(parse_log_entry(text + " ").error().code == ErrorCode::not_canonical);
    CHECK(parse_log_entry("{}").error().code == ErrorCode::malformed);
    CHECK(parse_log_entry(R"({"state":{"id":"did:webvh:Q:a.example"},"versionId":"0-Qm"})")
              .error()
              .code == ErrorCode::malformed);
    CHECK(parse_log_entry(R"({"state":{"id":"did:webvh:Q:a.example"},"versionId":"2-"})")
              .error()
              .code == ErrorCode::malformed);
    CHECK(parse_log_entry(R"({"state":{"id":"did:web:a.example"},"versionId":"2-Qm"})")
              .error()
              .code == ErrorCode::malformed);
    CHECK(parse_log_entry(R"({"state":{"id":"did:webvh:Q:a.example"},"versionId":"2-Qm"})"));
    CHECK(parse_log_entry(std::string(kMaxLogEntryBytes + 1, ' ')).error().code ==
          ErrorCode::too_large);
  }
}

TEST_CASE("log entries travel, in any order, and stand after a restart", "[registry][log]") {
  Fixture f;
  Node node(f.charter);
  const auto second = f.keys.after(f.acme.entry, kNow - kDay);
  const auto third = f.keys.after(second.entry, kNow);
  const auto before = node.root();
  auto receipt = node.receive_entries({third.text()});
  CHECK(receipt.held.contains(third.entry.entry_hash));
  CHECK(receipt.need == std::set<MissingRange>{{f.acme.scid, kLogEpoch, 2}});
  receipt = node.receive_entries({second.text()});
  CHECK(receipt.accepted ==
        std::vector<std::string>{second.entry.entry_hash, third.entry.entry_hash});
  CHECK(node.receive_entries({second.text()}).duplicate.size() == 1);
  CHECK(node.root() != before);
  CHECK(node.replica->view()->log(f.acme.scid)->newest_counted() == 3);

  Node peer(f.charter);
  node.read([&](core::Connection& c) {
    const auto changes = node.replica->since(c, 0, 100);
    REQUIRE(changes.ids.size() == 2);
    CHECK(changes.ids[0].key() == f.acme.scid + "/2");
    const std::vector<std::string> by_hash{changes.ids[0].hash};
    const std::vector<StatementRange> by_range{{f.acme.scid, kLogEpoch, 3, 9}};
    const auto objects = node.replica->fetch(c, by_range, by_hash, kMaxAnswerBytes);
    CHECK(objects.log_entries == std::vector<std::string>{second.text(), third.text()});
    peer.receive_entries(objects.log_entries);
  });
  CHECK(peer.root() == node.root());
  CHECK(node.outgoing("two").size() == 2);
  node.restart();
  CHECK(peer.root() == node.root());
}

TEST_CASE("of a log only the entries that were asked for are read [GOSSIP-07]",
          "[registry][log][GOSSIP-07]") {
  Fixture f;
  Node node(f.charter);
  auto version = f.keys.after(f.acme.entry, kNow - kDay);
  std::vector<std::string> texts;
  for (int i = 0; i < 4; ++i) {
    texts.push_back(version.text());
    version = f.keys.after(version.entry, kNow - kDay);
  }
  node.receive_entries(texts);
  node.read([&](core::Connection& c) {
    std::vector<std::int64_t> read;
    const auto versions = [&](std::int64_t from, std::int64_t to, std::size_t max) {
      read.clear();
      FeedReader(c).each_log_entry(f.acme.scid, from, to,
                                   [&](std::int64_t one, std::string_view text) {
                                     CHECK(text == texts[static_cast<std::size_t>(one - 2)]);
                                     read.push_back(one);
                                     return read.size() < max;
                                   });
      return read;
    };
    CHECK(versions(1, 1, 9).empty());
    CHECK(versions(3, 4, 9) == std::vector<std::int64_t>{3, 4});
    CHECK(versions(3, 9, 9) == std::vector<std::int64_t>{3, 4, 5});
    CHECK(versions(2, 9, 1) == std::vector<std::int64_t>{2});
    // What has no room ends the answer: no range after it is read.
    const std::vector<StatementRange> ranges{{f.acme.scid, kLogEpoch, 2, 5},
                                             {f.acme.scid, kLogEpoch, 2, 2}};
    const auto objects = node.replica->fetch(c, ranges, {}, texts[0].size() * 5 / 2);
    CHECK(objects.log_entries == std::vector<std::string>{texts[0], texts[1]});
  });
}

TEST_CASE("a forked log stops the questions that pass through its member", "[registry][log]") {
  Fixture f;
  Node node(f.charter);
  node.receive({Author(f.acme, f.charter.network).open()});
  CHECK(node.replica->view()->may_issue(f.acme.did, "Badge", kNow).standing ==
        Standing::authorised);
  const auto second = f.keys.after(f.acme.entry, kNow - kDay);
  const auto other = f.keys.after(f.acme.entry, kNow - kDay, 1);
  node.receive_entries({second.text()});
  CHECK(node.replica->view()->may_issue(f.acme.did, "Badge", kNow).standing ==
        Standing::authorised);
  CHECK(node.receive_entries({other.text()}).frozen == std::vector<std::string>{f.acme.scid});
  const auto answer = node.replica->view()->may_issue(f.acme.did, "Badge", kNow);
  CHECK(answer.standing == Standing::issuer_forked);
  CHECK(answer.frozen->epoch == 2);
  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);
  Node peer(f.charter);
  peer.receive({Author(f.acme, f.charter.network).open()});
  peer.receive_entries({other.text(), second.text()});
  CHECK(peer.root() == root);
}

TEST_CASE("two entries of one version in one commit fork the log as two commits do",
          "[registry][log]") {
  Fixture f;
  Node node(f.charter);
  node.receive({Author(f.acme, f.charter.network).open()});
  const auto second = f.keys.after(f.acme.entry, kNow - kDay);
  const auto other = f.keys.after(f.acme.entry, kNow - kDay, 1);
  const auto third = f.keys.after(second.entry, kNow);
  // The database commits what waits for it together: none of it is in memory before all is on the disk.
  const auto receive_each = [&](const std::vector<std::string>& texts) {
    node.write([&](core::Transaction& transaction) {
      for (const auto& text : texts) {
        Objects objects;
        objects.log_entries = {text};
        must(node.replica->receive(transaction, objects, "one", kNow));
      }
    });
  };
  SECTION("a longer log") {
    receive_each({second.text(), third.text(), second.text()});
    CHECK(node.replica->view()->log(f.acme.scid)->newest_counted() == 3);
    CHECK_FALSE(node.replica->view()->log(f.acme.scid)->fork());
  }
  SECTION("a fork") {
    receive_each({second.text(), other.text()});
    CHECK(node.replica->view()->log(f.acme.scid)->fork() == 2);
    CHECK(node.replica->view()->may_issue(f.acme.did, "Badge", kNow).standing ==
          Standing::issuer_forked);
  }
  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);
}

}  // namespace member_log_test
