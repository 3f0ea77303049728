#include "node/cli/asking.h"

#include "core/canonical_json.h"
#include "node/cli/node_client.h"

namespace avow::node::cli {

Result<core::Json, Error> get(const Target& target, std::string_view path) {
  const auto client = client_of(target);
  if (!client) return fail(client.error());
  return client->get(path);
}

Result<core::Json, Error> post(const Target& target, std::string_view path,
                               const core::Json& body) {
  const auto client = client_of(target);
  if (!client) return fail(client.error());
  return client->post(path, body);
}

std::string cell(const core::Json& object, std::string_view name) {
  const core::Json* value = object.find(name);
  if (value == nullptr || value->is_null()) return "";
  if (const std::string* text = value->as_string()) return *text;
  return core::to_canonical(*value);
}

const core::Json::Array& items(const core::Json& answer, std::string_view name) {
  static const core::Json::Array none;
  const core::Json* list = answer.find(name);
  const core::Json::Array* array = list != nullptr ? list->as_array() : nullptr;
  return array != nullptr ? *array : none;
}

void show_table(const Console& console, const core::Json& answer, std::string_view list,
                const std::vector<Column>& columns) {
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns) rows.front().push_back(column.heading);
  for (const core::Json& item : items(answer, list)) {
    std::vector<std::string> row;
    row.reserve(columns.size());
    for (const Column& column : columns) row.push_back(cell(item, column.member));
    rows.push_back(std::move(row));
  }
  if (rows.size() == 1) {
    console.line("none");
  } else {
    console.table(rows);
  }
  console.result(answer);
}

int list_command(const Target& target, const Console& console, std::string_view path,
                 std::string_view list, const std::vector<Column>& columns) {
  const auto answer = get(target, path);
  if (!answer) return console.fault(answer.error());
  show_table(console, *answer, list, columns);
  return 0;
}

}  // namespace avow::node::cli
