#include <catch2/catch.hpp>

#include "core/clock.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

Json refund_of(std::int64_t minor) {
  return Json::object(
      {{"name", "billing:refund"},
       {"resource", "orders/4711"},
       {"parameters",
        Json::object({{"amount", Json::object({{"minor", minor}, {"currency", "USD"}})}})}});
}

std::string outcome(const Reply& verdict) {
  const std::string* text = verdict.body.find_string("outcome");
  return text != nullptr ? *text : verdict.text;
}

}  // namespace

TEST_CASE("an agent of one organisation proves itself to another that never met it", "[story]") {
  Consortium consortium;
  consortium.start();
  Node& acme = consortium[0];
  Node& initech = consortium[2];
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const Json credential = agent.issue();
  consortium.settle();

  const Reply verdict = present_and_verify(agent, credential, initech);
  INFO(verdict.text);
  CHECK(verdict.status == 200);
  CHECK(outcome(verdict) == "accepted");
  CHECK(present_and_verify(agent, credential, initech, refund_of(4200)).status == 200);
  CHECK(present_and_verify(agent, credential, initech, refund_of(10000)).status == 200);
  const Reply too_much = present_and_verify(agent, credential, initech, refund_of(10001));
  INFO(too_much.text);
  CHECK(too_much.status == 400);
  CHECK(too_much.text.find("/amount/minor") != std::string::npos);
}
