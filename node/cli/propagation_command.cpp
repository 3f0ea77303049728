// Who has a stop: what members say of it in signed heads, and the peers for whom it still waits.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "node/cli/asking.h"
#include "node/cli/commands.h"
#include "node/http/url.h"

namespace avow::node::cli {
namespace {

using namespace std::chrono_literals;

constexpr core::Milliseconds kAskEvery = 50ms;

Result<core::Json, Error> ask(const Target& target, const std::string& id) {
  return get(target, "/v1/revocations/" + http::percent_encode(id) + "/propagation");
}

bool has_heard(const core::Json& member) {
  const core::Json* heard = member.find("heard");
  return heard != nullptr && *heard == core::Json(true);
}

bool waits(const core::Json& peer) {
  const core::Json* waits = peer.find("waits");
  return waits != nullptr && *waits == core::Json(true);
}

/// Of those who say nothing for another reason no word is to come.
bool is_word_to_come(const core::Json& propagation) {
  const auto& members = items(propagation, "members");
  return std::any_of(members.begin(), members.end(), [](const core::Json& member) {
    return !has_heard(member) && cell(member, "reason") == "no_word";
  });
}

std::string why_not(const core::Json& member) {
  const std::string reason = cell(member, "reason");
  const std::string head = printable(cell(member, "lastHead"));
  if (reason == "no_word")
    return head.empty() ? "no word yet, nor any head" : "no word yet, last head " + head;
  if (reason == "suspended") return "no word yet, suspended";
  if (reason == "forked") return "its feed is forked, so its word counts for nothing";
  if (reason == "evicted") return "evicted, so it is not waited for";
  return printable(reason);
}

std::string words_of_member(const core::Json& member) {
  if (!has_heard(member)) return why_not(member);
  const std::string since = printable(cell(member, "since"));
  return since.empty() ? "by " + printable(cell(member, "by")) : "since " + since;
}

void rest(core::Milliseconds time) {
  std::mutex mutex;
  std::condition_variable nothing;
  std::unique_lock lock(mutex);
  nothing.wait_for(lock, time, [] { return false; });
}

}  // namespace

Result<core::Json, Error> await_propagation(const Target& target, const std::string& id,
                                            core::Milliseconds most) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (true) {
    auto propagation = ask(target, id);
    if (!propagation || !is_word_to_come(*propagation) || std::chrono::steady_clock::now() >= until)
      return propagation;
    rest(kAskEvery);
  }
}

void show_propagation(const core::Json& propagation, const Console& console) {
  console.line("known    to " + cell(propagation, "heard") + " of " +
               counted(cell(propagation, "of"), "other member") + ", by their word");
  std::size_t width = 0;
  for (const core::Json& member : items(propagation, "members"))
    width = std::max(width, printable(cell(member, "name")).size());
  for (const core::Json& member : items(propagation, "members")) {
    std::string name = printable(cell(member, "name"));
    name.resize(width, ' ');
    console.line((has_heard(member) ? "  ✔ " : "  ✗ ") + name + "  " + words_of_member(member));
  }
  for (const core::Json& peer : items(propagation, "peers")) {
    if (!waits(peer)) continue;
    const std::string error = printable(cell(peer, "lastError"));
    console.line("queued   for " + printable(cell(peer, "url")) + ", " +
                 printable(cell(peer, "state")) + (error.empty() ? "" : ": " + error));
  }
}

int vc_propagation(const Target& target, const std::string& id, const Console& console) {
  const auto propagation = ask(target, id);
  if (!propagation) return console.fault(propagation.error());
  const core::Json* said = propagation->find("statement");
  if (said != nullptr)
    console.line("feed     statement " + position_in(*said) + ", said " +
                 printable(cell(*said, "time")));
  show_propagation(*propagation, console);
  console.result(*propagation);
  return 0;
}

}  // namespace avow::node::cli
