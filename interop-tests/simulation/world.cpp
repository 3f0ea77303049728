#include "interop-tests/simulation/world.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/canonical_json.h"
#include "registry/replica.h"
#include "registry/testing/governors.h"
#include "registry/testing/node.h"

namespace avow::simulation {
namespace {

using namespace registry::testing;
using std::chrono::seconds;

constexpr std::size_t kFounders = 7;          // they govern
constexpr std::size_t kAdmittedAtOnce = 100;  // as many as a slot has room for

}  // namespace

const registry::Statement& World::Member::say(const std::string& kind, core::Json body,
                                              core::Instant time) {
  log.push_back(author.next(kind, std::move(body), time));
  return log.back();
}

World::World(std::size_t members) {
  for (std::size_t i = 0; i < members; ++i)
    organisations_.emplace_back(static_cast<std::uint32_t>(i + 1),
                                "member-" + std::to_string(i + 1) + ".example");
  auto opened = core::MemoryDatabase::open(registry::migrations());
  if (!opened) throw std::runtime_error(opened.error().detail);
  database_ = std::move(*opened);
  found();
  admit_others();
  open_feeds();
}

void World::receive(const registry::Objects& objects) {
  registry::Receipt receipt;
  const auto done =
      database_->write([&](core::Transaction& transaction) -> core::Result<void, core::Error> {
        receipt = must(replica_.receive(transaction, objects, "", begin()));
        return {};
      });
  if (!done) throw std::runtime_error(done.error().detail);
  if (!receipt.rejected.empty()) throw std::runtime_error(receipt.rejected[0].error.detail);
}

void World::found() {
  registry::CharterDraft draft;
  const auto founders = std::min(kFounders, organisations_.size());
  for (std::size_t i = 0; i < founders; ++i) draft.founders.push_back(organisations_[i].entry);
  auto slot = registry::draft_charter(draft);
  for (std::size_t i = 0; i < founders; ++i)
    slot = registry::sign_charter(std::move(slot), organisations_[i].key_id, organisations_[i].key);
  auto charter = must(registry::verify_charter(core::to_canonical(slot), begin(), false));
  const auto done =
      database_->write([&](core::Transaction& transaction) -> core::Result<void, core::Error> {
        must(replica_.adopt(transaction, std::move(charter)));
        return {};
      });
  if (!done) throw std::runtime_error(done.error().detail);
}

void World::admit_others() {
  std::vector<const Organisation*> governors;
  for (std::size_t i = 0; i < std::min(kFounders, organisations_.size()); ++i)
    governors.push_back(&organisations_[i]);
  for (std::size_t next = governors.size(); next < organisations_.size();) {
    core::Json::Array actions;
    for (; next < organisations_.size() && actions.size() < kAdmittedAtOnce; ++next)
      actions.push_back(admit_action(organisations_[next]));
    const auto view = replica_.view();
    receive(objects_of(
        std::vector{ballots_for(governors, view->charter(), std::move(actions)).decision}));
  }
}

void World::open_feeds() {
  const auto view = replica_.view();
  const auto network = view->charter().network;
  for (const auto& organisation : organisations_) {
    Member member{&organisation, Author(organisation, network)};
    member.log.push_back(member.author.open(begin() - seconds(60)));
    member.say("status.list", list_body("r1", "revocation"), begin() - seconds(60));
    registry::Objects objects;
    for (const auto& statement : member.log) objects.statements.push_back(statement.text);
    receive(objects);
    members_.push_back(std::move(member));
  }
}

}  // namespace avow::simulation
