#pragma once

#include <functional>

#include "core/clock.h"
#include "core/database.h"
#include "node/agents/agent_standing.h"
#include "node/agents/enrolment.h"
#include "node/audit/audit_log.h"
#include "node/credential_issuer.h"
#include "node/gossip/gossip.h"
#include "node/gossip/known_peers.h"
#include "node/http/route.h"
#include "node/log_witness.h"
#include "node/own_documents.h"
#include "node/trust/local_rules.h"
#include "registry/replica.h"

namespace avow::node::api {

/// Everything that changes something. Served on the Unix socket only, whose file mode and peer uid are the
/// authentication.
struct AdminServices {
  CredentialIssuer& issuer;
  Enrolment& enrolment;
  AgentStanding& standing;
  const AgentStopBook& stops;
  Membership& membership;
  gossip::Gossip& gossip;
  const registry::Replica& replica;
  const LocalRuleBook& local_rules;
  core::Database& database;
  const AuditLog& audit;
  const Organisation& organisation;
  const core::Clock& clock;
  std::string public_url;
  vc::Profile default_profile;
  LogWitness* witness = nullptr;  // null: this node is none
  const gossip::KnownPeers* known_peers = nullptr;
  std::string node_key = {};  // Multikey
  std::string peer_address =
      {};  // what other members give to --peer; "" if it has no peer listener
};

/// /v1/status, /v1/identity, /v1/peers, /v1/audit, /v1/audit/verify
void add_operator_routes(http::RouteTable& routes, const AdminServices& services);
/// /v1/agents, …/{name}/suspend|resume|disown; POST /credentials/issue (VCALM); /v1/credentials, …/{id}, …/{id}/suspend|resume|revoke
void add_issuing_routes(http::RouteTable& routes, const AdminServices& services);
/// /v1/revocations/{id}/propagation: each member, and "since" when it has what the statement says, or "by" when it had it (its word
/// is for a later stop), or why that is not known. `id` is that of a credential of ours, or the hash or place ("1/41") of any stop that our feed has said
void add_propagation_routes(http::RouteTable& routes, const AdminServices& services);
/// /1.0/update, /1.0/deactivate (Universal Registrar); /v1/documents/{did}/versions
void add_registrar_routes(http::RouteTable& routes, OwnDocuments& documents);
/// /v1/trust, /v1/trust/accredit, /v1/trust/revoke, /v1/trust/query, /v1/trust/disputes
void add_trust_routes(http::RouteTable& routes, const AdminServices& services);

/// Who asked, for the audit log: "uid 1000" of the Unix socket.
std::string actor_of(const http::Request& request);
/// {"ok","rows","head","firstBadRow"?,"reason"?}
core::Json audit_report_json(const AuditReport& report);

}  // namespace avow::node::api
