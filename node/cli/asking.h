#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/timestamp.h"
#include "node/cli/commands.h"
#include "node/cli/console.h"
#include "node/error.h"

/// What commands that ask the running node have in common: one request, its answer read leniently and shown.
namespace avow::node::cli {

/// One request to the node that a command speaks to.
/// fails as NodeClient does
Result<core::Json, Error> get(const Target& target, std::string_view path);
Result<core::Json, Error> post(const Target& target, std::string_view path, const core::Json& body);

/// A member of an answer as text; empty if it is missing.
std::string cell(const core::Json& object, std::string_view name);
/// Which statement of a feed an object with "epoch" and "sequence" names, as commands take it: "1/41"; empty if it names none.
std::string position_in(const core::Json& object);
/// The same of a member that is such an object, or is missing.
std::string position_in(const core::Json& object, std::string_view name);
/// The items of a list in an answer; none if it is missing.
const core::Json::Array& items(const core::Json& answer, std::string_view name);

/// A JSON file, at most 256 KiB; `fix` says what such a file holds.
Result<core::Json, Error> read_json_file(const std::filesystem::path& file, std::string_view fix);
/// The same error, told of the option that it came from.
Error about(std::string_view option, Error error);
/// Asks on the terminal for the last six characters of the id; off a terminal --yes must have been given.
/// fails usage, denied
Result<void, Error> confirm(const std::string& question, const std::string& id, bool yes,
                            const Console& console);

/// Of three witnesses or fewer all must sign (charter_witnesses.h).
inline constexpr std::size_t kFewWitnesses = 3;
inline constexpr std::string_view kFewWitnessesWarning =
    "all of so few witnesses must sign each version of a member's log: if one is lost, nobody "
    "rotates a key any more until governors settle each version; with four or more one may be lost";

/// Who gave something else where an organisation's log is wanted.
inline constexpr std::string_view kGiveLog = "give the did.jsonl that avow init made";

/// The remark of a node that did what it was asked, and knows that it has no effect yet.
void warn_of(const core::Json& answer, const Console& console);
/// What was done acts on this node alone, as the node may not sign: that is told, with what happens `then`.
/// gives the exit code
int warn_of_unsaid(const core::Json& answer, const std::string& then, const Console& console);
/// "1 link", "2 links"
std::string counted(const std::string& count, const std::string& noun);

/// Which members have what was said of that credential: when all have whose word is to come, or after that time.
/// fails as get()
Result<core::Json, Error> await_propagation(const Target& target, const std::string& id,
                                            core::Milliseconds most);
void show_propagation(const core::Json& propagation, const Console& console);

struct Column {
  std::string heading;
  std::string member;
};
void show_table(const Console& console, const core::Json& answer, std::string_view list,
                const std::vector<Column>& columns);
/// GET and show: most lists are no more than that.
int list_command(const Target& target, const Console& console, std::string_view path,
                 std::string_view list, const std::vector<Column>& columns);

}  // namespace avow::node::cli
