#include <algorithm>
#include <map>
#include <sstream>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"

namespace configuration_test {

using namespace avow;
using namespace avow::interop;

namespace {

namespace fs = std::filesystem;
using core::testing::TempDir;

constexpr uid_t kNobody = 65534;

/// Every file below a folder with its content.
using Snapshot = std::map<std::string, std::string>;
Snapshot snapshot(const fs::path& folder) {
  Snapshot files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    files[entry.path().string()] = entry.is_regular_file() ? read_file(entry.path()) : "";
  return files;
}

/// The same without the database, which may be opened, but in which nothing was said.
Snapshot without_database(const fs::path& folder) {
  Snapshot files = snapshot(folder);
  std::erase_if(files,
                [](const auto& file) { return file.first.find("/avow.db") != std::string::npos; });
  return files;
}

/// What a person reads; a node's log lines are JSON objects.
std::vector<std::string> lines_for_people(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("{")) lines.push_back(line);
  }
  return lines;
}

/// One problem: what, why and how to mend it, and an exit code that says whose fault it is.
void check_one_problem(const Finished& finished, int exit_code, const std::string& what) {
  INFO(finished.err);
  CHECK(finished.exit_code == exit_code);
  CHECK(finished.out.empty());
  const auto lines = lines_for_people(finished.err);
  REQUIRE(lines.size() >= 2);
  CHECK(lines.front().starts_with("error: "));
  CHECK(lines.front().find(what) != std::string::npos);
  CHECK(lines.back().starts_with("fix:   "));
  if (lines.size() > 2) CHECK(lines[1].starts_with("why:   "));
  CHECK(lines.size() <= 3);
}

/// `avow serve` as the node would run it, with these words added or taken instead.
Finished serve(const Node& node, const std::vector<std::string>& more = {}) {
  auto words = node.serve_words();
  words.insert(words.end(), more.begin(), more.end());
  return run(words);
}

Finished init(const fs::path& data, const fs::path& passphrase, const std::string& domain,
              const std::string& binary = avow_binary(), std::optional<uid_t> user = {}) {
  return run({binary, "init", "--data", data.string(), "--org", "Acme", "--domain", domain,
              "--passphrase-file", passphrase.string(), "--weak-key-derivation"},
             user);
}

/// Words of `serve` with the value of one option replaced.
std::vector<std::string> with_value(std::vector<std::string> words, const std::string& option,
                                    const std::string& value) {
  const auto at = std::find(words.begin(), words.end(), option);
  REQUIRE(at != words.end());
  *(at + 1) = value;
  return words;
}
/// … or with neither.
std::vector<std::string> without(std::vector<std::string> words, const std::string& option) {
  const auto at = std::find(words.begin(), words.end(), option);
  REQUIRE(at != words.end());
  words.erase(at, at + 2);
  return words;
}

}  // namespace

TEST_CASE("init makes a data directory whole or not at all", "[configuration]") {
  const TempDir folder;
  write_file(folder / "passphrase", "correct horse battery staple\n");
  fs::permissions(folder / "passphrase", fs::perms::owner_read);
  const fs::path data = folder / "acme";
  const Snapshot before = snapshot(folder.path());

  check_one_problem(init(data, folder / "passphrase", "not a domain"), 2, "not a domain");
  check_one_problem(init(data, folder / "nothing", "acme.example"), 6, "nothing");
  check_one_problem(init(folder / "no" / "such", folder / "passphrase", "acme.example"), 1, "such");
  CHECK(snapshot(folder.path()) == before);

  REQUIRE(init(data, folder / "passphrase", "acme.example").exit_code == 0);
  const Snapshot made = snapshot(folder.path());
  check_one_problem(init(data, folder / "passphrase", "acme.example"), 1, "acme");
  CHECK(snapshot(folder.path()) == made);
}

TEST_CASE("a node that cannot be what it should be says why and changes nothing",
          "[configuration]") {
  const TempDir folder;
  Node acme(folder.path(), "acme");
  const Snapshot before = snapshot(folder.path());
  const auto words = acme.serve_words();

  check_one_problem(run(with_value(words, "--data", (folder / "nobody").string())), 1, "nobody");
  write_file(folder / "wrong", "another passphrase altogether\n");
  fs::permissions(folder / "wrong", fs::perms::owner_read);
  check_one_problem(run(with_value(words, "--passphrase-file", (folder / "wrong").string())), 2,
                    "key-1");
  fs::remove(folder / "wrong");
  check_one_problem(run(with_value(words, "--listen", "nonsense")), 2, "nonsense");
  check_one_problem(run(with_value(words, "--listen", "127.0.0.1:70000")), 2, "70000");
  check_one_problem(run(with_value(words, "--peer-listen", "0.0.0.0:0")), 2, "0.0.0.0");
  check_one_problem(run(with_value(words, "--peer-listen", "http://0.0.0.0:0")), 2, "0.0.0.0");
  check_one_problem(run(with_value(words, "--peer-listen", "http://8.8.8.8:0")), 2, "8.8.8.8");
  auto with_url = with_value(words, "--peer-listen", "0.0.0.0:0");
  with_url.insert(with_url.end(), {"--peer-url", "http://acme.example:8444"});
  check_one_problem(run(with_url), 2, "http://acme.example:8444");
  for (const char* peer : {"http://8.8.8.8:8444", "http://[2001:4860:4860::8888]:8444"})
    check_one_problem(serve(acme, {"--peer", peer}), 2, peer);
  check_one_problem(run(with_value(words, "--public-url", "ftp://acme.example")), 2, "ftp");
  for (const char* peer :
       {"https://globex.example#", "https://globex.example#z6Mk", "globex.example",
        "http://10.0.0.6:1#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"})
    check_one_problem(serve(acme, {"--peer", peer}), 2, peer);
  check_one_problem(serve(acme, {"--peer", acme.peer_url()}), 2, "this node itself");
  check_one_problem(serve(acme, {"--default-profile", "any"}), 2, "any");
  check_one_problem(serve(acme, {"--no-such-option"}), 2, "--no-such-option");
  auto strict = words;
  std::erase(strict, "--allow-loopback");
  check_one_problem(run(strict), 2, "https");

  CHECK(snapshot(folder.path()) == before);

  const fs::path deep = folder / std::string(120, 'd');
  fs::create_directory(deep);
  fs::rename(acme.data(), deep / "acme");
  const Snapshot moved = snapshot(folder.path());
  check_one_problem(run(with_value(words, "--data", (deep / "acme").string())), 2, "admin.sock");
  CHECK(snapshot(folder.path()) == moved);
}

TEST_CASE("a charter that does not hold is refused, and the node stays as it was",
          "[configuration]") {
  const TempDir folder;
  Node acme(folder.path(), "acme");
  Node globex(folder.path(), "globex");
  Node initech(folder.path(), "initech");
  const std::chrono::seconds freshness{900};
  found_charter(folder / "partly", {&acme, &globex, &initech}, {&acme, &globex}, freshness);
  found_charter(folder / "others", {&globex, &initech}, {&globex, &initech}, freshness);
  found_charter(folder / "first", {&acme, &globex}, {&acme, &globex}, freshness);
  found_charter(folder / "second", {&acme, &initech}, {&acme, &initech}, freshness);
  const Snapshot before = snapshot(acme.data());

  check_one_problem(serve(acme, {"--charter", (folder / "partly").string()}), 1, "charter");
  check_one_problem(serve(acme, {"--charter", (folder / "others").string()}), 2, "charter");
  check_one_problem(serve(acme, {"--charter", (folder / "passphrase").string()}), 1, "charter");
  check_one_problem(serve(acme, {"--charter", (folder / "missing").string()}), 6, "missing");
  CHECK(snapshot(acme.data()) == before);

  // None of them was kept: the node still belongs to nobody, and a good one is taken.
  acme.start();
  CHECK(acme.process().err().find("\"loopback_allowed\"") != std::string::npos);
  CHECK(acme.admin().get("/v1/status").body.find("network") == nullptr);
  acme.stop();
  acme.charter = folder / "first";
  acme.start();
  acme.stop();
  const Snapshot joined = without_database(acme.data());
  acme.charter.reset();
  check_one_problem(serve(acme, {"--charter", (folder / "second").string()}), 7, "consortium");
  CHECK(without_database(acme.data()) == joined);
  acme.start();
  CHECK(acme.admin().get("/v1/status").body.find("network") != nullptr);
  // What is for tests, or keeps nobody out, is warned of at every start.
  for (const char* warning : {"\"loopback_allowed\"", "\"peer_listener_unauthenticated\""})
    CHECK(acme.process().err().find(warning) != std::string::npos);
  for (const Client& client : {acme.at_public(), acme.at_peer(), acme.admin()}) {
    CHECK(client.get("/healthz").status == 200);
    CHECK(client.get("/readyz").status == 200);
  }
}

TEST_CASE("an organisation at localhost is made and served with a warning", "[configuration]") {
  const TempDir folder;
  Node acme(folder.path(), "acme");
  const fs::path data = folder / "local";
  const Finished made = init(data, acme.passphrase_file(), "localhost");
  CHECK(made.exit_code == 0);
  CHECK(made.err.find("no other organisation can resolve it") != std::string::npos);
  auto words = with_value(acme.serve_words(), "--data", data.string());
  words = with_value(std::move(words), "--listen", own_address() + ":0");
  Process serving(words, {folder / "out", folder / "err"});
  REQUIRE(eventually([&] { return serving.out().find("is up on ") != std::string::npos; },
                     std::chrono::seconds(60)));
  CHECK(serving.err().find("\"localhost_domain\"") != std::string::npos);
}

TEST_CASE("the second node on a port or on a data directory refuses", "[configuration][STORE-12]") {
  Consortium consortium;
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  acme.start();
  const Snapshot untouched = snapshot(globex.data());
  const auto at = [](std::uint16_t port) { return own_address() + ":" + std::to_string(port); };

  check_one_problem(run(with_value(globex.serve_words(), "--listen", at(acme.public_port()))), 1,
                    std::to_string(acme.public_port()));
  check_one_problem(
      run(with_value(globex.serve_words(), "--peer-listen", "http://" + at(acme.peer_port()))), 1,
      std::to_string(acme.peer_port()));
  CHECK(snapshot(globex.data()) == untouched);

  auto twice = with_value(acme.serve_words(), "--listen", at(globex.public_port()));
  twice = with_value(twice, "--peer-listen", "http://" + at(0));
  check_one_problem(run(twice), 1, "avow.db");

  // The first has noticed nothing, and its admin socket is still its own.
  CHECK(acme.at_public().get("/readyz").status == 200);
  CHECK(acme.admin().get("/v1/status").status == 200);
  globex.start();
}

TEST_CASE("a word that is no command or no option is named, with the help that lists them",
          "[configuration]") {
  struct Row {
    std::vector<std::string> words;
    std::string what;
    std::string help;
  };
  const Row rows[] = {
      {{}, "needs the name of a command", "avow --help"},
      {{"foo"}, "no command avow foo", "avow --help"},
      {{"f\x1B[2Joo"}, "avow f\\u001b[2Joo", "avow --help"},
      {{"--json-lines", "version"}, "no option --json-lines", "avow version --help"},
      {{"--no-such", "hidden"}, "no option --no-such", "avow --help"},
      {{"charter"}, "avow charter needs the name of a command", "avow charter --help"},
      {{"charter", "shown", "c.json"}, "no command avow charter shown", "avow charter --help"},
      {{"charter", "show", "--data", "acme"}, "no option --data", "avow charter show --help"},
      {{"version", "now"}, "avow version", "avow version --help"},
      {{"charter", "show"}, "charter is required", "avow charter show --help"}};
  for (const Row& row : rows) {
    std::vector<std::string> words{avow_binary()};
    words.insert(words.end(), row.words.begin(), row.words.end());
    const Finished refused = run(words);
    check_one_problem(refused, 2, row.what);
    const auto lines = lines_for_people(refused.err);
    CHECK(lines.back() == "fix:   see: " + row.help);
    CHECK(refused.err.find("hidden") == std::string::npos);
    CHECK(refused.err.find("passphrase") == std::string::npos);
  }
  const Finished guessed = run({avow_binary(), "version", "--passphrase", "hidden"});
  check_one_problem(guessed, 2, "no option --passphrase");
  CHECK(guessed.err.find("why:   passphrases are read from a file") != std::string::npos);
  CHECK(guessed.err.find("hidden") == std::string::npos);
}

namespace {

/// The commands that these words begin, as the program itself lists them.
std::vector<std::vector<std::string>> commands_under(const std::vector<std::string>& words) {
  std::vector<std::string> asked{avow_binary()};
  asked.insert(asked.end(), words.begin(), words.end());
  asked.emplace_back("--help");
  const Finished help = run(asked);
  CAPTURE(words, help.out);
  CHECK(help.exit_code == 0);
  std::istringstream lines(help.out);
  std::string line;
  while (std::getline(lines, line) && line != "Subcommands:") {
  }
  std::vector<std::vector<std::string>> found;
  while (std::getline(lines, line)) {
    if (line.size() < 3 || !line.starts_with("  ") || line[2] == ' ') continue;
    auto longer = words;
    longer.push_back(line.substr(2, line.find(' ', 2) - 2));
    const auto below = commands_under(longer);
    found.insert(found.end(), below.begin(), below.end());
  }
  if (!found.empty()) return found;
  CHECK(help.out.find("--json") != std::string::npos);
  return {words};
}

}  // namespace

TEST_CASE("help is as good a word as --help", "[configuration]") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"vc"}, {"vc", "issue"}}) {
    std::vector<std::string> asked{avow_binary(), "help"};
    asked.insert(asked.end(), words.begin(), words.end());
    std::vector<std::string> usual{avow_binary()};
    usual.insert(usual.end(), words.begin(), words.end());
    usual.emplace_back("--help");
    const Finished help = run(asked);
    CHECK(help.exit_code == 0);
    CHECK(help.out == run(usual).out);
  }
}

TEST_CASE("every command tells of --json", "[configuration]") {
  const auto commands = commands_under({});
  CHECK(std::find(commands.begin(), commands.end(), std::vector<std::string>{"vc", "revoke"}) !=
        commands.end());
  CHECK(std::find(commands.begin(), commands.end(), std::vector<std::string>{"serve"}) !=
        commands.end());
  // Before the command and after it.
  CHECK(run({avow_binary(), "--json", "version"}).out.starts_with("{"));
  CHECK(run({avow_binary(), "version", "--json"}).out.starts_with("{"));
  CHECK_FALSE(run({avow_binary(), "version"}).out.starts_with("{"));
}

TEST_CASE("a node without a charter asks no peer and says so once", "[configuration]") {
  const TempDir folder;
  Node acme(folder.path(), "acme");
  Node globex(folder.path(), "globex");
  globex.start();
  acme.peers = {globex.peer_url(), "http://" + own_address() + ":1"};
  acme.start();
  acme.stop();
  const std::string log = read_file(acme.data().string() + ".log");
  const auto first = log.find("peers_not_asked");
  REQUIRE(first != std::string::npos);
  CHECK(log.find("peers_not_asked", first + 1) == std::string::npos);
  CHECK(log.find("peer_reached") == std::string::npos);
  CHECK(log.find("peer_lost") == std::string::npos);
}

TEST_CASE("a node at any free port says which it is, and has the URL of its domain",
          "[configuration]") {
  const TempDir folder;
  Node acme(folder.path(), "acme");
  auto words = with_value(acme.serve_words(), "--listen", own_address() + ":0");
  words = without(std::move(words), "--public-url");
  std::erase(words, "--allow-loopback");
  Process serving(words, {folder / "out", folder / "err"});
  REQUIRE(eventually([&] { return serving.out().find("is up on ") != std::string::npos; },
                     std::chrono::seconds(60)));
  CHECK(serving.err().find("loopback_allowed") == std::string::npos);
  const core::Json status = acme.admin().get("/v1/status").body;
  CHECK(*status.find_string("publicUrl") == "https://" + acme.domain());
  const std::string heading = "is up on " + own_address() + ":";
  const auto at = serving.out().find(heading);
  REQUIRE(at != std::string::npos);
  const int port = std::stoi(serving.out().substr(at + heading.size()));
  CHECK(Client::at("http://" + own_address() + ":" + std::to_string(port)).get("/healthz").status ==
        200);
}

TEST_CASE("a data directory that may not be written is named, and nothing is left behind",
          "[configuration]") {
  if (::getuid() != 0) {
    WARN("not run: only root can become the ordinary user that this test needs");
    return;
  }
  const TempDir folder;
  const TempDir programs;  // apart: what is looked at is read byte by byte
  for (const TempDir* one : {&folder, &programs}) fs::permissions(one->path(), fs::perms(0755));
  const fs::path binary = programs / "avow";
  fs::copy_file(avow_binary(), binary);
  Node acme(folder.path(), "acme");
  REQUIRE(::chown(acme.passphrase_file().c_str(), kNobody, kNobody) == 0);

  SECTION("init") {
    const Snapshot before = snapshot(folder.path());
    check_one_problem(
        init(folder / "other", acme.passphrase_file(), "other.example", binary.string(), kNobody),
        1, "other");
    CHECK(snapshot(folder.path()) == before);
  }
  SECTION("serve") {
    for (const auto& entry : fs::recursive_directory_iterator(acme.data()))
      REQUIRE(::chown(entry.path().c_str(), kNobody, kNobody) == 0);
    REQUIRE(::chown(acme.data().c_str(), kNobody, kNobody) == 0);
    fs::permissions(acme.data(), fs::perms(0500));
    const Snapshot before = snapshot(folder.path());
    auto words = acme.serve_words();
    words.front() = binary.string();
    check_one_problem(run(words, kNobody), 1, "acme");
    CHECK(snapshot(folder.path()) == before);
  }
}

TEST_CASE("which build it is, as an option and as a command", "[interop][configuration]") {
  const Finished asked = run({avow_binary(), "--version"});
  CHECK(asked.exit_code == 0);
  CHECK(asked.out == run({avow_binary(), "version"}).out);
  CHECK(asked.out.starts_with("avow "));
}

}  // namespace configuration_test
