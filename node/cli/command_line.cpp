// The words of the command line. CLI11 is seen here alone: it takes seconds to compile.

#include "node/cli/command_line.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "node/cli/words.h"
#include "node/version.h"

namespace avow::node::cli {
/// What the parser fills and what then runs. Options live as long as the parser.
struct Session {
  CLI::App app{
      "Avow: organisations prove to each other who their agents are, who answers for them and what "
      "they may do."};
  bool json = false;
  std::function<int(const Console&)> command;
  std::vector<std::shared_ptr<void>> kept;
};

const OptionWords& OptionWords::required() const {
  option_->required();
  return *this;
}

const OptionWords& OptionWords::one_of(const std::vector<std::string>& values) const {
  option_->check(CLI::IsMember(values));
  return *this;
}

const OptionWords& OptionWords::within(int lowest, int highest) const {
  option_->check(CLI::Range(lowest, highest));
  return *this;
}

const OptionWords& OptionWords::excludes(const OptionWords& other) const {
  option_->excludes(other.option_);
  return *this;
}

const OptionWords& OptionWords::or_environment(const std::string& variable) const {
  option_->envname(variable);
  return *this;
}

const OptionWords& OptionWords::with_default() const {
  option_->capture_default_str();
  return *this;
}

bool OptionWords::is_given() const {
  return option_->count() > 0;
}

CommandWords CommandWords::command(const std::string& name, const std::string& help) const {
  return {*session_, app_->add_subcommand(name, help)};
}

CommandWords CommandWords::group(const std::string& name, const std::string& help) const {
  CLI::App* app = app_->add_subcommand(name, help);
  app->require_subcommand(1);
  return {*session_, app};
}

template <class Value>
OptionWords CommandWords::option(const std::string& names, Value& value,
                                 const std::string& help) const {
  return OptionWords(app_->add_option(names, value, help));
}
template OptionWords CommandWords::option(const std::string&, std::string&,
                                          const std::string&) const;
template OptionWords CommandWords::option(const std::string&, std::filesystem::path&,
                                          const std::string&) const;
template OptionWords CommandWords::option(const std::string&, int&, const std::string&) const;
template OptionWords CommandWords::option(const std::string&, std::int64_t&,
                                          const std::string&) const;
template OptionWords CommandWords::option(const std::string&, std::optional<std::string>&,
                                          const std::string&) const;
template OptionWords CommandWords::option(const std::string&, std::optional<std::int64_t>&,
                                          const std::string&) const;
template OptionWords CommandWords::option(const std::string&, std::vector<std::string>&,
                                          const std::string&) const;
template OptionWords CommandWords::option(const std::string&, std::vector<std::filesystem::path>&,
                                          const std::string&) const;
template OptionWords CommandWords::option(const std::string&, std::vector<std::uint32_t>&,
                                          const std::string&) const;

OptionWords CommandWords::flag(const std::string& name, bool& value,
                               const std::string& help) const {
  return OptionWords(app_->add_flag(name, value, help));
}

void CommandWords::footer(const std::string& text) const {
  app_->footer(text);
}

void CommandWords::runs(const std::function<int(const Console&)>& function) const {
  app_->add_flag("--json", session_->json, "answer with one JSON object");
  app_->callback([session = session_, function] { session->command = function; });
}

void CommandWords::keep(std::shared_ptr<void> options) const {
  session_->kept.push_back(std::move(options));
}

namespace {

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

/// `avow help vc issue`, as other programs have it, is `avow vc issue --help`.
std::vector<const char*> with_help_as_option(int argc, char** argv) {
  std::vector<const char*> words(argv, argv + argc);
  if (words.size() > 1 && std::string_view(words[1]) == "help") {
    words.erase(words.begin() + 1);
    words.push_back("--help");
  }
  return words;
}

}  // namespace

int run(int argc, char** argv) {
  Session session;
  session.app.require_subcommand(1);
  session.app.fallthrough();
  session.app.add_flag("--json", session.json, "answer with one JSON object");
  session.app.set_version_flag("--version", "avow " + std::string(kVersion));
  const CommandWords program(session, &session.app);
  add_node_commands(program);
  add_key_commands(program);
  add_witness_commands(program);
  add_charter_commands(program);
  add_did_commands(program);
  add_agent_commands(program);
  add_vc_commands(program);
  add_presentation_commands(program);
  add_trust_commands(program);
  add_govern_commands(program);
  add_member_commands(program);
  add_operator_commands(program);
  try {
    const auto words = with_help_as_option(argc, argv);
    session.app.parse(static_cast<int>(words.size()), words.data());
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
