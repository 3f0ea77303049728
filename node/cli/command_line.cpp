// The words of the command line. CLI11 is seen here alone: it takes seconds to compile.

#include "node/cli/command_line.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "node/cli/commands.h"
#include "node/version.h"

namespace avow::node::cli {
namespace {

/// What the parser fills and what then runs. Options live as long as the parser.
struct Session {
  CLI::App app{
      "Avow: organisations prove to each other who their agents are, who answers for them and what "
      "they may do."};
  bool json = false;
  std::function<int(const Console&)> command;

  /// Memory for the options of one command, kept until the end.
  template <class Options>
  Options& options() {
    auto owned = std::make_shared<Options>();
    kept.push_back(owned);
    return *owned;
  }
  std::vector<std::shared_ptr<void>> kept;

  void run_with(CLI::App* command_app, const std::function<int(const Console&)>& function) {
    command_app->add_flag("--json", json, "answer with one JSON object");
    command_app->callback([this, function] { command = function; });
  }
};

CLI::App* group(Session& session, const std::string& name, const std::string& help) {
  CLI::App* app = session.app.add_subcommand(name, help);
  app->require_subcommand(1);
  return app;
}

void add_data(CLI::App* app, std::filesystem::path& data) {
  app->add_option("--data", data, "data directory of the own node")
      ->envname("AVOW_DATA")
      ->capture_default_str();
}

void add_target(CLI::App* app, Target& target) {
  add_data(app, target.data);
}

void add_target_or_node(CLI::App* app, Target& target) {
  add_target(app, target);
  app->add_option("--node", target.node,
                  "ask this node's public URL instead of the own admin socket");
}

void add_passphrase(CLI::App* app, PassphraseSource& source) {
  auto* file =
      app->add_option("--passphrase-file", source.file, "file whose first line is the passphrase");
  app->add_option("--passphrase-fd", source.descriptor,
                  "file descriptor to read the passphrase from")
      ->excludes(file);
}

void add_witness_urls(CLI::App* app, std::vector<std::string>& urls) {
  app->add_option("--witness", urls,
                  "peer listener of a witness of the own log, http://ADDR:PORT; repeat for each");
}

void add_weak_derivation(CLI::App* app, bool& weak) {
  app->add_flag("--weak-key-derivation", weak,
                "derive keys with 64 MiB instead of 256 MiB: for tests only");
}

void add_key_compromised(Session& session, CLI::App* keys) {
  auto& options = session.options<KeyCompromisedOptions>();
  CLI::App* app = keys->add_subcommand(
      "compromised", "tell every member that a key was stolen, for good; the node must run");
  add_target(app, options.target);
  app->add_option("key", options.key, "the key's DID URL, or #key-1 of the own DID")->required();
  app->add_option("--up-to", options.up_to,
                  "EPOCH/SEQUENCE: only what was published up to that statement goes on counting "
                  "(all that this node has issued until now if not given)");
  app->add_option("--reason", options.reason, "why, for the audit log");
  app->add_flag("--yes", options.yes, "do not ask");
  session.run_with(
      app, [&options](const Console& console) { return key_compromised(options, console); });
}

void add_key_commands(Session& session) {
  CLI::App* keys = group(session, "key", "the own organisation's keys");
  auto& rotating = session.options<KeyRotateOptions>();
  CLI::App* app = keys->add_subcommand(
      "rotate", "sign with a new key from the node's next start on; it must not run now");
  add_data(app, rotating.data);
  add_witness_urls(app, rotating.witnesses);
  add_passphrase(app, rotating.passphrase);
  session.run_with(app,
                   [&rotating](const Console& console) { return key_rotate(rotating, console); });

  auto& recovering = session.options<KeyRecoverOptions>();
  app = keys->add_subcommand(
      "recover",
      "after a theft, a fork or a lost database: show what the next epoch takes back and says "
      "again, then rotate; the node must not run now");
  add_data(app, recovering.data);
  add_witness_urls(app, recovering.witnesses);
  add_passphrase(app, recovering.passphrase);
  app->add_option("--strike", recovering.strikes,
                  "a thief's, not to be said again: a statement (1/41), it and all that follow "
                  "(1/41..), or a name of the list shown; may be repeated");
  app->add_flag("--yes", recovering.yes, "do not ask");
  session.run_with(
      app, [&recovering](const Console& console) { return key_recover(recovering, console); });
  add_key_compromised(session, keys);
}

void add_witness_commands(Session& session) {
  CLI::App* witness = group(session, "witness", "who sees that each version of a log is one");
  auto& creating = session.options<WitnessCreateOptions>();
  CLI::App* app = witness->add_subcommand(
      "create", "make the key of a witness; its did:key goes to avow init --witness");
  app->add_option("--key-out", creating.key_out, "file for the key")->required();
  add_passphrase(app, creating.passphrase);
  add_weak_derivation(app, creating.weak_key_derivation);
  session.run_with(
      app, [&creating](const Console& console) { return witness_create(creating, console); });
  auto& collecting = session.options<WitnessCollectOptions>();
  app = witness->add_subcommand(
      "collect", "ask the witnesses for their proofs of the newest version of the own log");
  add_data(app, collecting.data);
  add_witness_urls(app, collecting.witnesses);
  session.run_with(
      app, [&collecting](const Console& console) { return witness_collect(collecting, console); });
}

void add_node_commands(Session& session) {
  auto& create = session.options<InitOptions>();
  CLI::App* app = session.app.add_subcommand(
      "init", "make an organisation: its keys, its did:webvh, its data directory");
  add_data(app, create.data);
  app->add_option("--org", create.organisation, "name of the organisation")->required();
  app->add_option("--domain", create.domain, "its domain, e.g. acme.example")->required();
  app->add_option(
      "--witness", create.witnesses,
      "did:key of a witness of its log (see: avow witness create); repeat for each that the "
      "charter will name");
  add_passphrase(app, create.passphrase);
  add_weak_derivation(app, create.weak_key_derivation);
  session.run_with(app, [&create](const Console& console) { return init(create, console); });

  auto& serving = session.options<ServeOptions>();
  app = session.app.add_subcommand("serve", "run the node");
  add_data(app, serving.data);
  app->add_option("--listen", serving.listen, "public listener, ADDR:PORT")->capture_default_str();
  app->add_option("--peer-listen", serving.peer_listen,
                  "listener for other members' nodes, ADDR:PORT (loopback or private address)");
  app->add_option("--charter", serving.charter,
                  "the consortium's charter, once; the node keeps a copy");
  app->add_option("--peer", serving.peers,
                  "peer listener of another member's node, http://ADDR:PORT; may be repeated (one "
                  "side of a pair is enough)");
  app->add_option("--witness-key", serving.witness_key,
                  "sign other members' logs with this key (see: avow witness create); its "
                  "passphrase is that of the organisation's keys");
  app->add_option("--public-url", serving.public_url,
                  "URL at which others reach this node (https://DOMAIN if not given)");
  add_passphrase(app, serving.passphrase);
  app->add_option("--default-profile", serving.default_profile,
                  "verification profile when a request names none")
      ->check(CLI::IsMember({"consortium", "w3c"}))
      ->capture_default_str();
  app->add_option(
      "--admin-uid", serving.admin_uids,
      "user id that may use the admin socket beside the node's own user; its mode stays "
      "0600, so in practice 0, root");
  app->add_flag("--only-default-profile", serving.only_default_profile,
                "refuse requests on the public listener that name the other profile");
  app->add_flag("--allow-loopback", serving.allow_loopback,
                "accept http and localhost in URLs of other nodes: for tests only");
  session.run_with(app, [&serving](const Console& console) { return serve(serving, console); });

  auto& state = session.options<Target>();
  app = session.app.add_subcommand("status", "how the node is and what it knows of the members");
  add_target(app, state);
  session.run_with(app, [&state](const Console& console) { return status(state, console); });

  session.run_with(session.app.add_subcommand("version", "which build this is"),
                   [](const Console& console) { return version(console); });
}

void add_charter_commands(Session& session) {
  CLI::App* charter =
      group(session, "charter", "the founders' charter: who governs, who may issue what");
  auto& draft = session.options<CharterDraftOptions>();
  auto& signing = session.options<CharterSignOptions>();
  auto& sign = session.options<bool>();
  CLI::App* found = charter->add_subcommand(
      "found", "draft a charter from the founders' logs, or sign one (--sign)");
  auto* founders =
      found->add_option("--founder", draft.founders, "did.jsonl of a founder; repeat for each");
  found->add_option("--grant", draft.grants,
                    "DOMAIN=CredentialType[,DEPTH]: who may issue what, and how deep accredit "
                    "(every founder, AgentCapabilityCredential, 1 if none is given)");
  found->add_option("--freshness-normal", draft.freshness_normal_seconds,
                    "seconds after which an issuer not heard of is stale (900)");
  found->add_option("--out", draft.out, "file to write the draft to");
  auto* sign_file = found->add_option("--sign", signing.charter,
                                      "sign this charter with the organisation in --data");
  add_data(found, signing.data);
  add_passphrase(found, signing.passphrase);
  sign_file->excludes(founders);
  session.run_with(found, [&draft, &signing, &sign, sign_file](const Console& console) {
    sign = sign_file->count() > 0;
    return sign ? charter_sign(signing, console) : charter_draft(draft, console);
  });

  auto& shown = session.options<std::filesystem::path>();
  CLI::App* show = charter->add_subcommand("show", "what a charter says and who has signed it");
  show->add_option("charter", shown, "charter file")->required();
  session.run_with(show, [&shown](const Console& console) { return charter_show(shown, console); });
}

void add_did_commands(Session& session) {
  CLI::App* did = group(session, "did", "decentralized identifiers");
  struct Resolve {
    Target target;
    std::string did;
    std::string at;
  };
  auto& resolve = session.options<Resolve>();
  CLI::App* app = did->add_subcommand("resolve", "the document of a DID");
  add_target_or_node(app, resolve.target);
  app->add_option("did", resolve.did, "DID or DID URL")->required();
  app->add_option("--at", resolve.at, "as of that time, RFC 3339 (now if not given)");
  session.run_with(app, [&resolve](const Console& console) {
    return did_resolve(resolve.target, resolve.did, resolve.at, console);
  });

  struct Update {
    Target target;
    std::string did;
    std::filesystem::path document;
  };
  auto& update = session.options<Update>();
  app = did->add_subcommand("update", "give an agent or a person a new document");
  add_target(app, update.target);
  app->add_option("did", update.did, "DID of the agent or person")->required();
  app->add_option("document", update.document, "JSON file with the new document")->required();
  session.run_with(app, [&update](const Console& console) {
    return did_update(update.target, update.did, update.document, console);
  });

  auto& deactivate = session.options<DidDeactivateOptions>();
  app = did->add_subcommand("deactivate", "end a DID and its keys for ever");
  add_target(app, deactivate.target);
  app->add_option("did", deactivate.did, "DID of the agent or person")->required();
  app->add_option("--reason", deactivate.reason, "for the audit log");
  app->add_flag("--yes", deactivate.yes, "do not ask");
  session.run_with(
      app, [&deactivate](const Console& console) { return did_deactivate(deactivate, console); });

  auto& history = session.options<Resolve>();
  app = did->add_subcommand("history", "every version of an own document, newest first");
  add_target(app, history.target);
  app->add_option("did", history.did, "DID of the agent or person")->required();
  session.run_with(app, [&history](const Console& console) {
    return did_history(history.target, history.did, console);
  });

  auto& target = session.options<Target>();
  app = did->add_subcommand("show", "the own organisation");
  add_target(app, target);
  session.run_with(app, [&target](const Console& console) { return did_show(target, console); });
}

void add_agent_change(Session& session, CLI::App* agent, const std::string& name,
                      const std::string& help, AgentChange change) {
  auto& options = session.options<AgentChangeOptions>();
  options.change = change;
  CLI::App* app = agent->add_subcommand(name, help);
  add_target(app, options.target);
  app->add_option("name", options.name, "name of the agent")->required();
  app->add_option("--reason", options.reason, "why, for the audit log");
  if (change == AgentChange::disown) {
    app->add_option("--from", options.from, "RFC 3339: from when on (now if not given)");
    app->add_flag("--yes", options.yes, "do not ask");
  }
  session.run_with(app,
                   [&options](const Console& console) { return agent_change(options, console); });
}

void add_agent_commands(Session& session) {
  CLI::App* agent = group(session, "agent", "the organisation's agents");
  auto& add = session.options<AgentAddOptions>();
  CLI::App* app = agent->add_subcommand("add", "enrol an agent and the person who answers for it");
  add_target(app, add.target);
  app->add_option("name", add.name, "name: ASCII letters, digits, '.', '_' and '-'")->required();
  app->add_option("--version", add.version, "the agent's version")->required();
  app->add_option("--owner", add.owner, "name of the person who answers for it")->required();
  app->add_option("--owner-id", add.owner_id,
                  "short id of that person (made from the name if not given)");
  app->add_option("--type", add.kind, "kind of agent")->capture_default_str();
  auto* key = app->add_option("--public-key", add.public_key,
                              "the agent's own Ed25519 Multikey, if it has one");
  app->add_option("--key-out", add.key_out, "make a key and write it, encrypted, to this file")
      ->excludes(key);
  add_passphrase(app, add.passphrase);
  add_weak_derivation(app, add.weak_key_derivation);
  session.run_with(app, [&add](const Console& console) { return agent_add(add, console); });

  add_agent_change(session, agent, "suspend", "stop an agent at every member",
                   AgentChange::suspend);
  add_agent_change(session, agent, "resume", "let a suspended agent go on", AgentChange::resume);
  add_agent_change(session, agent, "disown", "answer for an agent no longer, for good",
                   AgentChange::disown);

  auto& target = session.options<Target>();
  app = agent->add_subcommand("list", "agents enrolled");
  add_target(app, target);
  session.run_with(app, [&target](const Console& console) { return agent_list(target, console); });
}

void add_status_change(Session& session, CLI::App* vc, const std::string& name,
                       const std::string& help, StatusChange change) {
  auto& options = session.options<VcChangeOptions>();
  options.change = change;
  CLI::App* app = vc->add_subcommand(name, help);
  add_target(app, options.target);
  app->add_option("id", options.id, "id of the credential")->required();
  app->add_option("--reason", options.reason, "for the audit log");
  if (change == StatusChange::revoke) app->add_flag("--yes", options.yes, "do not ask");
  session.run_with(app, [&options](const Console& console) { return vc_change(options, console); });
}

void add_vc_commands(Session& session) {
  CLI::App* vc = group(session, "vc", "verifiable credentials of the own organisation");
  auto& issue = session.options<VcIssueOptions>();
  CLI::App* app = vc->add_subcommand("issue", "attest what an agent may do");
  add_target(app, issue.target);
  app->add_option("--agent", issue.agent, "name of the agent")->required();
  app->add_option("--type", issue.type, "type of credential")->capture_default_str();
  app->add_option("--claims", issue.claims, "JSON file with capabilities and limits")->required();
  app->add_option("--ttl", issue.ttl, "how long it is valid: 45s, 15m, 1h, at most 24h")
      ->capture_default_str();
  app->add_option("--valid-from", issue.valid_from, "when it begins, RFC 3339 (now if not given)");
  app->add_option("--out", issue.out,
                  "write the credential to this file (standard output if not given)");
  session.run_with(app, [&issue](const Console& console) { return vc_issue(issue, console); });

  auto& all = session.options<Target>();
  app = vc->add_subcommand("list", "credentials issued, newest first");
  add_target(app, all);
  session.run_with(app, [&all](const Console& console) { return vc_list(all, console); });

  struct Show {
    Target target;
    std::string id;
  };
  auto& one = session.options<Show>();
  app = vc->add_subcommand("show", "one credential and its state");
  add_target(app, one.target);
  app->add_option("id", one.id, "id of the credential")->required();
  session.run_with(app,
                   [&one](const Console& console) { return vc_show(one.target, one.id, console); });

  struct Published {
    Target target;
    std::filesystem::path credential;
  };
  auto& published = session.options<Published>();
  app = vc->add_subcommand("published",
                           "where its issuer has published a credential, for verify --issued");
  add_target_or_node(app, published.target);
  app->add_option("credential", published.credential, "credential file")->required();
  session.run_with(app, [&published](const Console& console) {
    return vc_published(published.target, published.credential, console);
  });

  add_status_change(session, vc, "suspend", "stop a credential for now", StatusChange::suspend);
  add_status_change(session, vc, "resume", "take a suspension back", StatusChange::resume);
  add_status_change(session, vc, "revoke", "stop a credential for ever", StatusChange::revoke);
}

void add_presentation_commands(Session& session) {
  CLI::App* vp = group(session, "vp", "verifiable presentations");
  auto& create = session.options<VpCreateOptions>();
  CLI::App* app = vp->add_subcommand("create", "present credentials to one verifier, once");
  app->add_option("--vc", create.credentials, "credential file; may be repeated")->required();
  app->add_option("--key", create.key, "the agent's key file")->required();
  add_passphrase(app, create.passphrase);
  auto* node =
      app->add_option("--node", create.node, "verifier's public URL: asks it for a challenge");
  app->add_option("--nonce,--challenge", create.challenge, "the verifier's challenge")
      ->excludes(node);
  app->add_option("--aud,--domain", create.domain,
                  "the verifier's domain value; with --node, what it must be");
  app->add_option("--method", create.method,
                  "the key's verification method, as #key-2 (found with --node, else #key-1)");
  app->add_option("--out", create.out,
                  "write the presentation to this file (standard output if not given)");
  session.run_with(app, [&create](const Console& console) { return vp_create(create, console); });

  auto& check = session.options<VerifyOptions>();
  app = session.app.add_subcommand(
      "verify", "may this credential or presentation be believed? Exit code 3 if not");
  add_target_or_node(app, check.target);
  app->add_option("file", check.file, "file, or - for standard input")->required();
  app->add_option("--profile", check.profile, "consortium or w3c (the node's default if not given)")
      ->check(CLI::IsMember({"consortium", "w3c"}));
  app->add_option("--challenge", check.challenge, "expected challenge (w3c profile)");
  app->add_option("--domain", check.domain, "expected domain (w3c profile)");
  app->add_option("--at,--as-of", check.as_of,
                  "judge keys and dates as of this time (RFC 3339; now if not given), trust and "
                  "status as of now");
  app->add_option(
      "--issued", check.issued,
      "file with an answer of `vc published`, of a credential whose key was stolen later; "
      "may be repeated");
  app->add_option("--action", check.action, "also: may it do this?");
  app->add_option("--resource", check.resource, "… to this resource");
  app->add_option("--parameters", check.parameters, "… with these parameters (a JSON object)");
  session.run_with(app, [&check](const Console& console) { return verify(check, console); });
}

void add_trust_question(Session& session, CLI::App* trust, const std::string& name,
                        const std::string& help,
                        int (*ask)(const TrustQueryOptions&, const Console&)) {
  auto& query = session.options<TrustQueryOptions>();
  CLI::App* app = trust->add_subcommand(name, help);
  add_target(app, query.target);
  app->add_option("--entity", query.entity, "DID of the member")->required();
  app->add_option("--action", query.action, "issue, delegate, govern or operate-node")
      ->capture_default_str();
  app->add_option("--resource", query.resource,
                  "credential type; of govern the authority's id, of operate-node a URL")
      ->required();
  app->add_option("--at", query.at, "at that time, RFC 3339 (now if not given)");
  session.run_with(app, [&query, ask](const Console& console) { return ask(query, console); });
}

void add_local_rule(Session& session, CLI::App* trust, const std::string& name,
                    const std::string& help, bool has_reason,
                    int (*change)(const LocalRuleOptions&, const Console&)) {
  auto& rule = session.options<LocalRuleOptions>();
  CLI::App* app = trust->add_subcommand(name, help);
  add_target(app, rule.target);
  app->add_option("--did", rule.did, "a member, an agent or a person (anybody if not given)");
  app->add_option("--type", rule.type, "a credential type (any if not given)");
  if (has_reason) app->add_option("--reason", rule.reason, "shown in the verdicts that it decides");
  session.run_with(app, [&rule, change](const Console& console) { return change(rule, console); });
}

void add_overlay_commands(Session& session, CLI::App* trust) {
  add_local_rule(session, trust, "deny",
                 "believe nobody of that DID or type here, whatever the network says", true,
                 trust_deny);
  add_local_rule(session, trust, "allow", "take that back", false, trust_allow);

  auto& rules = session.options<Target>();
  CLI::App* app = trust->add_subcommand("overlay", "the rules of this node alone");
  add_target(app, rules);
  session.run_with(app, [&rules](const Console& console) { return trust_overlay(rules, console); });

  struct MaxAge {
    Target target;
    std::string age;
  };
  auto& limit = session.options<MaxAge>();
  app = trust->add_subcommand("max-age",
                              "how old what is known of an issuer may be here, if less than the "
                              "charter allows");
  add_target(app, limit.target);
  app->add_option("age", limit.age, "60s, 5m; or charter, for what the charter says")->required();
  session.run_with(app, [&limit](const Console& console) {
    return trust_max_age(limit.target, limit.age, console);
  });
}

void add_yes(CLI::App* app, bool& yes) {
  app->add_flag("--yes", yes, "do not ask; for scripts");
}

constexpr std::string_view kDepthHelp =
    "how many further links it may accredit (0 if not given: it issues, and accredits nobody)";

void add_trust_commands(Session& session) {
  CLI::App* trust = group(session, "trust", "who may issue what");
  auto& accredit = session.options<AccreditOptions>();
  CLI::App* app = trust->add_subcommand(
      "accredit", "let a member issue types of credentials under the own authority");
  add_target(app, accredit.target);
  app->add_option("subject", accredit.subject, "DID of the member")->required();
  app->add_option("--type", accredit.types, "credential type; may be repeated")->required();
  app->add_option("--until", accredit.until, "end, RFC 3339 (none if not given)");
  app->add_option("--depth", accredit.depth, std::string(kDepthHelp))->check(CLI::Range(0, 8));
  session.run_with(
      app, [&accredit](const Console& console) { return trust_accredit(accredit, console); });

  auto& withdraw = session.options<AccreditOptions>();
  app = trust->add_subcommand("revoke", "take that back");
  add_target(app, withdraw.target);
  app->add_option("subject", withdraw.subject, "DID of the member")->required();
  app->add_option("--type", withdraw.types, "credential type; may be repeated")->required();
  session.run_with(app,
                   [&withdraw](const Console& console) { return trust_revoke(withdraw, console); });

  auto& grant = session.options<TrustGrantOptions>();
  app = trust->add_subcommand("grant",
                              "propose that the network lets a member issue types of credentials");
  add_target(app, grant.target);
  app->add_option("subject", grant.subject, "DID of the member")->required();
  app->add_option("--type", grant.types, "credential type; may be repeated")->required();
  app->add_option("--from", grant.from, "begin, RFC 3339 (now if not given)");
  app->add_option("--until", grant.until,
                  "end, RFC 3339 (none if not given); the same as --from ends a grant");
  app->add_option("--depth", grant.depth, std::string(kDepthHelp))->check(CLI::Range(0, 8));
  add_yes(app, grant.yes);
  session.run_with(app, [&grant](const Console& console) { return trust_grant(grant, console); });

  using Show = int (*)(const Target&, const Console&);
  for (const auto& [name, help, show] :
       {std::tuple<const char*, const char*, Show>("list",
                                                   "grants and accreditations that stand; whether "
                                                   "one has effect: avow trust explain",
                                                   trust_list),
        {"disputes", "who has contradicted themselves, and what proves it", trust_disputes}}) {
    auto& all = session.options<Target>();
    app = trust->add_subcommand(name, help);
    add_target(app, all);
    session.run_with(
        app, [&all, function = show](const Console& console) { return function(all, console); });
  }

  add_trust_question(session, trust, "query", "may this member do that? Exit code 3 if not",
                     trust_query);
  add_trust_question(session, trust, "explain",
                     "… and which statements decide, or what is missing for a yes", trust_explain);
  add_overlay_commands(session, trust);
}

void add_govern_commands(Session& session) {
  CLI::App* govern = group(session, "govern", "how the network is governed");
  auto& propose = session.options<GovernProposeOptions>();
  CLI::App* app = govern->add_subcommand("propose", "propose a slot: shown in words, then signed");
  add_target(app, propose.target);
  app->add_option("file", propose.actions, "JSON: an action, or an array of them")->required();
  app->footer(
      "An action is one of these (times are RFC 3339):\n"
      "  {\"action\":\"admit\",\"scid\",\"entry\"}            (avow member admit)\n"
      "  {\"action\":\"suspend\",\"scid\",\"from\"}           (avow member suspend)\n"
      "  {\"action\":\"reinstate\",\"scid\",\"from\"}         (avow member reinstate)\n"
      "  {\"action\":\"evict\",\"scid\",\"epoch\",\"sequence\",\"hash\"}   (avow member evict)\n"
      "  {\"action\":\"grant\",\"member\",\"types\":[],\"depth\",\"from\",[\"until\"]}   (avow "
      "trust grant)\n"
      "  {\"action\":\"settle\",\"scid\",\"version\",\"entryHash\"}\n"
      "  "
      "{\"action\":\"parameter\",\"name\":\"freshness\",\"value\":{\"low\",\"normal\",\"high\"}}\n"
      "  "
      "{\"action\":\"charter\",\"governors\":[{\"scid\",\"version\"}],\"quorum\",\"witnesses\":[{"
      "\"id\"}],"
      "\"rules\":1,\"freshness\":{}}\n"
      "The commands beside them propose it without a file.");
  add_yes(app, propose.yes);
  session.run_with(app,
                   [&propose](const Console& console) { return govern_propose(propose, console); });

  auto& shown = session.options<Target>();
  app = govern->add_subcommand("show", "who governs, what is proposed, what is to be signed next");
  add_target(app, shown);
  session.run_with(app, [&shown](const Console& console) { return govern_show(shown, console); });

  auto& past = session.options<Target>();
  app = govern->add_subcommand("history", "the slots that were decided, in words");
  add_target(app, past);
  session.run_with(app, [&past](const Console& console) { return govern_history(past, console); });

  auto& vote = session.options<GovernVoteOptions>();
  app =
      govern->add_subcommand("vote", "sign what comes next (prepare, commit or close), once shown");
  add_target(app, vote.target);
  CLI::Option* proposal =
      app->add_option("--proposal", vote.proposal,
                      "hash of the proposal, or its end: nothing is signed for another");
  app->add_flag("--leave-round", vote.leave_round, "close this round instead, for another try")
      ->excludes(proposal);
  add_yes(app, vote.yes);
  session.run_with(app, [&vote](const Console& console) { return govern_vote(vote, console); });

  auto& emergency = session.options<EmergencyOptions>();
  app = govern->add_subcommand("emergency", "suspend a member at once, with some other governors");
  add_target(app, emergency.target);
  app->add_option("member", emergency.member, "DID of the member")->required();
  app->add_option("--for", emergency.duration,
                  "24h, at most 72h (if not given: the times that another governor has signed)");
  app->add_option("--from", emergency.from, "begin, RFC 3339 (now if not given)");
  add_yes(app, emergency.yes);
  session.run_with(
      app, [&emergency](const Console& console) { return govern_emergency(emergency, console); });
}

void add_member_change(Session& session, CLI::App* member, const std::string& name,
                       const std::string& help, bool has_time,
                       int (*change)(const MemberChangeOptions&, const Console&)) {
  auto& options = session.options<MemberChangeOptions>();
  CLI::App* app = member->add_subcommand(name, help);
  add_target(app, options.target);
  app->add_option("member", options.member, "DID of the member")->required();
  if (has_time) app->add_option("--from", options.from, "RFC 3339 (now if not given)");
  add_yes(app, options.yes);
  session.run_with(app,
                   [&options, change](const Console& console) { return change(options, console); });
}

void add_member_commands(Session& session) {
  CLI::App* member = group(session, "member", "who belongs to the network; changes are proposals");
  auto& all = session.options<Target>();
  CLI::App* app = member->add_subcommand("list", "members and their standing");
  add_target(app, all);
  session.run_with(app, [&all](const Console& console) { return member_list(all, console); });

  auto& admit = session.options<MemberAdmitOptions>();
  app = member->add_subcommand("admit", "propose to admit an organisation");
  add_target(app, admit.target);
  app->add_option("log", admit.log, "its did.jsonl")->required();
  add_yes(app, admit.yes);
  session.run_with(app, [&admit](const Console& console) { return member_admit(admit, console); });

  add_member_change(session, member, "suspend", "propose to suspend a member", true,
                    member_suspend);
  add_member_change(session, member, "reinstate", "propose to end its suspension", true,
                    member_reinstate);
  add_member_change(session, member, "evict",
                    "propose to evict a member for ever: nothing counts after what is known of it",
                    false, member_evict);
}

void add_operator_commands(Session& session) {
  CLI::App* peer = group(session, "peer", "other members' nodes");
  auto& peers = session.options<Target>();
  CLI::App* app = peer->add_subcommand("list", "peers and what waits for them");
  add_target(app, peers);
  session.run_with(app, [&peers](const Console& console) { return peer_list(peers, console); });

  CLI::App* audit = group(session, "audit", "what was done here, and by whom");
  struct Tail {
    Target target;
    int rows = 20;
  };
  auto& tail = session.options<Tail>();
  app = audit->add_subcommand("tail", "the last rows");
  add_target(app, tail.target);
  app->add_option("-n,--rows", tail.rows, "how many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  session.run_with(
      app, [&tail](const Console& console) { return audit_tail(tail.target, tail.rows, console); });

  auto& whole = session.options<Target>();
  app = audit->add_subcommand("verify", "recompute the chain; names the first bad row");
  add_target(app, whole);
  session.run_with(app, [&whole](const Console& console) { return audit_verify(whole, console); });
}

/// The innermost command of those that were recognised; the program itself if none was.
const CLI::App* innermost(const CLI::App& app) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().front();
  return last;
}

/// "avow charter show"
std::string full_name(const CLI::App* command) {
  if (command->get_parent() == nullptr) return "avow";
  return full_name(command->get_parent()) + " " + command->get_name();
}

/// A word where a command should stand is quoted. Else the first unknown option is named and nothing else: what follows
/// may be a passphrase that somebody gave with an option that is none.
Error unknown_words(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = innermost(app);
  const std::string name = full_name(command);
  const std::string help = "see: " + name + " --help";
  const bool is_command_missing = !command->get_subcommands({}).empty();
  if (is_command_missing && words.empty())
    return {ErrorCode::usage, name + " needs the name of a command", "", help};
  if (is_command_missing && !words.front().starts_with("-"))
    return {ErrorCode::usage, "there is no command " + name + " " + words.front(), "", help};
  const auto option = std::find_if(words.begin(), words.end(),
                                   [](const std::string& word) { return word.starts_with("--"); });
  if (option == words.end())
    return {ErrorCode::usage, "there are words that " + name + " does not take", "", help};
  return {ErrorCode::usage, name + " has no option " + option->substr(0, option->find('=')),
          option->starts_with("--pass")
              ? "passphrases are read from a file, a descriptor or the terminal"
              : "",
          help};
}

}  // namespace

int run(int argc, char** argv) {
  Session session;
  session.app.require_subcommand(1);
  session.app.fallthrough();
  session.app.add_flag("--json", session.json, "answer with one JSON object");
  session.app.set_version_flag("--version", "avow " + std::string(kVersion));
  add_node_commands(session);
  add_key_commands(session);
  add_witness_commands(session);
  add_charter_commands(session);
  add_did_commands(session);
  add_agent_commands(session);
  add_vc_commands(session);
  add_presentation_commands(session);
  add_trust_commands(session);
  add_govern_commands(session);
  add_member_commands(session);
  add_operator_commands(session);
  try {
    session.app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return session.app.exit(asked);
  } catch (const CLI::ParseError& error) {
    const Console console(std::cout, std::cerr, session.json);
    const CLI::App* command = innermost(session.app);
    const bool is_command_missing = !command->get_subcommands({}).empty();
    if (is_command_missing || dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
      return console.fault(unknown_words(session.app, session.app.remaining(true)));
    return console.fault(
        {ErrorCode::usage, error.what(), "", "see: " + full_name(command) + " --help"});
  }
  return session.command(Console(std::cout, std::cerr, session.json));
}

}  // namespace avow::node::cli
