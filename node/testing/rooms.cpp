#include "node/testing/rooms.h"

#include <chrono>

namespace avow::node::testing {

void must(Result<void, Error> result) {
  if (!result) throw std::runtime_error(result.error().what + ": " + result.error().why);
}

Rooms::Rooms(const registry::testing::Organisation& whose, std::filesystem::path where,
             std::uint64_t seed, std::vector<std::string> peers)
    : Rooms({"Acme", whose.did.substr(whose.did.rfind(':') + 1), whose.entry}, whose.key,
            std::move(where), seed, std::move(peers)) {}

Rooms::Rooms(Organisation whose, const core::Ed25519SigningKey& signing,
             std::filesystem::path where, std::uint64_t seed, std::vector<std::string> peers,
             const registry::HourLimits& said_again_per_hour)
    : folder(std::move(where)),
      key(signing),
      organisation(std::move(whose)),
      random(seed),
      replica({kPeer}),
      guard(folder / "guard.json", organisation.entry.scid),
      own_log(organisation.log()),
      feed(replica, guard, key, organisation.entry.scid, organisation.assertion_method(),
           organisation.entry.version),
      vote_guard(folder / "vote-guard.json", organisation.entry.scid),
      votes(replica, vote_guard, key, organisation.entry.scid, organisation.assertion_method(),
            organisation.entry.version) {
  if (!std::filesystem::exists(folder / "avow.db")) {
    for (auto* file : {&guard, &vote_guard}) {
      const auto there = file->presence();
      const bool is_made = there && (*there == registry::GuardPresence::own || file->write({}));
      if (!is_made) throw std::runtime_error("no guard file");
    }
  }
  auto opened = core::Database::open(folder / "avow.db", all_migrations());
  if (!opened) throw std::runtime_error(opened.error().detail);
  database = std::move(*opened);
  documents = did::sqlite_document_store(*database);
  local_rules = must(LocalRuleBook::load(*database));
  stops = must(AgentStopBook::load(*database));
  issued = std::make_unique<IssuedBatches>(*database);
  auto loaded = revocation::StatusListIssuer::load(*database, random, organisation.did().text(),
                                                   "https://" + organisation.domain);
  if (!loaded) throw std::runtime_error(loaded.error().detail);
  lists = std::move(*loaded);
  membership = std::make_unique<Membership>(
      Membership::Parts{*database, replica, feed, *lists, *documents, *stops, organisation, clock,
                        log, std::move(peers), &votes, "", said_again_per_hour});
  const OwnRecords records{*database, *documents, *membership, audit, organisation, clock};
  issuer = std::make_unique<CredentialIssuer>(
      CredentialIssuer::Parts{records, *lists, key, random, vc::Profile::consortium});
  enrolment = std::make_unique<Enrolment>(records);
  own_documents = std::make_unique<OwnDocuments>(records);
  standing = std::make_unique<AgentStanding>(records, *stops);
  key_compromise = std::make_unique<KeyCompromise>(records, replica);
}

Result<void, Error> Rooms::join(const std::string& charter_text) {
  auto charter =
      check_charter(charter_text, organisation, clock.now(), false, /*knows_slots=*/true);
  if (!charter) return core::fail(charter.error());
  return membership->join(std::move(*charter), "https://" + organisation.domain, false);
}

void Rooms::write(const std::function<void(core::Transaction&)>& work) {
  const auto done = database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
    work(tx);
    return {};
  });
  if (!done) throw std::runtime_error(done.error().detail);
}

void Rooms::read(const std::function<void(core::Connection&)>& work) {
  if (auto done = database->read(work); !done) throw std::runtime_error(done.error().detail);
}

std::vector<registry::Statement> Rooms::said() {
  std::vector<registry::Statement> statements;
  read([&](core::Connection& connection) {
    registry::FeedReader store(connection);
    for (std::int64_t epoch = 1; epoch <= organisation.entry.version; ++epoch) {
      store.each_statement(organisation.entry.scid, epoch, 0, INT64_MAX,
                           [&](std::string_view text) {
                             statements.push_back(*registry::parse_statement(text));
                             return true;
                           });
    }
  });
  return statements;
}

std::vector<std::string> Rooms::kinds_said() {
  std::vector<std::string> kinds;
  for (const auto& statement : said()) kinds.push_back(statement.kind_name);
  return kinds;
}

std::vector<std::string> Rooms::audited() {
  std::vector<std::string> actions;
  for (const auto& row : must(audit.tail(*database, 1000))) actions.push_back(row.entry.action);
  return actions;
}

std::vector<revocation::CredentialRecord> Rooms::credentials() {
  std::vector<revocation::CredentialRecord> records;
  read([&](core::Connection& connection) {
    records = revocation::StatusListIssuer::list_credentials(connection, {}).records;
  });
  return records;
}

core::Json Rooms::draft(const Agent& agent) const {
  const core::Json capability = core::Json::object(
      {{"action", "customer_records:read"}, {"resource", "acme:tickets/assigned/*"}});
  return issuer->capability_credential(
      agent, "AgentCapabilityCredential",
      core::Json::object({{"capabilities", core::Json::array({capability})}}), clock.now(),
      std::chrono::hours(1));
}

EnrolmentRequest Rooms::request(const std::string& name) {
  auto agent_key = core::Ed25519SigningKey::generate(random);
  return {name, "2.3", "assistant", "Maria Rossi", "", agent_key->public_key().to_multikey()};
}

}  // namespace avow::node::testing
