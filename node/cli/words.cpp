// Words that several commands have.

#include "node/cli/words.h"

namespace avow::node::cli {

void add_data(const CommandWords& command, std::filesystem::path& data) {
  command.option("--data", data, "data directory of the own node")
      .or_environment("AVOW_DATA")
      .with_default();
}

void add_target(const CommandWords& command, Target& target) {
  add_data(command, target.data);
}

void add_target_or_node(const CommandWords& command, Target& target) {
  add_target(command, target);
  command.option("--node", target.node,
                 "ask this node's public URL instead of the own admin socket");
}

void add_passphrase(const CommandWords& command, PassphraseSource& source) {
  const auto file =
      command.option("--passphrase-file", source.file, "file whose first line is the passphrase");
  command
      .option("--passphrase-fd", source.descriptor, "file descriptor to read the passphrase from")
      .excludes(file);
}

void add_witness_urls(const CommandWords& command, std::vector<std::string>& urls) {
  command.option("--witness", urls,
                 "peer listener of a witness of the own log, https://ADDR:PORT#KEY or "
                 "http://ADDR:PORT; repeat for each");
}

void add_weak_derivation(const CommandWords& command, bool& weak) {
  command.flag("--weak-key-derivation", weak,
               "derive keys with 64 MiB instead of 256 MiB: for tests only");
}

void add_reason(const CommandWords& command, std::string& reason) {
  command.option("--reason", reason, "why, for the audit log");
}

void add_yes(const CommandWords& command, bool& yes) {
  command.flag("--yes", yes, "do not ask; for scripts");
}

void add_question(const CommandWords& group, const std::string& name, const std::string& help,
                  int (*ask)(const Target&, const Console&)) {
  auto& target = group.options<Target>();
  const CommandWords command = group.command(name, help);
  add_target(command, target);
  command.runs(target, ask);
}

}  // namespace avow::node::cli
