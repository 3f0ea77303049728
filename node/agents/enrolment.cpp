#include "node/agents/enrolment.h"

#include "did/did_web.h"
#include "node/agents/sqlite_agent_store.h"
#include "node/transaction.h"

namespace avow::node {
namespace {

constexpr std::size_t kMaxListed = 1000;

Error refused(std::string why, std::string fix) {
  return {ErrorCode::invalid_input, "this agent cannot be enrolled", std::move(why),
          std::move(fix)};
}

}  // namespace

Result<Agent, Error> Enrolment::describe(const EnrolmentRequest& request, core::Instant now) const {
  if (!is_agent_name(request.name)) {
    return fail(
        refused("its name is not made of ASCII letters, digits, '.', '_' and '-' (at most 64)",
                "choose another name"));
  }
  const std::string owner = request.owner_id.empty() ? slug(request.owner_name) : request.owner_id;
  if (request.owner_name.empty() || request.owner_name.size() > 200 || !is_agent_name(owner)) {
    return fail(
        refused("a person must answer for it",
                "give --owner the person's name, and --owner-id if the name has no ASCII letters"));
  }
  if (request.version.empty() || request.version.size() > 64 || request.kind.empty() ||
      request.kind.size() > 64) {
    return fail(refused("version and type have 1 to 64 bytes", ""));
  }
  const auto key = core::Ed25519PublicKey::from_multikey(request.public_key);
  if (!key)
    return fail(refused("its key: " + key.error().detail, "give an Ed25519 Multikey (z6Mk…)"));
  const auto agent = did::did_web(parts_.organisation.domain, {"agents", request.name});
  const auto person = did::did_web(parts_.organisation.domain, {"people", owner});
  if (!agent || !person) return fail(refused("its DID cannot be written", ""));
  return Agent{request.name,   request.version,    request.kind,       agent->text(),
               person->text(), request.owner_name, request.public_key, now};
}

Result<void, Error> Enrolment::publish(core::Transaction& transaction, const std::string& did,
                                       const core::Json& document, core::Instant now) {
  const auto parsed = did::Did::parse(did);
  if (!parsed) return fail(from_did(parsed.error(), "cannot publish a document"));
  // A person who answers for several agents is said once.
  if (const auto known = parts_.documents.current(*parsed);
      known && known->document->json() == document)
    return {};
  if (auto put = parts_.documents.put(transaction, *parsed, document, now); !put)
    return fail(from_did(put.error(), "cannot store the document of " + did));
  return parts_.membership.say_document(transaction, document, registry::DocumentStatus::active,
                                        now);
}

Result<Agent, Error> Enrolment::add(const EnrolmentRequest& request, const std::string& actor) {
  const core::Instant now = parts_.clock.now();
  auto agent = describe(request, now);
  if (!agent) return agent;
  const auto done = transact(
      parts_.database, "the agent could not be stored",
      [&](core::Transaction& transaction) -> Result<void, Error> {
        if (const auto known = SqliteAgentStore::owner_name(transaction, agent->owner);
            known && *known != agent->owner_name) {
          return fail(Error{ErrorCode::conflict, agent->owner + " is somebody else",
                            "it stands for " + *known,
                            "give this person an id of its own with --owner-id"});
        }
        if (!SqliteAgentStore::add(transaction, *agent)) {
          return fail(Error{ErrorCode::conflict, "there is an agent of that name or with that key",
                            agent->name,
                            "choose another name, and a key of its own for each agent"});
        }
        const did::Did& organisation = parts_.organisation.did();
        const auto person = did::Did::parse(agent->owner);
        const auto self = did::Did::parse(agent->did);
        if (auto said =
                publish(transaction, agent->owner, person_document(*person, organisation), now);
            !said)
          return said;
        if (auto said = publish(transaction, agent->did,
                                agent_document(*self, organisation, agent->public_key), now);
            !said)
          return said;
        parts_.audit.append(
            transaction, now,
            {actor, "agent.add", agent->did,
             core::Json::object({{"version", agent->version}, {"owner", agent->owner}})});
        return {};
      });
  if (!done) return fail(done.error());
  if (auto released = parts_.membership.release(); !released) return fail(released.error());
  return agent;
}

Result<std::vector<Agent>, Error> Enrolment::list() const {
  std::vector<Agent> agents;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    agents = SqliteAgentStore::list(connection, kMaxListed);
  });
  if (!read) return fail(from_core(read.error(), "cannot read the agents"));
  return agents;
}

Result<Agent, Error> Enrolment::find(const std::string& name) const {
  std::optional<Agent> agent;
  const auto read = parts_.database.read(
      [&](core::Connection& connection) { agent = SqliteAgentStore::find(connection, name); });
  if (!read) return fail(from_core(read.error(), "cannot read the agents"));
  if (!agent)
    return fail(
        Error{ErrorCode::not_found, "there is no agent named " + name, "", "see: avow agent list"});
  return *agent;
}

}  // namespace avow::node
