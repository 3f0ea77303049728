// The words of members among each other: trust, governing, membership, and what was done here.

#include "node/cli/commands.h"
#include "node/cli/words.h"

namespace avow::node::cli {
namespace {

constexpr std::string_view kDepthHelp =
    "how many further links it may accredit (0 if not given: it issues, and accredits nobody)";

void add_trust_question(const CommandWords& trust, const std::string& name, const std::string& help,
                        int (*ask)(const TrustQueryOptions&, const Console&)) {
  auto& query = trust.options<TrustQueryOptions>();
  CommandWords app = trust.command(name, help);
  add_target(app, query.target);
  app.option("--entity", query.entity, "DID of the member").required();
  app.option("--action", query.action, "issue, delegate, govern or operate-node").with_default();
  app.option(
         "--resource", query.resource,
         "credential type; of govern the network's id (avow govern show), of operate-node a URL")
      .required();
  app.option("--at", query.at, "at that time, RFC 3339 (now if not given)");
  app.runs(query, ask);
}

void add_local_rule(const CommandWords& trust, const std::string& name, const std::string& help,
                    bool has_reason, int (*change)(const LocalRuleOptions&, const Console&)) {
  auto& rule = trust.options<LocalRuleOptions>();
  CommandWords app = trust.command(name, help);
  add_target(app, rule.target);
  app.option("--did", rule.did, "a member, an agent or a person (anybody if not given)");
  app.option("--type", rule.type, "a credential type (any if not given)");
  if (has_reason) app.option("--reason", rule.reason, "shown in the verdicts that it decides");
  app.runs(rule, change);
}

void add_overlay_commands(const CommandWords& trust) {
  add_local_rule(trust, "deny",
                 "believe nobody of that DID or type here, whatever the network says", true,
                 trust_deny);
  add_local_rule(trust, "allow", "take back what trust deny refuses here", false, trust_allow);

  add_question(trust, "overlay", "the rules of this node alone", trust_overlay);

  struct MaxAge {
    Target target;
    std::string age;
  };
  auto& limit = trust.options<MaxAge>();
  CommandWords app =
      trust.command("max-age",
                    "how old what is known of an issuer may be here, if less than the "
                    "charter allows");
  add_target(app, limit.target);
  app.option("age", limit.age, "60s, 5m; or charter, for what the charter says").required();
  app.runs(
      [&limit](const Console& console) { return trust_max_age(limit.target, limit.age, console); });
}

void add_member_change(const CommandWords& member, const std::string& name, const std::string& help,
                       bool has_time, int (*change)(const MemberChangeOptions&, const Console&)) {
  auto& options = member.options<MemberChangeOptions>();
  CommandWords app = member.command(name, help);
  add_target(app, options.target);
  app.option("member", options.member, "DID of the member").required();
  if (has_time) app.option("--from", options.from, "RFC 3339 (now if not given)");
  add_yes(app, options.yes);
  app.runs(options, change);
}

}  // namespace

void add_trust_commands(const CommandWords& program) {
  const CommandWords trust = program.group("trust", "who may issue what");
  auto& accredit = program.options<AccreditOptions>();
  CommandWords app =
      trust.command("accredit", "let a member issue types of credentials under the own authority");
  add_target(app, accredit.target);
  app.option("subject", accredit.subject, "DID of the member").required();
  app.option("--type", accredit.types, "credential type; may be repeated").required();
  app.option("--until", accredit.until, "end, RFC 3339 (none if not given)");
  app.option("--depth", accredit.depth, std::string(kDepthHelp)).within(0, 8);
  app.runs(accredit, trust_accredit);

  auto& withdraw = program.options<AccreditOptions>();
  app = trust.command("revoke", "take back what trust accredit gave a member");
  add_target(app, withdraw.target);
  app.option("subject", withdraw.subject, "DID of the member").required();
  app.option("--type", withdraw.types, "credential type; may be repeated").required();
  app.runs(withdraw, trust_revoke);

  auto& grant = program.options<TrustGrantOptions>();
  app = trust.command("grant", "propose that the network lets a member issue types of credentials");
  add_target(app, grant.target);
  app.option("subject", grant.subject, "DID of the member").required();
  app.option("--type", grant.types, "credential type; may be repeated").required();
  app.option("--from", grant.from, "begin, RFC 3339 (now if not given)");
  app.option("--until", grant.until,
             "end, RFC 3339 (none if not given); the same as --from ends a grant");
  app.option("--depth", grant.depth, std::string(kDepthHelp)).within(0, 8);
  add_yes(app, grant.yes);
  app.runs(grant, trust_grant);

  add_question(trust, "list",
               "grants and accreditations that stand; whether one has effect: avow trust explain",
               trust_list);
  add_question(trust, "disputes", "who has contradicted themselves, and what proves it",
               trust_disputes);
  add_trust_question(trust, "query", "may this member do that? Exit code 3 if not", trust_query);
  add_trust_question(
      trust, "explain",
      "may this member do that, and by which statements or slots? Of issue and delegate "
      "also what is missing for a yes",
      trust_explain);
  add_overlay_commands(trust);
}

void add_govern_commands(const CommandWords& program) {
  const CommandWords govern = program.group("govern", "how the network is governed");
  auto& propose = program.options<GovernProposeOptions>();
  CommandWords app = govern.command("propose", "propose a slot: shown in words, then signed");
  add_target(app, propose.target);
  app.option("file", propose.actions, "JSON: an action, or an array of them").required();
  app.footer(
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
      "\"rules\":1,\"freshness\":{\"low\",\"normal\",\"high\"}}\n"
      "The commands beside them propose it without a file.");
  add_yes(app, propose.yes);
  app.runs(propose, govern_propose);

  add_question(govern, "show", "who governs, what is proposed, what is to be signed next",
               govern_show);

  add_question(govern, "history", "the slots that were decided, in words", govern_history);

  auto& vote = program.options<GovernVoteOptions>();
  app = govern.command("vote", "sign what comes next (prepare, commit or close), once shown");
  add_target(app, vote.target);
  const OptionWords proposal =
      app.option("--proposal", vote.proposal,
                 "hash of the proposal, or its end: nothing is signed for another");
  app.flag("--leave-round", vote.leave_round, "close this round instead, for another try")
      .excludes(proposal);
  add_yes(app, vote.yes);
  app.runs(vote, govern_vote);

  auto& emergency = program.options<EmergencyOptions>();
  app = govern.command("emergency", "suspend a member at once, with some other governors");
  add_target(app, emergency.target);
  app.option("member", emergency.member, "DID or SCID of the member").required();
  const auto duration =
      app.option("--for", emergency.duration,
                 "24h, at most 72h (if not given: the times that another governor has signed)");
  app.option("--until", emergency.until, "end, RFC 3339, of the times to take over")
      .excludes(duration);
  app.option("--from", emergency.from,
             "begin, RFC 3339 (now if not given); without --for: of the times to take over");
  add_yes(app, emergency.yes);
  app.runs(emergency, govern_emergency);
}

void add_member_commands(const CommandWords& program) {
  const CommandWords member =
      program.group("member", "who belongs to the network; changes are proposals");
  add_question(member, "list", "members and their standing", member_list);

  auto& admit = program.options<MemberAdmitOptions>();
  CommandWords app = member.command("admit", "propose to admit an organisation");
  add_target(app, admit.target);
  app.option("log", admit.log, "its did.jsonl").required();
  add_yes(app, admit.yes);
  app.runs(admit, member_admit);

  add_member_change(member, "suspend", "propose to suspend a member", true, member_suspend);
  add_member_change(member, "reinstate", "propose to end its suspension", true, member_reinstate);
  add_member_change(member, "evict",
                    "propose to evict a member for ever: nothing counts after what is known of it",
                    false, member_evict);
}

void add_operator_commands(const CommandWords& program) {
  const CommandWords peer = program.group("peer", "other members' nodes");
  add_question(peer, "list", "peers and what waits for them", peer_list);

  const CommandWords audit = program.group("audit", "what was done here, and by whom");
  struct Tail {
    Target target;
    int rows = 20;
  };
  auto& tail = program.options<Tail>();
  const CommandWords app = audit.command("tail", "the last rows");
  add_target(app, tail.target);
  app.option("-n,--rows", tail.rows, "how many").within(1, 1000).with_default();
  app.runs([&tail](const Console& console) { return audit_tail(tail.target, tail.rows, console); });

  add_question(audit, "verify", "recompute the chain; names the first bad row", audit_verify);
}

}  // namespace avow::node::cli
