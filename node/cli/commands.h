#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "node/agents/agent_standing.h"
#include "node/cli/console.h"
#include "node/credential_issuer.h"

/// The commands as plain functions: options in, exit code out. command_line.cpp fills the options from the words typed.
namespace avow::node::cli {

/// Where a passphrase comes from: a file, a file descriptor, or (neither given) the terminal. Never the command line.
struct PassphraseSource {
  std::string file;
  int descriptor = -1;
};

/// Which node a command speaks to: `node` (a public URL) if given, else the admin socket in `data`.
struct Target {
  std::filesystem::path data = "avow-data";
  std::string node;
};

struct InitOptions {
  std::filesystem::path data = "avow-data";
  std::string organisation;
  std::string domain;
  std::vector<std::string> witnesses;  // did:key of each
  PassphraseSource passphrase;
  bool weak_key_derivation = false;  // the 64 MiB floor: for tests
};
int init(const InitOptions& options, const Console& console);

struct WitnessCreateOptions {
  std::filesystem::path key_out;
  PassphraseSource passphrase;
  bool weak_key_derivation = false;
};
/// A key for a node that is to witness members' logs, before any charter names it.
int witness_create(const WitnessCreateOptions& options, const Console& console);

struct WitnessCollectOptions {
  std::filesystem::path data = "avow-data";
  std::vector<std::string> witnesses;  // peer listeners
};
/// What outsiders need of the newest version of the own log; the node serves it from its next start on.
int witness_collect(const WitnessCollectOptions& options, const Console& console);

struct ServeOptions {
  std::filesystem::path data = "avow-data";
  std::string listen = "127.0.0.1:8443";
  std::string peer_listen;
  std::string peer_url;
  std::filesystem::path charter;
  std::vector<std::string> peers;
  std::filesystem::path witness_key;
  std::string public_url;
  PassphraseSource passphrase;
  std::string default_profile = "consortium";
  bool only_default_profile = false;
  std::vector<std::uint32_t> admin_uids;
  bool allow_loopback = false;
};
int serve(const ServeOptions& options, const Console& console);

struct CharterDraftOptions {
  std::vector<std::filesystem::path> founders;  // their did.jsonl
  std::vector<std::string> grants;              // "DOMAIN=Type[,depth]"
  std::optional<std::int64_t> freshness_normal_seconds;
  std::filesystem::path out;
};
int charter_draft(const CharterDraftOptions& options, const Console& console);

struct CharterSignOptions {
  std::filesystem::path charter;
  std::filesystem::path data = "avow-data";
  PassphraseSource passphrase;
};
int charter_sign(const CharterSignOptions& options, const Console& console);
int charter_show(const std::filesystem::path& charter, const Console& console);

struct KeyRotateOptions {
  std::filesystem::path data = "avow-data";
  std::vector<std::string> witnesses;  // peer listeners
  PassphraseSource passphrase;
  bool node_key = false;
};
/// While the node stands still: its next start signs with the new key and opens the new epoch. Or, if `node_key`, shows
/// peers the node's next key, and tells them.
int key_rotate(const KeyRotateOptions& options, const Console& console);

struct KeyRecoverOptions {
  std::filesystem::path data = "avow-data";
  std::vector<std::string> witnesses;  // peer listeners
  PassphraseSource passphrase;
  std::vector<std::string> strikes;  // names as registry::Strikes has them
  bool yes = false;
};
/// After a theft, a fork or a lost database: shows what the next epoch takes back and what it says again, then rotates.
int key_recover(const KeyRecoverOptions& options, const Console& console);

struct KeyCompromisedOptions {
  Target target;
  std::string key;    // DID URL, or "#key-1"
  std::string up_to;  // "EPOCH/SEQUENCE"; all that was issued until now if empty
  std::string reason;
  bool yes = false;
};
/// Shows what the members will make of it, asks, and says that a key was stolen.
int key_compromised(const KeyCompromisedOptions& options, const Console& console);

int status(const Target& target, const Console& console);
/// `at`: RFC 3339, the version that counted then; the current one if empty.
int did_resolve(const Target& target, const std::string& did, const std::string& at,
                const Console& console);
int did_update(const Target& target, const std::string& did, const std::filesystem::path& document,
               const Console& console);
int did_history(const Target& target, const std::string& did, const Console& console);

struct DidDeactivateOptions {
  Target target;
  std::string did;
  std::string reason;
  bool yes = false;
};
int did_deactivate(const DidDeactivateOptions& options, const Console& console);
int did_show(const Target& target, const Console& console);
int peer_list(const Target& target, const Console& console);

struct AgentAddOptions {
  Target target;
  std::string name;
  std::string version;
  std::string owner;     // the person's name
  std::string owner_id;  // path segment under the organisation's DID; made from the name if empty
  std::string kind = "assistant";
  /// A Multikey made elsewhere; if empty a key is made and written to `key_out`.
  std::string public_key;
  std::filesystem::path key_out;
  PassphraseSource passphrase;  // of the agent's key file
  bool weak_key_derivation = false;
};
int agent_add(const AgentAddOptions& options, const Console& console);
int agent_list(const Target& target, const Console& console);

struct AgentChangeOptions {
  Target target;
  std::string name;
  std::string reason;
  std::string from;  // RFC 3339, of a disowning; now if empty
  AgentStanding::Change change = AgentStanding::Change::suspend;
  bool yes = false;
};
int agent_change(const AgentChangeOptions& options, const Console& console);

/// Where its issuer's feed has published a credential, for who presents it to give along.
int vc_published(const Target& target, const std::filesystem::path& credential,
                 const Console& console);

struct VcIssueOptions {
  Target target;
  std::string agent;
  std::string type = "AgentCapabilityCredential";
  std::filesystem::path claims;  // {"capabilities":[…],"limits":{…}}
  std::string ttl = "1h";
  std::string valid_from;  // RFC 3339; now if empty
  std::filesystem::path out;
};
int vc_issue(const VcIssueOptions& options, const Console& console);
int vc_list(const Target& target, const Console& console);
int vc_show(const Target& target, const std::string& id, const Console& console);

struct VcChangeOptions {
  Target target;
  std::string id;
  std::string reason;
  CredentialIssuer::Change change = CredentialIssuer::Change::suspend;
  bool yes = false;
  bool no_wait = false;
};
/// Unless told not to, waits a moment for the members' word that they have it.
int vc_change(const VcChangeOptions& options, const Console& console);
/// Which members have a change of that credential, or any other stop of the feed: its hash, or its place ("1/41").
int vc_propagation(const Target& target, const std::string& id, const Console& console);

struct VpCreateOptions {
  std::vector<std::filesystem::path> credentials;
  std::filesystem::path key;
  PassphraseSource passphrase;
  std::string node;       // ask this node for challenge and domain …
  std::string challenge;  // … or give both
  std::string domain;     // with `node`: what it must say its domain is
  std::string method;     // of the key; empty: the one that `node` knows it under, else #key-1
  std::filesystem::path out;
};
int vp_create(const VpCreateOptions& options, const Console& console);

struct VerifyCommandOptions {
  Target target;
  std::string file;  // "-" for standard input
  std::string profile;
  // An option given without a value is a fault: the check that it stands for would be left out.
  std::optional<std::string> challenge;  // w3c profile: compared
  std::optional<std::string> domain;
  std::optional<std::string> as_of;   // RFC 3339: judge keys and dates as of then
  std::optional<std::string> action;  // also ask whether this is within what was granted
  std::optional<std::string> resource;
  std::optional<std::string> parameters;      // a JSON object
  std::vector<std::filesystem::path> issued;  // answers of vc_published
};
int verify(const VerifyCommandOptions& options, const Console& console);

struct AccreditOptions {
  Target target;
  std::string subject;  // DID of an organisation
  std::vector<std::string> types;
  std::string until;  // RFC 3339
  std::int64_t depth = 0;
};
int trust_accredit(const AccreditOptions& options, const Console& console);
int trust_revoke(const AccreditOptions& options, const Console& console);
int trust_list(const Target& target, const Console& console);
/// Forks of feeds and logs, slots decided twice.
int trust_disputes(const Target& target, const Console& console);

struct TrustGrantOptions {
  Target target;
  std::string subject;
  std::vector<std::string> types;
  std::int64_t depth = 0;
  std::string from;   // RFC 3339; empty: now
  std::string until;  // RFC 3339; empty: open
  bool yes = false;
};
/// Proposes a slot.
int trust_grant(const TrustGrantOptions& options, const Console& console);

struct TrustQueryOptions {
  Target target;
  std::string entity;
  std::string action = "issue";
  std::string
      resource;    // a credential type; of `govern` the authority's id, of `operate-node` a URL
  std::string at;  // RFC 3339, now if empty
};
int trust_query(const TrustQueryOptions& options, const Console& console);
/// The same, with every link of the chain, or with what is missing for one.
int trust_explain(const TrustQueryOptions& options, const Console& console);

struct LocalRuleOptions {
  Target target;
  std::string did;   // a member, an agent, a person; empty: anybody
  std::string type;  // of credential; empty: any
  std::string reason;
};
/// Rules of the own node alone, whatever the network says.
int trust_deny(const LocalRuleOptions& options, const Console& console);
int trust_allow(const LocalRuleOptions& options, const Console& console);
int trust_overlay(const Target& target, const Console& console);
/// `age` as "60s", or "charter" for the charter's tier alone.
int trust_max_age(const Target& target, const std::string& age, const Console& console);

struct GovernProposeOptions {
  Target target;
  std::filesystem::path actions;  // one action of registry/slot.h, or an array of them
  bool yes = false;
};
/// Shows in words what the slot would say, and signs for it.
int govern_propose(const GovernProposeOptions& options, const Console& console);
int govern_show(const Target& target, const Console& console);
int govern_history(const Target& target, const Console& console);

struct GovernVoteOptions {
  Target target;
  std::string proposal;      // hash, or the end of one; if given, nothing is signed for another
  bool leave_round = false;  // close the round instead
  bool yes = false;
};
/// The next step, whatever it is: prepare, commit or close.
int govern_vote(const GovernVoteOptions& options, const Console& console);

struct EmergencyOptions {
  Target target;
  std::string member;    // DID
  std::string duration;  // "24h"; if empty, the times that another governor has signed
  std::string from;      // RFC 3339; if empty, now, or the times of the one other that there is
  std::string until;     // without a duration: of the times to take over
  bool yes = false;
};
int govern_emergency(const EmergencyOptions& options, const Console& console);

int member_list(const Target& target, const Console& console);
struct MemberAdmitOptions {
  Target target;
  std::filesystem::path log;  // the newcomer's did.jsonl
  bool yes = false;
};
struct MemberChangeOptions {
  Target target;
  std::string member;  // DID or SCID
  std::string from;    // RFC 3339; now if empty
  bool yes = false;
};
/// Each proposes a slot of that one action.
int member_admit(const MemberAdmitOptions& options, const Console& console);
int member_suspend(const MemberChangeOptions& options, const Console& console);
int member_reinstate(const MemberChangeOptions& options, const Console& console);
int member_evict(const MemberChangeOptions& options, const Console& console);

int audit_tail(const Target& target, int rows, const Console& console);
int audit_verify(const Target& target, const Console& console);
int version(const Console& console);

}  // namespace avow::node::cli
