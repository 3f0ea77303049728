// `avow witness`: the keys of witnesses, and what they say of the own log.

#include "node/cli/witness_commands.h"

#include <map>
#include <utility>

#include "core/clock.h"
#include "did/did_key.h"
#include "node/cli/commands.h"
#include "node/cli/passphrase_source.h"
#include "node/gossip/known_peers.h"
#include "node/http/client.h"
#include "node/http/peer_client.h"
#include "node/http/url.h"
#include "node/keystore/keystore.h"
#include "node/log_witness.h"
#include "node/transaction.h"
#include "registry/guard_file.h"

namespace avow::node::cli {

Result<void, Error> check_witness_urls(const std::vector<std::string>& urls) {
  for (const auto& text : urls) {
    const auto peer = gossip::parse_peer(text);
    if (peer && (!peer->key.empty() || peer->url.starts_with("http://"))) continue;
    return fail(Error{ErrorCode::usage, "--witness " + text + " is no witness",
                      peer ? "over https its node is known by its key" : peer.error().why,
                      "write where its node listens for peers, as its avow status shows it: "
                      "--witness https://ADDR:PORT#KEY, or http://ADDR:PORT"});
  }
  return {};
}

void ask_witnesses(const std::vector<std::string>& urls, const DataDirectory& directory,
                   Organisation& organisation, const AskedVersion& asked, const Console& console) {
  std::multimap<std::string, std::string> pins;  // origin → key
  for (const std::string& text : urls) {
    const auto peer = gossip::parse_peer(text);
    const auto url = http::parse_url(peer ? peer->url : "");
    if (url) pins.emplace(url->origin(), peer->key);
  }
  http::PlainHttpFetcher plain;
  http::PeerClient fetcher(plain, nullptr, [&](const std::string& origin) {
    std::vector<std::string> keys;
    const auto [from, to] = pins.equal_range(origin);
    for (auto at = from; at != to; ++at) keys.push_back(at->second);
    return keys;
  });
  std::vector<std::vector<std::string>> rows{{"WITNESS", "ANSWER", "WHY"}};
  for (const std::string& text : urls) {
    const auto peer = gossip::parse_peer(text);
    const std::string& url = peer ? peer->url : text;
    const auto answer = ask_witness(fetcher, url, directory, organisation, asked);
    rows.push_back(answer.fault ? std::vector<std::string>{url, printable(answer.fault->what),
                                                           printable(answer.fault->why)}
                                : std::vector<std::string>{url, "signed", answer.witness});
  }
  console.table(rows);
}

namespace {

/// A guard file that says that nothing was signed is left where the key was not made any more, and may go. One that knows
/// of a signature is all that is left of a key.
Result<void, Error> check_unused(const std::filesystem::path& key_file) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(key_file, ignored)))
    return fail(Error{ErrorCode::conflict, key_file.string() + " is already there",
                      "a key is never written over", "choose another name"});
  const auto file = LogWitness::guard_of(key_file);
  const auto mark = registry::DiskGuardFile(file, "").read();
  if (!mark) return fail(from_registry(mark.error(), "cannot read what is beside the key"));
  if (*mark)
    return fail(Error{ErrorCode::conflict, file.string() + " is already there",
                      "it is the guard file of a key that has signed",
                      "choose another name, or put that key back"});
  return {};
}

}  // namespace

int witness_create(const WitnessCreateOptions& options, const Console& console) {
  if (auto unused = check_unused(options.key_out); !unused) return console.fault(unused.error());
  auto passphrase =
      read_new_passphrase(options.passphrase, "Passphrase for the witness's key: ", console);
  if (!passphrase) return console.fault(passphrase.error());
  core::SystemRandom random;
  const auto key = core::Ed25519SigningKey::generate(random);
  if (!key) return console.fault(from_core(key.error(), "cannot make a key"));
  // First: without it the key would never sign.
  registry::DiskGuardFile guard(LogWitness::guard_of(options.key_out),
                                key->public_key().to_multikey());
  if (auto made = guard.write({}); !made)
    return console.fault(from_registry(made.error(), "cannot make the key's guard file"));
  if (auto written =
          write_key_file(options.key_out, "witness", *key, *passphrase,
                         options.weak_key_derivation ? kWeakestKdfCost : KdfCost{}, random);
      !written)
    return console.fault(written.error());
  const auto id = did::did_key_of(key->public_key()).text();
  console.line("witness    " + id);
  console.line("key        " + options.key_out.string());
  console.line("next       every founder names it: avow init --witness " + id +
               " …; its node runs with: avow serve --witness-key " + options.key_out.string());
  console.result(core::Json::object({{"id", id}, {"key", options.key_out.string()}}));
  return 0;
}

int witness_collect(const WitnessCollectOptions& options, const Console& console) {
  if (auto valid = check_witness_urls(options.witnesses); !valid)
    return console.fault(valid.error());
  const core::SystemClock clock;
  const DataDirectory directory{options.data};
  auto organisation = read_organisation(directory, clock.now());
  if (!organisation) return console.fault(organisation.error());
  const auto asked = asked_version(directory, *organisation, clock.now());
  if (!asked) return console.fault(asked.error());
  if (*asked) ask_witnesses(options.witnesses, directory, *organisation, **asked, console);
  const auto missing = *asked ? missing_approval(*organisation, **asked) : std::nullopt;
  if (missing)
    return console.fault({ErrorCode::awaiting_witnesses,
                          "version " + (*asked)->entry.version_id + " waits for its witnesses",
                          *missing,
                          "run this again with --witness URL for each that has not signed"});
  const bool is_pending = *asked && (*asked)->is_pending;
  const auto& version_id = *asked ? (*asked)->entry.version_id : organisation->entry.version_id;
  const bool has_witnesses =
      asked->has_value() || !organisation->entry.parameters.witnesses.empty();
  // Nobody was asked where nothing is missing.
  if (*asked) {
    console.line("witnessed  " + version_id);
  } else if (has_witnesses) {
    console.line("version    " + version_id + " had its witnesses before: nobody was asked");
  } else {
    console.line("version    " + version_id + " names no witnesses, so nobody was asked");
  }
  if (has_witnesses)
    console.line(is_pending ? "next       avow key rotate completes it"
                            : "next       start the node: it serves did-witness.json");
  console.result(core::Json::object(
      {{"versionId", version_id}, {"pending", is_pending}, {"asked", asked->has_value()}}));
  return 0;
}

}  // namespace avow::node::cli
