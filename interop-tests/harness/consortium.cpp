#include "interop-tests/harness/consortium.h"

#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

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

std::filesystem::path charter_in(const std::filesystem::path& folder) {
  return folder / "charter.json";
}

/// Where a witness's key is kept.
std::string witness_key(const std::filesystem::path& folder, const std::string& name) {
  return (folder / ("witness-" + name)).string();
}

void found(const std::filesystem::path& folder, const ConsortiumOptions& options) {
  std::vector<std::string> init_words;
  for (std::size_t i = 0; i < options.witnesses; ++i) {
    const auto key = witness_key(folder, options.names.at(i));
    init_words.insert(init_words.end(), {"--witness", made_witness(folder, key)});
  }
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<const Node*> founders;
  for (const std::string& name : options.names) {
    nodes.push_back(std::make_unique<Node>(folder, name, init_words));
    founders.push_back(nodes.back().get());
  }
  found_charter(charter_in(folder), founders, founders, options.freshness);
}

/// The folder of such a consortium, which nobody has started. To found one takes two processes for each member, which costs
/// more than most tests do with it; so all of a program that ask for the same begin with copies of one.
const std::filesystem::path& founded(const ConsortiumOptions& options) {
  using Asked = std::tuple<std::vector<std::string>, std::chrono::seconds, std::size_t>;
  static std::map<Asked, std::unique_ptr<core::testing::TempDir>> known;
  auto& place = known[{options.names, options.freshness, options.witnesses}];
  if (place == nullptr) {
    auto folder = std::make_unique<core::testing::TempDir>();
    found(folder->path(), options);
    place = std::move(folder);
  }
  return place->path();
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

std::filesystem::path Consortium::charter() const {
  return charter_in(folder_.path());
}

Consortium::Consortium(const ConsortiumOptions& options) {
  std::filesystem::copy(founded(options), folder_.path(), std::filesystem::copy_options::recursive);
  for (const std::string& name : options.names) {
    nodes_.push_back(std::make_unique<Node>(folder_.path(), name));
    nodes_.back()->charter = charter();
  }
  for (std::size_t i = 0; i < options.witnesses; ++i)
    nodes_.at(i)->more_options = {"--witness-key", witness_key(folder_.path(), options.names[i])};
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
