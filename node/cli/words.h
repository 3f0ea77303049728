#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/cli/commands.h"
#include "node/cli/console.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the parser's own name
class App;
class Option;
}  // namespace CLI

/// The words that a person types, told to the parser without including it: CLI11 takes seconds to compile, and only
/// command_line.cpp sees it. Each group of commands has a function that names its words.
namespace avow::node::cli {

struct Session;

/// One option, or one word by its place.
class OptionWords {
 public:
  explicit OptionWords(CLI::Option* option) : option_(option) {}

  const OptionWords& required() const;
  const OptionWords& one_of(const std::vector<std::string>& values) const;
  const OptionWords& within(int lowest, int highest) const;
  const OptionWords& excludes(const OptionWords& other) const;
  const OptionWords& or_environment(const std::string& variable) const;
  /// --help shows the value that it has when it is not given.
  const OptionWords& with_default() const;
  /// After parsing.
  bool is_given() const;

 private:
  CLI::Option* option_;
};

/// A command, a group of commands, or the program.
class CommandWords {
 public:
  CommandWords(Session& session, CLI::App* app) : session_(&session), app_(app) {}

  CommandWords command(const std::string& name, const std::string& help) const;
  /// Commands of which one must follow.
  CommandWords group(const std::string& name, const std::string& help) const;

  /// `names` is "--one" or "-o,--one"; without dashes it is a word by its place. What the person gives goes to `value`.
  /// For texts, paths, whole numbers, lists of them, and optional ones.
  template <class Value>
  OptionWords option(const std::string& names, Value& value, const std::string& help) const;
  OptionWords flag(const std::string& name, bool& value, const std::string& help) const;
  void footer(const std::string& text) const;

  /// Memory for what a command is given, kept until the program ends.
  template <class Options>
  Options& options() const {
    auto owned = std::make_shared<Options>();
    keep(owned);
    return *owned;
  }

  /// What the command does; it takes --json as well.
  void runs(const std::function<int(const Console&)>& function) const;
  template <class Options>
  void runs(const Options& options, int (*function)(const Options&, const Console&)) const {
    runs([&options, function](const Console& console) { return function(options, console); });
  }

 private:
  void keep(std::shared_ptr<void> options) const;

  Session* session_;
  CLI::App* app_;
};

// Words that several commands have.
void add_data(const CommandWords& command, std::filesystem::path& data);
void add_target(const CommandWords& command, Target& target);
void add_target_or_node(const CommandWords& command, Target& target);
void add_passphrase(const CommandWords& command, PassphraseSource& source);
void add_witness_urls(const CommandWords& command, std::vector<std::string>& urls);
void add_weak_derivation(const CommandWords& command, bool& weak);
void add_reason(const CommandWords& command, std::string& reason);
void add_yes(const CommandWords& command, bool& yes);
/// A command that is told no more than which node it asks.
void add_question(const CommandWords& group, const std::string& name, const std::string& help,
                  int (*ask)(const Target&, const Console&));

// words_of_nodes.cpp
void add_node_commands(const CommandWords& program);
void add_key_commands(const CommandWords& program);
void add_witness_commands(const CommandWords& program);
void add_charter_commands(const CommandWords& program);
// words_of_credentials.cpp
void add_did_commands(const CommandWords& program);
void add_agent_commands(const CommandWords& program);
void add_vc_commands(const CommandWords& program);
void add_presentation_commands(const CommandWords& program);
// words_of_network.cpp
void add_trust_commands(const CommandWords& program);
void add_govern_commands(const CommandWords& program);
void add_member_commands(const CommandWords& program);
void add_operator_commands(const CommandWords& program);

}  // namespace avow::node::cli
