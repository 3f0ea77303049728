#include "node/agents/enrolment.h"

#include "did/did_web.h"
#include "node/agents/sqlite_agent_store.h"

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
    return fail(refused("version and type have 1 to 64 bytes", "give --version and --type so"));
  }
  const auto key = core::Ed25519PublicKey::from_multikey(request.public_key);
  if (!key)
    return fail(refused("its key: " + key.error().detail, "give an Ed25519 Multikey (z6Mk…)"));
  const auto agent = did::did_web(records_.organisation.domain, {"agents", request.name});
  const auto person = did::did_web(records_.organisation.domain, {"people", owner});
  if (!agent || !person) return fail(refused("its DID cannot be written", "choose a shorter name"));
  return Agent{request.name,   request.version,    request.kind,       agent->text(),
               person->text(), request.owner_name, request.public_key, now};
}

Result<void, Error> Enrolment::publish(core::Transaction& transaction, const std::string& did,
                                       const core::Json& document, core::Instant now) const {
  const auto parsed = did::Did::parse(did);
  if (!parsed) return fail(from_did(parsed.error(), "cannot publish a document"));
  // A person who answers for several agents is said once.
  if (const auto known = records_.documents.current_in(transaction, *parsed);
      known && known->document->json() == document)
    return {};
  if (auto put = records_.documents.put(transaction, *parsed, document, now); !put)
    return fail(from_did(put.error(), "cannot store the document of " + did));
  return records_.membership.say_document(transaction, document, registry::DocumentStatus::active,
                                          now);
}

Result<void, Error> Enrolment::add_in(core::Transaction& transaction, const Agent& agent,
                                      const std::string& actor, core::Instant now) const {
  if (const auto known = SqliteAgentStore::owner_name(transaction, agent.owner);
      known && *known != agent.owner_name) {
    return fail(Error{ErrorCode::conflict, agent.owner + " is somebody else",
                      "it stands for " + *known,
                      "give this person an id of its own with --owner-id"});
  }
  if (!SqliteAgentStore::add(transaction, agent) ||
      !SqliteAgentStore::claim_key(transaction, agent.did, agent.public_key)) {
    return fail(Error{ErrorCode::conflict, "there is an agent of that name or with that key",
                      agent.name, "choose another name, and a key of its own for each agent"});
  }
  const did::Did& organisation = records_.organisation.did();
  const auto person = did::Did::parse(agent.owner);
  const auto self = did::Did::parse(agent.did);
  if (auto said = publish(transaction, agent.owner, person_document(*person, organisation), now);
      !said)
    return said;
  if (auto said = publish(transaction, agent.did,
                          agent_document(*self, organisation, agent.public_key), now);
      !said)
    return said;
  records_.audit.append(transaction, now,
                        {actor, "agent.add", agent.did,
                         core::Json::object({{"version", agent.version}, {"owner", agent.owner}})});
  return {};
}

Result<Agent, Error> Enrolment::add(const EnrolmentRequest& request, const std::string& actor) {
  std::optional<Agent> agent;
  const auto done = records_.change(
      "the agent could not be stored",
      [&](core::Transaction& transaction, core::Instant now) -> Result<void, Error> {
        auto described = describe(request, now);
        if (!described) return fail(described.error());
        agent = std::move(*described);
        return add_in(transaction, *agent, actor, now);
      });
  if (!done) return fail(done.error());
  return std::move(*agent);
}

Result<Agent, Error> Enrolment::as_documented(Agent agent) const {
  const auto did = did::Did::parse(agent.did);
  if (!did) return fail(from_did(did.error(), "a stored DID is malformed"));
  const auto current = records_.documents.current(*did);
  if (!current) return fail(from_did(current.error(), "cannot read the document of " + agent.did));
  agent.public_key = authentication_key(*current->document);
  agent.deactivated = current->deactivated;
  return agent;
}

Result<std::vector<Agent>, Error> Enrolment::list() const {
  std::vector<Agent> agents;
  const auto read = records_.database.read([&](core::Connection& connection) {
    agents = SqliteAgentStore::list(connection, kMaxListed);
  });
  if (!read) return fail(from_core(read.error(), "cannot read the agents"));
  for (Agent& agent : agents) {
    auto documented = as_documented(std::move(agent));
    if (!documented) return fail(documented.error());
    agent = std::move(*documented);
  }
  return agents;
}

Result<Agent, Error> Enrolment::find(const std::string& name) const {
  std::optional<Agent> agent;
  const auto read = records_.database.read(
      [&](core::Connection& connection) { agent = SqliteAgentStore::find(connection, name); });
  if (!read) return fail(from_core(read.error(), "cannot read the agents"));
  if (!agent)
    return fail(Error{ErrorCode::not_found, "there is no agent named " + name,
                      "this organisation has enrolled none of that name", "see: avow agent list"});
  return as_documented(std::move(*agent));
}

}  // namespace avow::node
