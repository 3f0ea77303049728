// `avow audit verify`: through the running node, or on the database itself when none runs.

#include "node/api/admin_routes.h"
#include "node/audit/audit_log.h"
#include "node/cli/commands.h"
#include "node/cli/node_client.h"
#include "node/data_directory.h"
#include "node/schema.h"

namespace avow::node::cli {
namespace {

Result<core::Json, Error> verify_offline(const DataDirectory& directory) {
  std::error_code ignored;
  if (!std::filesystem::exists(directory.database(), ignored)) {
    return fail(Error{ErrorCode::not_initialised,
                      "there is no database in " + directory.root.string(),
                      "no organisation was made there", "name the right --data"});
  }
  const auto database = core::Database::open(directory.database(), all_migrations());
  if (!database)
    return fail(from_core(database.error(), "cannot open " + directory.database().string()));
  const auto report = AuditLog().verify(**database);
  if (!report) return fail(report.error());
  return api::audit_report_json(*report);
}

}  // namespace

int audit_verify(const Target& target, const Console& console) {
  auto report = NodeClient::admin_socket(target.data).get("/v1/audit/verify");
  if (!report && report.error().code == ErrorCode::unreachable)
    report = verify_offline(DataDirectory{target.data});
  if (!report) return console.fault(report.error());
  const core::Json* ok = report->find("ok");
  const core::Json* rows = report->find("rows");
  const bool good = ok != nullptr && *ok == core::Json(true);
  const std::string count =
      rows != nullptr && rows->as_integer() != nullptr ? std::to_string(*rows->as_integer()) : "0";
  if (good) {
    console.line("audit ok   " + count + " rows, head " + printable(*report->find_string("head")));
  } else {
    const core::Json* bad = report->find("firstBadRow");
    const std::string* reason = report->find_string("reason");
    console.line("AUDIT BROKEN at row " +
                 (bad != nullptr && bad->as_integer() != nullptr
                      ? std::to_string(*bad->as_integer())
                      : "?") +
                 ": " + (reason != nullptr ? printable(*reason) : ""));
  }
  console.result(*report);
  return good ? 0 : 3;
}

}  // namespace avow::node::cli
