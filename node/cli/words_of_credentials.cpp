// The words of who answers for agents: DIDs, agents, credentials, presentations, verdicts.

#include "node/cli/commands.h"
#include "node/cli/words.h"

namespace avow::node::cli {
namespace {

void add_agent_change(const CommandWords& agent, AgentStanding::Change change,
                      const std::string& help) {
  auto& options = agent.options<AgentChangeOptions>();
  options.change = change;
  CommandWords app = agent.command(std::string(name_of(change)), help);
  add_target(app, options.target);
  app.option("name", options.name, "name of the agent").required();
  add_reason(app, options.reason);
  if (change == AgentStanding::Change::disown) {
    app.option("--from", options.from, "RFC 3339: from when on (now if not given)");
    add_yes(app, options.yes);
  }
  app.runs(options, agent_change);
}

void add_vc_change(const CommandWords& vc, CredentialIssuer::Change change,
                   const std::string& help) {
  auto& options = vc.options<VcChangeOptions>();
  options.change = change;
  CommandWords app = vc.command(std::string(name_of(change)), help);
  add_target(app, options.target);
  app.option("id", options.id, "id of the credential").required();
  add_reason(app, options.reason);
  if (change == CredentialIssuer::Change::revoke) add_yes(app, options.yes);
  app.flag("--no-wait", options.no_wait, "do not wait for the members' word that they have it");
  app.runs(options, vc_change);
}

}  // namespace

void add_did_commands(const CommandWords& program) {
  const CommandWords did = program.group("did", "decentralized identifiers");
  struct Resolve {
    Target target;
    std::string did;
    std::string at;
  };
  auto& resolve = program.options<Resolve>();
  CommandWords app = did.command("resolve", "the document of a DID");
  add_target_or_node(app, resolve.target);
  app.option("did", resolve.did, "DID or DID URL").required();
  app.option("--at", resolve.at, "as of that time, RFC 3339 (now if not given)");
  app.runs([&resolve](const Console& console) {
    return did_resolve(resolve.target, resolve.did, resolve.at, console);
  });

  struct Update {
    Target target;
    std::string did;
    std::filesystem::path document;
  };
  auto& update = program.options<Update>();
  app = did.command("update", "give an agent or a person a new document");
  add_target(app, update.target);
  app.option("did", update.did, "DID of the agent or person").required();
  app.option("document", update.document, "JSON file with the new document").required();
  app.runs([&update](const Console& console) {
    return did_update(update.target, update.did, update.document, console);
  });

  auto& deactivate = program.options<DidDeactivateOptions>();
  app = did.command("deactivate", "end a DID and its keys for ever");
  add_target(app, deactivate.target);
  app.option("did", deactivate.did, "DID of the agent or person").required();
  add_reason(app, deactivate.reason);
  add_yes(app, deactivate.yes);
  app.runs(deactivate, did_deactivate);

  auto& history = program.options<Resolve>();
  app = did.command("history", "every version of an own document, newest first");
  add_target(app, history.target);
  app.option("did", history.did, "DID of an agent or person, or the organisation's own").required();
  app.runs([&history](const Console& console) {
    return did_history(history.target, history.did, console);
  });

  add_question(did, "show", "the own organisation", did_show);
}

void add_agent_commands(const CommandWords& program) {
  const CommandWords agent = program.group("agent", "the organisation's agents");
  auto& add = program.options<AgentAddOptions>();
  CommandWords app = agent.command("add", "enrol an agent and the person who answers for it");
  add_target(app, add.target);
  app.option("name", add.name, "name: ASCII letters, digits, '.', '_' and '-'").required();
  app.option("--version", add.version, "the agent's version").required();
  app.option("--owner", add.owner, "name of the person who answers for it").required();
  app.option("--owner-id", add.owner_id,
             "short id of that person (made from the name if not given)");
  app.option("--type", add.kind, "kind of agent").with_default();
  const auto key =
      app.option("--public-key", add.public_key, "the agent's own Ed25519 Multikey, if it has one");
  app.option("--key-out", add.key_out, "make a key and write it, encrypted, to this file")
      .excludes(key);
  add_passphrase(app, add.passphrase);
  add_weak_derivation(app, add.weak_key_derivation);
  app.runs(add, agent_add);

  using AgentChange = AgentStanding::Change;
  add_agent_change(agent, AgentChange::suspend, "stop an agent at every member");
  add_agent_change(agent, AgentChange::resume, "let a suspended agent go on");
  add_agent_change(agent, AgentChange::disown, "answer for an agent no longer, for good");

  add_question(agent, "list", "agents enrolled", agent_list);
}

void add_vc_commands(const CommandWords& program) {
  const CommandWords vc = program.group("vc", "verifiable credentials of the own organisation");
  auto& issue = program.options<VcIssueOptions>();
  CommandWords app = vc.command("issue", "attest what an agent may do");
  add_target(app, issue.target);
  app.option("--agent", issue.agent, "name of the agent").required();
  app.option("--type", issue.type, "type of credential").with_default();
  app.option("--claims", issue.claims, "JSON file with capabilities and limits").required();
  app.option("--ttl", issue.ttl, "how long it is valid: 45s, 15m, 1h, at most 24h").with_default();
  app.option("--valid-from", issue.valid_from, "when it begins, RFC 3339 (now if not given)");
  app.option(
      "--out", issue.out,
      "write the credential to this file, over what it holds (standard output if not given)");
  app.runs(issue, vc_issue);

  add_question(vc, "list", "credentials issued, newest first", vc_list);

  struct Show {
    Target target;
    std::string id;
  };
  auto& one = program.options<Show>();
  app = vc.command("show", "one credential and its state");
  add_target(app, one.target);
  app.option("id", one.id, "id of the credential").required();
  app.runs([&one](const Console& console) { return vc_show(one.target, one.id, console); });

  auto& stopped = program.options<Show>();
  app = vc.command("propagation", "which members have a suspension or revocation, and since when");
  add_target(app, stopped.target);
  app.option("id", stopped.id, "id of the credential, or the hash or place (1/41) of a statement")
      .required();
  app.runs([&stopped](const Console& console) {
    return vc_propagation(stopped.target, stopped.id, console);
  });

  struct Published {
    Target target;
    std::filesystem::path credential;
  };
  auto& published = program.options<Published>();
  app = vc.command("published", "where its issuer has published a credential, for verify --issued");
  add_target_or_node(app, published.target);
  app.option("credential", published.credential, "credential file").required();
  app.runs([&published](const Console& console) {
    return vc_published(published.target, published.credential, console);
  });

  using VcChange = CredentialIssuer::Change;
  add_vc_change(vc, VcChange::suspend, "stop a credential for now");
  add_vc_change(vc, VcChange::resume, "take a suspension back");
  add_vc_change(vc, VcChange::revoke, "stop a credential for ever");
}

void add_presentation_commands(const CommandWords& program) {
  const CommandWords vp = program.group("vp", "verifiable presentations");
  auto& create = program.options<VpCreateOptions>();
  CommandWords app = vp.command("create", "present credentials to one verifier, once");
  app.option("--vc", create.credentials, "credential file; may be repeated").required();
  app.option("--key", create.key, "the agent's key file").required();
  add_passphrase(app, create.passphrase);
  const auto node =
      app.option("--node", create.node, "verifier's public URL: asks it for a challenge");
  app.option("--nonce,--challenge", create.challenge, "the verifier's challenge").excludes(node);
  app.option("--aud,--domain", create.domain,
             "the verifier's domain value; with --node, what it must be");
  app.option("--method", create.method,
             "the key's verification method, as #key-2 (found with --node, else #key-1)");
  app.option("--out", create.out,
             "write the presentation to this file (standard output if not given)");
  app.runs(create, vp_create);

  auto& check = program.options<VerifyCommandOptions>();
  app = program.command("verify",
                        "may this credential or presentation be believed? Exit code 3 if not");
  add_target_or_node(app, check.target);
  app.option("file", check.file, "file, or - for standard input").required();
  app.option("--profile", check.profile, "consortium or w3c (the node's default if not given)")
      .one_of({"consortium", "w3c"});
  app.option("--challenge", check.challenge,
             "a presentation's: answer this challenge and no other");
  app.option(
      "--domain", check.domain,
      "a presentation's: be made for this domain; w3c profile only, in the consortium profile "
      "it must be made for the node that is asked");
  app.option("--at,--as-of", check.as_of,
             "judge keys and dates as of this time (RFC 3339; now if not given), trust and "
             "status as of now");
  app.option("--issued", check.issued,
             "file with an answer of `vc published`, of a credential whose key was stolen later; "
             "may be repeated");
  app.option("--action", check.action, "also: may it do this?");
  app.option("--resource", check.resource, "… to this resource");
  app.option("--parameters", check.parameters, "… with these parameters (a JSON object)");
  app.runs(check, verify);
}

}  // namespace avow::node::cli
