#include "node/cli/asking.h"

#include <iostream>

#include <unistd.h>

#include "core/canonical_json.h"
#include "node/cli/node_client.h"
#include "node/data_directory.h"

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

std::string position_in(const core::Json& object) {
  const std::string sequence = cell(object, "sequence");
  return sequence.empty() ? "" : cell(object, "epoch") + "/" + sequence;
}

std::string position_in(const core::Json& object, std::string_view name) {
  const core::Json* position = object.find(name);
  return position == nullptr ? "" : position_in(*position);
}

const core::Json::Array& items(const core::Json& answer, std::string_view name) {
  static const core::Json::Array none;
  const core::Json* list = answer.find(name);
  const core::Json::Array* array = list != nullptr ? list->as_array() : nullptr;
  return array != nullptr ? *array : none;
}

Result<core::Json, Error> read_json_file(const std::filesystem::path& file, std::string_view fix) {
  const auto text = read_text_file(file, std::size_t{256} * 1024);
  if (!text) return fail(text.error());
  auto json = core::parse_json(*text);
  if (!json) {
    Error error = from_core(json.error(), "cannot read " + file.string());
    error.fix = fix;
    return fail(std::move(error));
  }
  return std::move(*json);
}

Error about(std::string_view option, Error error) {
  error.what = std::string(option) + ": " + error.what;
  return error;
}

Result<void, Error> confirm(const std::string& question, const std::string& id, bool yes,
                            const Console& console) {
  if (yes) return {};
  if (console.json() || ::isatty(STDIN_FILENO) == 0) {
    return fail(Error{ErrorCode::usage,
                      console.json() ? "with --json nobody is shown what to confirm"
                                     : "nobody is at the terminal to confirm this",
                      "asked before anything is changed or signed: " +
                          question.substr(question.find_first_not_of('\n')),
                      "add --yes if it is meant"});
  }
  const std::string tail = id.size() > 6 ? id.substr(id.size() - 6) : id;
  console.line(question);
  console.line("Type the last 6 characters of " + printable(id) + " to confirm: ");
  std::string typed;
  std::getline(std::cin, typed);
  if (typed != tail)
    return fail(Error{ErrorCode::denied, "not confirmed; nothing was changed",
                      "what was typed is not the end of what was shown",
                      "run it again; with --yes nothing is asked"});
  return {};
}

void warn_of(const core::Json& answer, const Console& console) {
  if (answer.find("warning") != nullptr) console.warning(cell(answer, "warning"));
}

int warn_of_unsaid(const core::Json& answer, const std::string& then, const Console& console) {
  if (answer.find("unsaid") == nullptr) return 0;
  console.warning("it acts on this node; peers may not have heard of it: " + then + ": " +
                  cell(answer, "unsaid"));
  return exit_code(ErrorCode::conflict);
}

std::string counted(const std::string& count, const std::string& noun) {
  return count + " " + noun + (count == "1" ? "" : "s");
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
