#include <catch2/catch.hpp>

#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"

namespace agent_standing_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

TEST_CASE("an agent that its organisation stops is refused by every member, whoever asks",
          "[agent_standing]") {
  Consortium consortium;
  Node& acme = consortium[0];
  consortium.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const Agent other(acme, "Other", 2);
  const Json credential = agent.issue();
  const Json of_other = other.issue();
  const auto change = [&](const std::vector<std::string>& words) {
    const auto done = acme.avow(words);
    INFO(done.out << done.err);
    consortium.settle();
    return done.exit_code;
  };
  const auto judged = [&](const Json& about) {
    std::vector<std::string> codes;
    for (std::size_t i = 0; i < consortium.size(); ++i) {
      const Reply reply = verify_credential(consortium[i], about);
      codes.push_back(reply.status == 200 ? "accepted" : reply.code());
    }
    return codes;
  };
  const auto presented_to_the_last = [&] {
    const Reply reply = present_and_verify(agent, credential, consortium[2]);
    return reply.status == 200 ? "accepted" : reply.code();
  };
  const auto everybody = [&](const std::string& code) {
    return std::vector<std::string>(consortium.size(), code);
  };
  consortium.settle();
  CHECK(judged(credential) == everybody("accepted"));
  CHECK(presented_to_the_last() == "accepted");
  CHECK(change({"agent", "suspend", "CustomerSupportAgent", "--reason", "test"}) == 0);
  CHECK(judged(credential) == everybody("subject_suspended"));
  CHECK(presented_to_the_last() == "subject_suspended");
  CHECK(judged(of_other) == everybody("accepted"));
  CHECK(acme.avow({"agent", "list"}).out.find("suspended") != std::string::npos);
  acme.restart();
  consortium.settle();
  CHECK(judged(credential) == everybody("subject_suspended"));
  CHECK(change({"agent", "resume", "CustomerSupportAgent"}) == 0);
  CHECK(judged(credential) == everybody("accepted"));

  CHECK(change({"agent", "disown", "CustomerSupportAgent"}) == 2);  // nobody to confirm
  CHECK(judged(credential) == everybody("accepted"));
  CHECK(change({"agent", "disown", "CustomerSupportAgent", "--from", "tomorrow", "--yes"}) == 2);
  const auto ahead = acme.avow(
      {"agent", "disown", "CustomerSupportAgent", "--from", "2099-01-01T00:00:00Z", "--yes"});
  CHECK(ahead.exit_code == 0);
  CHECK(ahead.out.rfind("active  did:", 0) == 0);  // it is not done yet
  CHECK(ahead.out.find("disowned from 2099-01-01T00:00:00.000Z on") != std::string::npos);
  CHECK(acme.avow({"agent", "list"}).out.find("2099-01-01T00:00:00.000Z") != std::string::npos);
  consortium.settle();
  CHECK(judged(credential) == everybody("accepted"));
  CHECK(change({"agent", "disown", "CustomerSupportAgent", "--yes"}) == 0);
  CHECK(judged(credential) == everybody("subject_disowned"));
  CHECK(presented_to_the_last() == "subject_disowned");
  CHECK(change({"agent", "resume", "CustomerSupportAgent"}) == 7);
  CHECK(change({"agent", "suspend", "Nobody"}) == 6);
  CHECK(judged(of_other) == everybody("accepted"));
  CHECK(audit_complaint(acme) == "");
}

}  // namespace agent_standing_test
