#include "node/schema.h"

#include "did/document_store.h"
#include "node/agents/agent_stop_book.h"
#include "node/agents/sqlite_agent_store.h"
#include "node/audit/audit_log.h"
#include "node/issued_batches.h"
#include "node/log_witness.h"
#include "node/recovery/sqlite_agreement_store.h"
#include "node/recovery/unsaid_statements.h"
#include "node/sqlite_challenge_book.h"
#include "node/trust/local_rules.h"
#include "registry/feed_store.h"
#include "revocation/status_list_issuer.h"

namespace avow::node {

std::vector<core::Migration> all_migrations() {
  std::vector<core::Migration> all;
  for (const auto steps :
       {AuditLog::migrations(), did::document_store_migrations(), revocation::migrations(),
        registry::migrations(), SqliteChallengeBook::migrations(), SqliteAgentStore::migrations(),
        LocalRuleBook::migrations(), SqliteAgreementStore::migrations(),
        UnsaidStatements::migrations(), AgentStopBook::migrations(), IssuedBatches::migrations(),
        LogWitness::migrations()}) {
    all.insert(all.end(), steps.begin(), steps.end());
  }
  return all;
}

}  // namespace avow::node
