#include "interop-tests/harness/consortium.h"

#include <set>
#include <stdexcept>

#include "interop-tests/harness/wait.h"

namespace avow::interop {
namespace {

void must_succeed(const Finished& finished, const std::string& what) {
  if (finished.exit_code != 0) throw std::runtime_error(what + ": " + finished.err);
}

/// Its did:key.
std::string made_witness(const std::filesystem::path& folder, const std::string& key_file) {
  const auto made =
      run({avow_binary(), "witness", "create", "--key-out", key_file, "--passphrase-file",
           written_passphrase(folder).string(), "--weak-key-derivation", "--json"});
  must_succeed(made, "witness create");
  return *core::parse_json(made.out)->find_string("id");
}

std::string view_root(Node& node) {
  const Reply status = node.admin().get("/v1/status");
  const std::string* root = status.body.find_string("viewRoot");
  return root != nullptr ? *root : std::string();
}

}  // namespace

void found_charter(const std::filesystem::path& file, const std::vector<const Node*>& founders,
                   const std::vector<const Node*>& signers, std::chrono::seconds freshness) {
  std::vector<std::string> words{avow_binary(),
                                 "charter",
                                 "found",
                                 "--out",
                                 file.string(),
                                 "--freshness-normal",
                                 std::to_string(freshness.count())};
  for (const Node* founder : founders)
    words.insert(words.end(), {"--founder", (founder->data() / "did.jsonl").string()});
  must_succeed(run(words), "charter found");
  for (const Node* signer : signers) {
    must_succeed(signer->avow({"charter", "found", "--sign", file.string(), "--passphrase-file",
                               signer->passphrase_file().string()}),
                 "charter found --sign");
  }
}

ConsortiumOptions two_members_apart() {
  ConsortiumOptions options;
  options.names = {"acme", "globex"};
  options.links = {};
  return options;
}

Consortium::Consortium(const ConsortiumOptions& options) {
  std::vector<std::string> init_words;
  std::vector<std::string> witness_keys;
  for (std::size_t i = 0; i < options.witnesses; ++i) {
    witness_keys.push_back((folder_ / ("witness-" + options.names.at(i))).string());
    init_words.insert(init_words.end(),
                      {"--witness", made_witness(folder_.path(), witness_keys[i])});
  }
  std::vector<const Node*> founders;
  for (const std::string& name : options.names) {
    nodes_.push_back(std::make_unique<Node>(folder_.path(), name, init_words));
    founders.push_back(nodes_.back().get());
  }
  for (std::size_t i = 0; i < options.witnesses; ++i)
    nodes_.at(i)->more_options = {"--witness-key", witness_keys[i]};
  found_charter(charter(), founders, founders, options.freshness);
  for (const auto& node : nodes_) node->charter = charter();
  for (const auto& [one, other] : options.links) {
    nodes_.at(one)->peers.push_back(nodes_.at(other)->peer_url());
    nodes_.at(other)->peers.push_back(nodes_.at(one)->peer_url());
  }
}

void Consortium::start() {
  for (const auto& node : nodes_) node->start();
  for (const auto& node : nodes_) node->wait_until_it_signs();
}

void Consortium::settle() {
  std::set<std::string> roots;
  const bool same = eventually([&] {
    roots.clear();
    for (const auto& node : nodes_) {
      if (node->running()) roots.insert(view_root(*node));
    }
    return roots.size() == 1 && !roots.contains("");
  });
  if (!same) throw std::runtime_error("the nodes' views do not become equal");
}

}  // namespace avow::interop
