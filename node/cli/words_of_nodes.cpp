// The words of who runs a node: making the organisation, serving, its keys, its witnesses, the charter.

#include "node/cli/commands.h"
#include "node/cli/words.h"

namespace avow::node::cli {
namespace {

void add_key_compromised(const CommandWords& keys) {
  auto& options = keys.options<KeyCompromisedOptions>();
  CommandWords app = keys.command(
      "compromised", "tell every member that a key was stolen, for good; the node must run");
  add_target(app, options.target);
  app.option("key", options.key, "the key's DID URL, or #key-1 of the own DID").required();
  app.option("--up-to", options.up_to,
             "EPOCH/SEQUENCE: only what was published up to that statement goes on counting "
             "(all that this node has issued until now if not given)");
  add_reason(app, options.reason);
  add_yes(app, options.yes);
  app.runs(options, key_compromised);
}

}  // namespace

void add_key_commands(const CommandWords& program) {
  const CommandWords keys = program.group("key", "the own organisation's keys");
  auto& rotating = program.options<KeyRotateOptions>();
  CommandWords app = keys.command(
      "rotate", "sign with a new key from the node's next start on; it must not run now");
  add_data(app, rotating.data);
  add_witness_urls(app, rotating.witnesses);
  add_passphrase(app, rotating.passphrase);
  app.flag("--node-key", rotating.node_key,
           "the key by which other members' nodes know this one, in place of the organisation's");
  app.runs(rotating, key_rotate);

  auto& recovering = program.options<KeyRecoverOptions>();
  app = keys.command(
      "recover",
      "after a theft, a fork or a lost database: show what the next epoch takes back and says "
      "again, then rotate; the node must not run now");
  add_data(app, recovering.data);
  add_witness_urls(app, recovering.witnesses);
  add_passphrase(app, recovering.passphrase);
  app.option("--strike", recovering.strikes,
             "a thief's, not to be said again: a statement (1/41), it and all that follow "
             "(1/41..), or a name of the lists shown, also of what still waits of an earlier "
             "recovery; may be repeated");
  add_yes(app, recovering.yes);
  app.runs(recovering, key_recover);
  add_key_compromised(keys);
}

void add_witness_commands(const CommandWords& program) {
  const CommandWords witness =
      program.group("witness", "who sees that each version of a log is one");
  auto& creating = program.options<WitnessCreateOptions>();
  CommandWords app = witness.command(
      "create", "make the key of a witness; its did:key goes to avow init --witness");
  app.option("--key-out", creating.key_out, "file for the key").required();
  add_passphrase(app, creating.passphrase);
  add_weak_derivation(app, creating.weak_key_derivation);
  app.runs(creating, witness_create);
  auto& collecting = program.options<WitnessCollectOptions>();
  app = witness.command("collect",
                        "ask the witnesses for their proofs of the newest version of the own log");
  add_data(app, collecting.data);
  add_witness_urls(app, collecting.witnesses);
  app.runs(collecting, witness_collect);
}

void add_node_commands(const CommandWords& program) {
  auto& create = program.options<InitOptions>();
  CommandWords app =
      program.command("init", "make an organisation: its keys, its did:webvh, its data directory");
  add_data(app, create.data);
  app.option("--org", create.organisation, "name of the organisation").required();
  app.option("--domain", create.domain, "its domain, e.g. acme.example").required();
  app.option("--witness", create.witnesses,
             "did:key of a witness of its log (see: avow witness create); repeat for each that the "
             "charter will name");
  add_passphrase(app, create.passphrase);
  add_weak_derivation(app, create.weak_key_derivation);
  app.runs(create, init);

  auto& serving = program.options<ServeOptions>();
  app = program.command("serve", "run the node");
  add_data(app, serving.data);
  app.option("--listen", serving.listen, "public listener, ADDR:PORT").with_default();
  app.option("--peer-listen", serving.peer_listen,
             "listener for other members' nodes, ADDR:PORT: TLS with this node's key; or "
             "http://ADDR:PORT, without, on a loopback or private address");
  app.option("--peer-url", serving.peer_url,
             "URL at which other members' nodes reach that listener (https://ADDR:PORT of it if "
             "not given)");
  app.option("--charter", serving.charter, "the consortium's charter, once; the node keeps a copy");
  app.option("--peer", serving.peers,
             "peer listener of another member's node, https://ADDR:PORT#KEY as its status shows "
             "it, or http://ADDR:PORT; may be repeated (one side of a pair is enough)");
  app.option("--witness-key", serving.witness_key,
             "sign other members' logs with this key (see: avow witness create); its "
             "passphrase is that of the organisation's keys");
  app.option("--public-url", serving.public_url,
             "URL at which others reach this node (https://DOMAIN if not given)");
  add_passphrase(app, serving.passphrase);
  app.option("--default-profile", serving.default_profile,
             "verification profile when a request names none")
      .one_of({"consortium", "w3c"})
      .with_default();
  app.option("--admin-uid", serving.admin_uids,
             "user id that may use the admin socket beside the node's own user; its mode stays "
             "0600, so in practice 0, root");
  app.flag("--only-default-profile", serving.only_default_profile,
           "refuse requests on the public listener that name the other profile");
  app.flag("--allow-loopback", serving.allow_loopback,
           "accept http and localhost in URLs of other nodes: for tests only");
  app.runs(serving, serve);

  add_question(program, "status", "how the node is and what it knows of the members", status);

  program.command("version", "which build this is").runs([](const Console& console) {
    return version(console);
  });
}

void add_charter_commands(const CommandWords& program) {
  const CommandWords charter =
      program.group("charter", "the founders' charter: who governs, who may issue what");
  auto& draft = program.options<CharterDraftOptions>();
  auto& signing = program.options<CharterSignOptions>();
  auto& sign = program.options<bool>();
  CommandWords found =
      charter.command("found", "draft a charter from the founders' logs, or sign one (--sign)");
  const auto founders =
      found.option("--founder", draft.founders, "did.jsonl of a founder; repeat for each");
  found.option("--grant", draft.grants,
               "DOMAIN=CredentialType[,DEPTH]: who may issue what, and how deep accredit "
               "(every founder, AgentCapabilityCredential, 1 if none is given)");
  found.option("--freshness-normal", draft.freshness_normal_seconds,
               "seconds after which an issuer not heard of is stale (900)");
  found.option("--out", draft.out, "file to write the draft to");
  const auto sign_file =
      found.option("--sign", signing.charter, "sign this charter with the organisation in --data");
  add_data(found, signing.data);
  add_passphrase(found, signing.passphrase);
  sign_file.excludes(founders);
  found.runs([&draft, &signing, &sign, sign_file](const Console& console) {
    sign = sign_file.is_given();
    return sign ? charter_sign(signing, console) : charter_draft(draft, console);
  });

  auto& shown = program.options<std::filesystem::path>();
  CommandWords show = charter.command("show", "what a charter says and who has signed it");
  show.option("charter", shown, "charter file").required();
  show.runs(shown, charter_show);
}

}  // namespace avow::node::cli
