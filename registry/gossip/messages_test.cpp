#include "registry/gossip/messages.h"

#include <catch2/catch.hpp>

#include "core/canonical_json.h"

namespace avow::registry::gossip::messages_test {
namespace {

core::Json json(const std::string& text) {
  auto parsed = core::parse_json(text);
  REQUIRE(parsed);
  return std::move(*parsed);
}

/// What the other side reads of what this side writes.
core::Json over_the_wire(const core::Json& body) {
  return json(core::to_canonical(body));
}

/// "code pointer", or "ok".
template <class T>
std::string fault_of(const Parsed<T>& parsed) {
  if (parsed) return "ok";
  return std::string(core::code_name(parsed.error().code)) + " " + parsed.error().pointer;
}

std::string texts(std::size_t count) {
  std::string array = "[";
  for (std::size_t i = 0; i < count; ++i) array += i == 0 ? "\"s\"" : ",\"s\"";
  return array + "]";
}

TEST_CASE("a push is read as it was written, its texts to the byte",
          "[registry][gossip][messages]") {
  const Push push{"http://10.0.0.1:8444",
                  "uRoot",
                  {{"entry"},
                   {R"({"a":"ü\n"})", "s2"},
                   {"proof"},
                   {"head 1", "head 2"},
                   {"slot"},
                   {"vote"},
                   {"emergency"},
                   {"witness proof"}}};
  const auto read = parse_push(over_the_wire(to_json(push)));
  REQUIRE(read);
  CHECK(read->from == push.from);
  CHECK(read->root == push.root);
  CHECK(read->objects.log_entries == push.objects.log_entries);
  CHECK(read->objects.statements == push.objects.statements);
  CHECK(read->objects.proofs == push.objects.proofs);
  CHECK(read->objects.heads == push.objects.heads);
  CHECK(read->objects.slots == push.objects.slots);
  CHECK(read->objects.votes == push.objects.votes);
  CHECK(read->objects.emergencies == push.objects.emergencies);
  CHECK(read->objects.witness_proofs == push.objects.witness_proofs);
}

TEST_CASE("the answer to a push is read as it was written", "[registry][gossip][messages]") {
  PushAnswer answer;
  answer.accepted = {"uA", "uB"};
  answer.duplicate = {"uC"};
  answer.need = {{"scid", 1, 0}, {"scid", 2, (std::int64_t{1} << 53) - 1}};
  answer.need_hashes = {"uD"};
  answer.rejected = {{"uE", "bad_signature"}, {"", "malformed"}};
  answer.root = "uRoot";
  const auto read = parse_push_answer(over_the_wire(to_json(answer)));
  REQUIRE(read);
  CHECK(read->accepted == answer.accepted);
  CHECK(read->duplicate == answer.duplicate);
  CHECK(read->need == answer.need);
  CHECK(read->need_hashes == answer.need_hashes);
  CHECK(read->rejected == answer.rejected);
  CHECK(read->root == answer.root);
}

TEST_CASE("changes are read as they were written", "[registry][gossip][messages]") {
  registry::Changes changes;
  changes.cursor = 42;
  changes.more = true;
  registry::ObjectId id;
  id.object_class = registry::ObjectClass::proof;
  id.feed = "scid";
  id.hash = "uF";
  registry::ObjectId statement;
  statement.feed = "scid";
  statement.epoch = 2;
  statement.sequence = 41;
  statement.hash = "uS";
  changes.ids = {id, statement};
  const auto read = parse_since_answer(over_the_wire(to_json(changes, "uRoot", "one")));
  REQUIRE(read);
  CHECK(read->changes.cursor == 42);
  CHECK(read->changes.more);
  CHECK_FALSE(read->changes.withheld);
  changes.withheld = true;
  CHECK(parse_since_answer(over_the_wire(to_json(changes, "uRoot", "one")))->changes.withheld);
  CHECK(read->root == "uRoot");
  CHECK(read->node == "one");
  REQUIRE(read->changes.ids.size() == 2);
  CHECK(read->changes.ids[0].object_class == registry::ObjectClass::proof);
  CHECK(read->changes.ids[0].hash == "uF");
  CHECK(read->changes.ids[1].key() == "scid/2/41");
}

TEST_CASE("a request for statements is read as it was written", "[registry][gossip][messages]") {
  const Fetch fetch{{{"scid", 1, 3, 514}}, {"uA", "uB"}};
  const auto read = parse_fetch(over_the_wire(to_json(fetch)));
  REQUIRE(read);
  REQUIRE(read->want.size() == 1);
  CHECK(read->want[0].feed == "scid");
  CHECK(read->want[0].epoch == 1);
  CHECK(read->want[0].from == 3);
  CHECK(read->want[0].to == 514);
  CHECK(read->hashes == fetch.hashes);
}

TEST_CASE("what is missing from a message is empty, what nobody knows is ignored [GOSSIP-19]",
          "[registry][gossip][messages][GOSSIP-19]") {
  const auto push = parse_push(json(R"({"dead":["http://10.0.0.2:8444"],"epidemic":{"n":1}})"));
  REQUIRE(push);
  CHECK(push->objects.statements.empty());
  CHECK(parse_push_answer(json("{}")));
  CHECK(parse_fetch(json("{}")));
  CHECK(parse_objects(json("{}")));

  const auto newer =
      parse_since_answer(json(R"({"cursor":1,"more":false,"ids":[["dance","1","uS",0]]})"));
  REQUIRE(newer);
  CHECK(newer->changes.ids.empty());  // a class that this version does not know
}

TEST_CASE("a push of another form is refused with the place of the fault",
          "[registry][gossip][messages]") {
  const auto fault = [](const std::string& text) { return fault_of(parse_push(json(text))); };
  CHECK(fault("[]").rfind("type", 0) == 0);
  CHECK(fault(R"({"from":5})") == "type /from");
  CHECK(fault(R"({"from":"a\u0000b"})") == "control_char /from");
  CHECK(fault(R"({"root":[]})") == "type /root");
  CHECK(fault(R"({"statements":"s"})") == "type /statements");
  CHECK(fault(R"({"statements":[{}]})") == "type /statements");
  CHECK(fault(R"({"proofs":{}})") == "type /proofs");
  CHECK(fault(R"({"heads":[null]})") == "type /heads");
  CHECK(fault(R"({"statements":)" + texts(registry::kMaxBatch) + "}") == "ok");
  CHECK(fault(R"({"statements":)" + texts(registry::kMaxBatch + 1) + "}") == "type /statements");
}

TEST_CASE("an answer of another form is refused with the place of the fault",
          "[registry][gossip][messages]") {
  const auto fault = [](const std::string& text) {
    return fault_of(parse_push_answer(json(text)));
  };
  CHECK(fault(R"({"accepted":5})") == "type /accepted");
  CHECK(fault(R"({"duplicate":[5]})") == "type /duplicate");
  CHECK(fault(R"({"needHashes":"x"})") == "type /needHashes");
  CHECK(fault(R"({"need":[["scid",1]]})") == "type /need");
  CHECK(fault(R"({"need":[["scid",1,-1]]})") == "type /need");
  CHECK(fault(R"({"need":[["scid",1,1.5]]})") == "type /need");
  CHECK(fault(R"({"need":[[1,1,1]]})") == "type /need");
  CHECK(fault(R"({"need":{"scid":1}})") == "type /need");
  CHECK(fault(R"({"rejected":[["u"]]})") == "type /rejected");
  CHECK(fault(R"({"rejected":[["u",5]]})") == "type /rejected");
  CHECK(fault(R"({"accepted":)" + texts(4096) + "}") == "ok");
  CHECK(fault(R"({"accepted":)" + texts(4097) + "}") == "type /accepted");
}

TEST_CASE("changes of another form are refused with the place of the fault",
          "[registry][gossip][messages]") {
  const auto fault = [](const std::string& text) {
    return fault_of(parse_since_answer(json(text)));
  };
  CHECK(fault(R"({"cursor":1,"more":false})") == "ok");
  CHECK(fault(R"({"more":false})") == "missing_member /cursor");
  CHECK(fault(R"({"cursor":-1,"more":false})") == "type /cursor");
  CHECK(fault(R"({"cursor":"1","more":false})") == "type /cursor");
  CHECK(fault(R"({"cursor":1})") == "missing_member /more");
  CHECK(fault(R"({"cursor":1,"more":1})") == "type /more");
  CHECK(fault(R"({"cursor":1,"more":false,"withheld":1})") == "type /withheld");
  CHECK(fault(R"({"cursor":1,"more":false,"ids":{}})") == "type /ids");
  CHECK(fault(R"({"cursor":1,"more":false,"ids":[["proof","k","h"]]})") == "type /ids");
  CHECK(fault(R"({"cursor":1,"more":false,"ids":[["proof","k",5,0]]})") == "type /ids");
  CHECK(fault(R"({"cursor":1,"more":false,"ids":[["statement","k/1/0","h",0]]})") == "ok");
  CHECK(fault(R"({"cursor":1,"more":false,"ids":[["statement","k/1/00","h",0]]})") == "type /ids");
  CHECK(fault(R"({"cursor":1,"more":false,"ids":[["statement","k/1/-1","h",0]]})") == "type /ids");
  CHECK(fault(R"({"cursor":1,"more":false,"ids":[["statement","k/1/","h",0]]})") == "type /ids");
  CHECK(fault(R"({"cursor":1,"more":false,"ids":[["statement","k/1/0/0","h",0]]})") == "type /ids");
}

TEST_CASE("what trees are compared by is read as it was written", "[registry][gossip][messages]") {
  const std::vector<registry::TreeRange> ranges{{"", "uAll"}, {"0f", "uSome"}};
  const auto asked = parse_tree(over_the_wire(to_json(ranges)));
  REQUIRE(asked);
  CHECK(*asked == ranges);
  const std::vector<std::string> fingerprints(16, "uChild");
  const registry::TreeAnswer answer{{{"0", fingerprints}}, {{"1", {{"", "uSlots"}, {"Qm", "u"}}}}};
  const auto read = parse_tree_answer(over_the_wire(to_json(answer)));
  REQUIRE(read);
  REQUIRE(read->branches.size() == 1);
  CHECK(read->branches[0].prefix == "0");
  CHECK(read->branches[0].fingerprints == fingerprints);
  REQUIRE(read->leaves.size() == 1);
  CHECK(read->leaves[0].prefix == "1");
  CHECK(read->leaves[0].parts == answer.leaves[0].parts);
}

TEST_CASE("a tree of another form is refused with the place of the fault",
          "[registry][gossip][messages][hostile]") {
  const auto ranges = [](std::size_t count) {
    std::string rows;
    for (std::size_t i = 0; i < count; ++i) rows += i == 0 ? R"(["","u"])" : R"(,["","u"])";
    return fault_of(parse_tree(json(R"({"ranges":[)" + rows + "]}")));
  };
  CHECK(ranges(registry::kMaxTreeRanges) == "ok");
  CHECK(ranges(registry::kMaxTreeRanges + 1) == "type /ranges");
  for (const char* row : {R"("")", R"([""])", R"(["","u",""])", R"([1,"u"])", R"(["",1])",
                          R"(["g","u"])", R"(["A","u"])"}) {
    INFO(row);
    CHECK(fault_of(parse_tree(json(std::string(R"({"ranges":[)") + row + "]}"))) == "type /ranges");
  }
  const auto with_prefix = [](std::size_t length) {
    return fault_of(
        parse_tree(json(R"({"ranges":[[")" + std::string(length, 'a') + R"(","u"]]})")));
  };
  CHECK(with_prefix(64) == "ok");
  CHECK(with_prefix(65) == "type /ranges");
  const auto answer = [](const std::string& name, const std::string& rows) {
    return fault_of(parse_tree_answer(json("{\"" + name + "\":[" + rows + "]}")));
  };
  const auto branch = [&](std::size_t children) {
    return answer("diff", R"(["",)" + texts(children) + "]");
  };
  CHECK(branch(16) == "ok");
  CHECK(branch(15) == "type /diff");
  CHECK(branch(17) == "type /diff");
  CHECK(answer("diff", R"(["",[1]])") == "type /diff");
  const auto leaves = [&](std::size_t count, const std::string& part) {
    std::string parts;
    for (std::size_t i = 0; i < count; ++i) parts += (i == 0 ? "" : ",") + part;
    return answer("leaves", R"(["",[)" + parts + "]]");
  };
  CHECK(leaves(registry::kMaxTreeLeaves, R"(["Qm","u"])") == "ok");
  CHECK(leaves(registry::kMaxTreeLeaves + 1, R"(["Qm","u"])") == "type /leaves");
  CHECK(leaves(1, "[\"" + std::string(65, 'Q') + R"(","u"])") == "type /leaves");
  for (const char* part : {"1", R"(["Qm"])", R"(["Qm","u",""])", R"([1,"u"])", R"(["Qm",1])"}) {
    INFO(part);
    CHECK(leaves(1, part) == "type /leaves");
  }
}

TEST_CASE("a request for more than a batch is refused", "[registry][gossip][messages]") {
  const auto fault = [](const std::string& text) { return fault_of(parse_fetch(json(text))); };
  CHECK(fault("[]").rfind("type", 0) == 0);
  CHECK(fault(R"({"want":[["scid",1,0]]})") == "type /want");
  CHECK(fault(R"({"want":[["scid",1,0,-1]]})") == "type /want");
  CHECK(fault(R"({"want":[["scid","1",0,1]]})") == "type /want");
  CHECK(fault(R"({"hashes":[1]})") == "type /hashes");
  CHECK(fault(R"({"hashes":)" + texts(registry::kMaxBatch) + "}") == "ok");
  CHECK(fault(R"({"hashes":)" + texts(registry::kMaxBatch + 1) + "}") == "type /hashes");
}

}  // namespace
}  // namespace avow::registry::gossip::messages_test
