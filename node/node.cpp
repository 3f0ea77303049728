#include "node/node.h"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/first_page.h"
#include "did/composite_resolver.h"
#include "did/did_jwk.h"
#include "did/did_key.h"
#include "did/did_web.h"
#include "node/agents/enrolment.h"
#include "node/api/admin_routes.h"
#include "node/api/did_routes.h"
#include "node/api/gossip_routes.h"
#include "node/api/governance_routes.h"
#include "node/api/key_routes.h"
#include "node/api/overlay_routes.h"
#include "node/api/public_routes.h"
#include "node/api/trqp_routes.h"
#include "node/api/verify_routes.h"
#include "node/audit/audit_log.h"
#include "node/credential_issuer.h"
#include "node/gossip/gossip.h"
#include "node/gossip/known_peers.h"
#include "node/gossip/signed_requests.h"
#include "node/governance.h"
#include "node/http/client.h"
#include "node/http/listener.h"
#include "node/http/peer_client.h"
#include "node/key_rotation.h"
#include "node/log_witness.h"
#include "node/membership.h"
#include "node/node_keys.h"
#include "node/own_resolver.h"
#include "node/schema.h"
#include "node/sqlite_challenge_book.h"
#include "node/strangers.h"
#include "node/transaction.h"
#include "node/trust/known_lists.h"
#include "node/trust/registry_trust_policy.h"
#include "registry/guard_file.h"
#include "registry/own_feed.h"
#include "registry/registry_resolver.h"
#include "revocation/status_list_checker.h"
#include "revocation/status_list_publisher.h"

namespace avow::node {
namespace {

/// The database's, the listeners' own, the gossip's and those that are open for a moment.
constexpr std::size_t kOwnFiles = 40;

std::string without_trailing_slash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

/// "localhost" in members' DIDs, which an outside world cannot tell apart.
bool may_be_localhost(const NodeConfig& config, const Organisation& organisation) {
  return config.allow_loopback || is_localhost(organisation.domain);
}

Result<void, Error> check_peer_listener(const NodeConfig& config, Log& log) {
  if (!config.peer_listen) return {};
  const std::string& host = config.peer_listen->host;
  if (!config.peer_tls) {
    if (!http::is_local_address(host)) {
      return fail(Error{ErrorCode::address_refused,
                        "a peer listener without TLS must not be reachable from outside: " +
                            config.peer_listen->text(),
                        "over plain http nobody is authenticated",
                        "listen with TLS (--peer-listen ADDR:PORT), or on a loopback or private "
                        "address (127.0.0.1, 10.…, 192.168.…)"});
    }
    log.warning("peer_listener_unauthenticated",
                core::Json::object({{"listen", config.peer_listen->text()},
                                    {"why", "plain HTTP: keep it on a private network"}}));
    return {};
  }
  if (config.peer_url.empty()) {
    if (host != "0.0.0.0" && host != "::") return {};
    return fail(Error{ErrorCode::usage,
                      "where other nodes reach this one is not known: it listens on " +
                          config.peer_listen->text(),
                      "that means every address of this machine",
                      "give --peer-url https://HOST:PORT, or listen on one address"});
  }
  const auto url = http::parse_url(config.peer_url);
  if (url && url->scheme == "https" && url->target == "/") return {};
  return fail(Error{ErrorCode::usage, "--peer-url " + config.peer_url + " is not one",
                    url ? "peers are reached over https, without a path" : url.error().why,
                    "give --peer-url https://HOST:PORT"});
}

/// What the command line gave, checked against itself before anything is opened.
Result<void, Error> check_config(const NodeConfig& config, const Organisation& organisation,
                                 Log& log) {
  const std::string url =
      config.public_url.empty() ? "https://" + organisation.domain : config.public_url;
  const auto parsed = http::parse_url(url);
  if (!parsed)
    return fail(Error{ErrorCode::usage, "the public URL " + url + " is not a URL",
                      parsed.error().why, "give --public-url https://HOST[:PORT]"});
  if (parsed->scheme != "https" && !config.allow_loopback) {
    return fail(
        Error{ErrorCode::usage, "the public URL " + url + " is not https",
              "others would not believe what is served without TLS",
              "put a TLS proxy in front and give its URL, or add --allow-loopback for a test"});
  }
  if (auto path = http::check_socket_path(config.directory.admin_socket().string()); !path)
    return fail(path.error());
  if (auto peer = check_peer_listener(config, log); !peer) return peer;
  if (config.allow_loopback)
    log.warning("loopback_allowed",
                core::Json::object({{"why",
                                     "--allow-loopback is for tests: http and localhost are "
                                     "accepted in URLs of other nodes"}}));
  if (is_localhost(organisation.domain))
    log.warning(
        "localhost_domain",
        core::Json::object({{"why", "an organisation at localhost cannot be resolved by others"}}));
  for (const std::string& peer : config.peers) {
    if (auto read = gossip::parse_peer(peer); !read) return fail(read.error());
  }
  return {};
}

/// Asked once the port is ours: that it is another node's is the commoner mistake.
Result<void, Error> check_peers(const NodeConfig& config) {
  for (const std::string& peer : config.peers) {
    const auto named = gossip::parse_peer(peer);
    const auto url = http::parse_url(named ? named->url : "");
    if (!url || !config.peer_listen || url->authority != *config.peer_listen) continue;
    return fail(Error{ErrorCode::usage, "the peer " + peer + " is this node itself",
                      "--peer-listen has the same address",
                      "give the peer listener of another member's node"});
  }
  return {};
}

Result<std::optional<registry::Charter>, Error> read_charter(const NodeConfig& config,
                                                             const Organisation& organisation,
                                                             core::Instant now) {
  if (!config.charter) return std::optional<registry::Charter>();
  auto text = read_text_file(*config.charter, registry::kMaxCharterBytes);
  if (!text) {
    Error error = text.error();
    if (error.code != ErrorCode::not_found) error.code = ErrorCode::configuration;
    error.fix = "name the charter's file with --charter; it must be readable by this user";
    return fail(error);
  }
  while (!text->empty() && text->back() == '\n') text->pop_back();
  const bool knows_slots =
      !config.peers.empty() || std::filesystem::exists(config.directory.database());
  auto charter =
      check_charter(*text, organisation, now, may_be_localhost(config, organisation), knows_slots);
  if (!charter) return fail(charter.error());
  return std::optional(std::move(*charter));
}

}  // namespace

/// Everything a node consists of, in the order in which it is built; torn down the other way round.
struct Node::Rooms {
  /// The keys that a node works with, and its own in TLS.
  struct Keys {
    core::Ed25519SigningKey assertion;
    std::optional<core::Ed25519SigningKey> witness;
    std::shared_ptr<const http::PeerIdentity> node;
    core::Ed25519PublicKey node_now;
    core::Ed25519PublicKey node_next;
  };
  Rooms(const NodeConfig& given, Organisation whose, Keys keys_of_it, const World& world)
      : config(given),
        clock(world.clock),
        random(world.random),
        log(world.log),
        plain_fetcher(world.fetcher),
        https_for_verification(world.https_for_verification),
        https_for_resolution(world.https_for_resolution),
        organisation(std::move(whose)),
        key(std::move(keys_of_it.assertion)),
        witness_key(std::move(keys_of_it.witness)),
        node_identity(std::move(keys_of_it.node)),
        node_keys{keys_of_it.node_now, keys_of_it.node_next},
        public_url(without_trailing_slash(
            given.public_url.empty() ? "https://" + organisation.domain : given.public_url)),
        named_peers(own_peers(given)),
        peers(urls_of(named_peers)),
        replica(std::set<std::string>(peers.begin(), peers.end())),
        guard(given.directory.guard(), organisation.entry.scid),
        own_feed(replica, guard, key, organisation.entry.scid, organisation.assertion_method(),
                 organisation.entry.version),
        vote_guard(given.directory.vote_guard(), organisation.entry.scid),
        own_votes(replica, vote_guard, key, organisation.entry.scid,
                  organisation.assertion_method(), organisation.entry.version) {}

  static std::vector<gossip::PeerAddress> own_peers(const NodeConfig& config) {
    std::vector<gossip::PeerAddress> named;
    for (const std::string& peer : config.peers) {
      if (auto read = gossip::parse_peer(peer)) named.push_back(std::move(*read));
    }
    return named;
  }
  static std::vector<std::string> urls_of(const std::vector<gossip::PeerAddress>& named) {
    std::vector<std::string> urls;
    for (const auto& peer : named) urls.push_back(peer.url);
    std::sort(urls.begin(), urls.end());
    urls.erase(std::unique(urls.begin(), urls.end()), urls.end());
    return urls;
  }

  /// Where other nodes ask this one; "" if nowhere.
  std::string peer_url() const;
  std::string peer_address() const;
  std::vector<registry::NodePeer> node_peers() const;
  Result<void, Error> listen();
  Result<void, Error> open_stores();
  Result<void, Error> listen_to_admin();
  std::int64_t counted_version() const;
  void remove_used_keys() const;
  void tell_if_witness_refuses() const;
  void wire();
  Result<void, Error> put_own_document();
  http::RouteTable public_routes();
  http::RouteTable peer_routes();
  http::RouteTable admin_routes();
  http::ListenerConfig listener_config(std::string name);
  std::vector<api::Readiness> readiness() const;
  api::VerifyServices verify_services();
  api::DidServices did_services() const;
  core::Json with_own_proof(const core::Json& document) const;

  const NodeConfig config;
  const core::Clock& clock;
  core::Random& random;
  Log& log;
  core::HttpFetcher& plain_fetcher;
  core::HttpFetcher& https_for_verification;
  core::HttpFetcher& https_for_resolution;
  const Organisation organisation;
  const core::Ed25519SigningKey key;
  const std::optional<core::Ed25519SigningKey> witness_key;
  const std::shared_ptr<const http::PeerIdentity> node_identity;
  const std::vector<core::Ed25519PublicKey> node_keys;  // the one in use first
  const std::string public_url;
  const std::vector<gossip::PeerAddress> named_peers;
  const std::vector<std::string> peers;

  std::unique_ptr<core::Database> database;
  AuditLog audit;
  std::unique_ptr<did::DocumentStore> documents;
  std::unique_ptr<revocation::StatusListIssuer> lists;
  std::unique_ptr<SqliteChallengeBook> challenges;
  std::unique_ptr<LocalRuleBook> local_rules;
  std::unique_ptr<AgentStopBook> stops;
  std::unique_ptr<IssuedBatches> issued;

  registry::Replica replica;
  registry::DiskGuardFile guard;
  registry::OwnFeed own_feed;
  registry::DiskGuardFile vote_guard;
  registry::OwnVotes own_votes;
  std::unique_ptr<Membership> membership;
  std::unique_ptr<Governance> governance;
  std::unique_ptr<registry::DiskGuardFile> witness_guard;
  std::unique_ptr<LogWitness> log_witness;

  core::PublicKeyCache keys;
  vc::SignatureCache signatures{100'000};
  const registry::MemberLog own_log{organisation.log()};
  std::unique_ptr<OwnOrganisationResolver> own_resolver;
  std::unique_ptr<registry::RegistryResolver> registry_resolver;
  std::unique_ptr<OwnDocumentsResolver> documents_resolver;
  std::unique_ptr<did::DidKeyResolver> key_resolver;
  std::unique_ptr<did::DidJwkResolver> jwk_resolver;
  std::unique_ptr<did::CompositeResolver> resolver;
  std::unique_ptr<RegistryTrustPolicy> trust;
  std::unique_ptr<KnownLists> known_lists;
  std::unique_ptr<revocation::StatusListChecker> status;
  std::unique_ptr<Strangers> strangers;
  std::unique_ptr<revocation::StatusListPublisher> publisher;

  std::unique_ptr<CredentialIssuer> issuer;
  std::unique_ptr<Enrolment> enrolment;
  std::unique_ptr<OwnDocuments> own_documents;
  std::unique_ptr<AgentStanding> standing;
  std::unique_ptr<KeyCompromise> key_compromise;
  std::unique_ptr<gossip::KnownPeers> known_peers;
  std::unique_ptr<gossip::SignedRequests> signed_requests;
  std::unique_ptr<http::PeerClient> peer_client;
  std::unique_ptr<gossip::Gossip> gossip;

  std::unique_ptr<http::Listener> public_listener;
  std::unique_ptr<http::Listener> peer_listener;
  std::unique_ptr<http::Listener> admin_listener;
};

Result<void, Error> Node::Rooms::open_stores() {
  const auto migrations = all_migrations();
  auto opened = core::Database::open(config.directory.database(), migrations);
  if (!opened) {
    Error error = from_core(opened.error(),
                            "cannot open the database " + config.directory.database().string());
    if (error.code == ErrorCode::locked)
      error.fix =
          "another node runs on this data directory: stop it, or give this one its own --data";
    if (error.code == ErrorCode::storage)
      error.fix =
          "check that the node's user may write to the data directory and that its disk works";
    if (error.code == ErrorCode::schema_newer)
      error.fix = "use the newer avow that wrote it; this one has changed nothing";
    return fail(error);
  }
  database = std::move(*opened);
  documents = did::sqlite_document_store(*database);
  challenges = std::make_unique<SqliteChallengeBook>(*database, random);
  auto loaded =
      revocation::StatusListIssuer::load(*database, random, organisation.did().text(), public_url);
  if (!loaded) return fail(from_revocation(loaded.error(), "cannot read the status lists"));
  lists = std::move(*loaded);
  auto rules = LocalRuleBook::load(*database);
  if (!rules) return fail(rules.error());
  local_rules = std::move(*rules);
  auto stopped = AgentStopBook::load(*database);
  if (!stopped) return fail(stopped.error());
  stops = std::move(*stopped);
  issued = std::make_unique<IssuedBatches>(*database);
  return {};
}

/// The organisation's parallel did:web document, which follows from its log.
Result<void, Error> Node::Rooms::put_own_document() {
  const auto document = did::parallel_did_web(organisation.entry);
  if (!document) return fail(from_did(document.error(), "the organisation has no did:web"));
  const auto id = did::Did::parse(*document->find_string("id"));
  if (!id) return fail(from_did(id.error(), "the organisation has no did:web"));
  return transact(*database, "cannot store the own document",
                  [&](core::Transaction& transaction) -> Result<void, Error> {
                    if (auto put = documents->put(transaction, *id, *document, clock.now()); !put)
                      return fail(from_did(put.error(), "cannot store the own document"));
                    return {};
                  });
}

std::string Node::Rooms::peer_url() const {
  if (!config.peer_listen) return "";
  if (!config.peer_tls) return "http://" + config.peer_listen->text();
  const auto named = http::parse_url(config.peer_url);
  if (named) return named->origin();
  return "https://" + http::HostPort{config.peer_listen->host, peer_listener->port()}.text();
}

std::string Node::Rooms::peer_address() const {
  return peer_url() + (config.peer_tls ? "#" + node_identity->key() : "");
}

/// The next key is named beside the one in use, so that whoever rotates is known at once.
std::vector<registry::NodePeer> Node::Rooms::node_peers() const {
  std::vector<registry::NodePeer> entries;
  for (const auto& node_key : node_keys)
    entries.push_back(
        {config.peer_listen && config.peer_tls ? std::optional(peer_url()) : std::nullopt,
         node_key});
  return entries;
}

void Node::Rooms::wire() {
  Membership::Parts parts{
      *database,    replica,    own_feed,
      *lists,       *documents, *stops,
      organisation, clock,      log,
      peers,        &own_votes, witness_key ? witness_key->public_key().to_multikey() : ""};
  parts.node_peers = node_peers();
  membership = std::make_unique<Membership>(parts);
  if (witness_key) {
    witness_guard = std::make_unique<registry::DiskGuardFile>(
        LogWitness::guard_of(*config.witness_key), witness_key->public_key().to_multikey());
    log_witness = std::make_unique<LogWitness>(
        LogWitness::Parts{*database, replica, *membership, audit, *witness_key, *witness_guard,
                          clock, may_be_localhost(config, organisation)});
  }
  own_resolver = std::make_unique<OwnOrganisationResolver>(own_log);
  registry_resolver =
      std::make_unique<registry::RegistryResolver>([this] { return replica.view(); });
  documents_resolver = std::make_unique<OwnDocumentsResolver>(*documents, *registry_resolver,
                                                              *membership, organisation.domain);
  key_resolver = std::make_unique<did::DidKeyResolver>(keys);
  jwk_resolver = std::make_unique<did::DidJwkResolver>(keys);
  resolver = std::make_unique<did::CompositeResolver>(std::vector<did::CompositeResolver::Route>{
      {"key", key_resolver.get()},
      {"jwk", jwk_resolver.get()},
      {"webvh", own_resolver.get()},
      {"webvh", registry_resolver.get()},
      {"web", documents_resolver.get()},
      {"web", registry_resolver.get()},
  });
  trust = std::make_unique<RegistryTrustPolicy>(replica, *local_rules, *stops, *issued);
  known_lists = std::make_unique<KnownLists>(*lists, *membership, replica);
  status = std::make_unique<revocation::StatusListChecker>(*known_lists);
  strangers = std::make_unique<Strangers>(Strangers::Parts{
      https_for_verification, https_for_resolution, clock, *resolver, *known_lists,
      [this] { return replica.view(); }, organisation.domain, public_url, config.allow_loopback});
  publisher = std::make_unique<revocation::StatusListPublisher>(
      *lists, [this](const core::Json& unsigned_credential) {
        return with_own_proof(unsigned_credential);
      });
  const OwnRecords records{*database, *documents, *membership, audit, organisation, clock};
  issuer = std::make_unique<CredentialIssuer>(
      CredentialIssuer::Parts{records, *lists, key, random, config.default_profile});
  enrolment = std::make_unique<Enrolment>(records);
  own_documents = std::make_unique<OwnDocuments>(records);
  standing = std::make_unique<AgentStanding>(records, *stops);
  key_compromise = std::make_unique<KeyCompromise>(records, replica);
  known_peers = std::make_unique<gossip::KnownPeers>(
      replica, named_peers,
      [this](const std::string& origin) { return peer_client->proven_key(origin); });
  peer_client = std::make_unique<http::PeerClient>(
      plain_fetcher, node_identity,
      [this](const std::string& origin) { return known_peers->keys_at(origin); },
      [this](core::HttpRequest& request) {
        gossip::sign_request(request, key, clock.now(), core::random_uuid(random));
      });
  signed_requests = std::make_unique<gossip::SignedRequests>(*known_peers, clock, peer_url());
  gossip = std::make_unique<gossip::Gossip>(gossip::Gossip::Parts{
      *database, replica, *membership, audit, *peer_client, clock, random, log, peer_url(), peers});
  membership->on_said = [this] { gossip->wake(); };
  membership->on_log_counted = [this] { remove_used_keys(); };
  governance = std::make_unique<Governance>(
      Governance::Parts{*database, replica, own_votes, *membership, audit, organisation, clock, log,
                        may_be_localhost(config, organisation)});
  governance->on_said = [this] { gossip->wake(); };
  membership->on_heard = [this] {
    governance->begin();
    tell_if_witness_refuses();
  };
}

core::Json Node::Rooms::with_own_proof(const core::Json& document) const {
  core::ProofOptions options;
  options.verification_method = organisation.assertion_method();
  options.proof_purpose = "assertionMethod";
  options.created = core::format_seconds(clock.now());
  return core::with_proof(document, core::create_proof(document, options, key));
}

api::VerifyServices Node::Rooms::verify_services() {
  return {{*resolver, keys, signatures, *status, *trust},
          *challenges,
          clock,
          config.default_profile,
          "decentralized_identifier:" + organisation.did().text(),
          /*only_default_profile=*/false,
          strangers.get()};
}

api::DidServices Node::Rooms::did_services() const {
  return {*resolver, *documents_resolver, organisation.domain,        organisation.log_text(),
          clock,     strangers.get(),     organisation.witness_file()};
}

std::vector<api::Readiness> Node::Rooms::readiness() const {
  const auto read = core::read_first_page(config.directory.database());
  const auto refused = database->refuses_writes();
  // Whoever waits, for peers or for being admitted, verifies and serves meanwhile.
  const auto may_sign = membership->check_may_sign();
  const bool signs = may_sign || may_sign.error().code == ErrorCode::awaiting_peers ||
                     may_sign.error().code == ErrorCode::not_admitted;
  return {{"storage", read.has_value() && !refused,
           refused ? refused->detail
           : read  ? ""
                   : "the database cannot be read: " + read.error().detail},
          {"signing", signs, signs ? "" : may_sign.error().why},
          {"clock", !membership->clock_went_back(),
           "the last statement of the own feed lies ahead of this node's clock: it was wrong then, "
           "or is now"}};
}

http::RouteTable Node::Rooms::public_routes() {
  http::RouteTable routes;
  api::add_health_routes(routes, [this] { return readiness(); });
  api::VerifyServices verify = verify_services();
  verify.only_default_profile = config.only_default_profile;
  api::add_verify_routes(routes, verify);
  api::add_resolution_routes(routes, did_services());
  api::add_trqp_routes(routes, {replica, clock, [this](const core::Json& answer) {
                                  return membership->may_sign() ? with_own_proof(answer) : answer;
                                }});
  api::add_context_route(routes);
  api::add_status_list_routes(routes, *publisher, *membership, clock);
  api::add_issued_route(routes, *issued);
  api::add_did_file_routes(routes, did_services());
  return routes;
}

http::RouteTable Node::Rooms::peer_routes() {
  http::RouteTable routes;
  api::add_health_routes(routes, [this] { return readiness(); });
  api::add_gossip_routes(routes, {*gossip, replica, *database, *membership, log_witness.get(),
                                  known_peers.get(), signed_requests.get()});
  return routes;
}

http::RouteTable Node::Rooms::admin_routes() {
  http::RouteTable routes;
  api::add_health_routes(routes, [this] { return readiness(); });
  const api::AdminServices services{*issuer,
                                    *enrolment,
                                    *standing,
                                    *stops,
                                    *membership,
                                    *gossip,
                                    replica,
                                    *local_rules,
                                    *database,
                                    audit,
                                    organisation,
                                    clock,
                                    public_url,
                                    config.default_profile,
                                    log_witness.get(),
                                    known_peers.get(),
                                    node_identity->key(),
                                    peer_address()};
  api::add_operator_routes(routes, services);
  api::add_issuing_routes(routes, services);
  api::add_propagation_routes(routes, services);
  api::add_registrar_routes(routes, *own_documents);
  api::add_key_routes(routes, *key_compromise);
  api::add_issued_route(routes, *issued);
  api::add_trust_routes(routes, services);
  api::add_overlay_routes(routes, {*local_rules, *database, audit, clock});
  api::add_governance_routes(routes, {*governance, replica, *database, organisation, clock});
  api::add_verify_routes(routes, verify_services());
  api::add_resolution_routes(routes, did_services());
  return routes;
}

http::ListenerConfig Node::Rooms::listener_config(std::string name) {
  http::ListenerConfig listener;
  // A flood at one listener takes no descriptor that another needs, nor one that a revocation is written with.
  const std::size_t free = config.open_files - std::min(config.open_files, kOwnFiles);
  const std::size_t share = name == "public" ? free / 2 : free / 4;
  listener.limits.max_connections = std::clamp<std::size_t>(
      share / 2, 2, listener.limits.max_connections);  // as many again may wait
  // No web page has anything to do with peers or with the admin.
  if (name != "public") listener.allowed_origins.emplace();
  listener.tells_faults = name == "admin";
  listener.new_trace_id = [this] {
    std::array<std::uint8_t, 16> bytes{};
    random.fill(bytes);
    return core::to_hex(bytes);
  };
  listener.on_exchange = [this, name = std::move(name)](const http::Exchange& exchange) {
    core::Json line = core::Json::object({{"listener", name},
                                          {"method", exchange.method},
                                          {"route", exchange.route},
                                          {"status", exchange.status},
                                          {"us", std::int64_t{exchange.duration.count()}},
                                          {"peer", exchange.peer}});
    if (!exchange.code.empty()) line.set("code", exchange.code);
    if (!exchange.trace_id.empty()) line.set("traceId", exchange.trace_id);
    if (!exchange.fault.empty()) line.set("fault", exchange.fault);
    log.info("http", std::move(line));
  };
  return listener;
}

Result<void, Error> Node::Rooms::listen() {
  auto bound = http::Listener::on_tcp(config.listen, listener_config("public"));
  if (!bound) return fail(bound.error());
  public_listener = std::move(*bound);
  if (config.peer_listen) {
    http::ListenerConfig peer = listener_config("peer");
    if (config.peer_tls) peer.identity = node_identity;
    bound = http::Listener::on_tcp(*config.peer_listen, std::move(peer));
    if (!bound) return fail(bound.error());
    peer_listener = std::move(*bound);
  }
  return {};
}

/// Up to which version the own log counts as it stands here: in a network by its rules, alone by its own word.
std::int64_t Node::Rooms::counted_version() const {
  const auto view = replica.view();
  if (!view) return organisation.entry.version;
  const registry::MemberLog* known = view->log(organisation.entry.scid);
  if (known == nullptr) return 0;
  const auto version = std::min(known->newest_counted(), organisation.entry.version);
  const auto& own = version == organisation.entry.version
                        ? organisation.entry
                        : organisation.earlier.at(static_cast<std::size_t>(version - 1));
  return known->counted(version)->webvh.entry_hash == own.entry_hash ? version : 0;
}

void Node::Rooms::remove_used_keys() const {
  const auto removed = remove_used_update_keys(config.directory, counted_version());
  if (removed) return;
  log.error("used_update_key_left",
            core::Json::object({{"why", removed.error().why}, {"fix", removed.error().fix}}));
}

void Node::Rooms::tell_if_witness_refuses() const {
  if (!log_witness) return;
  if (const auto remembers = log_witness->check(); !remembers)
    log.error("witness_refuses", core::Json::object({{"code", code_name(remembers.error().code)},
                                                     {"why", remembers.error().why},
                                                     {"fix", remembers.error().fix}}));
}

Result<void, Error> Node::Rooms::listen_to_admin() {
  http::ListenerConfig admin = listener_config("admin");
  admin.allowed_uids = config.admin_uids;
  admin.allowed_uids.push_back(::geteuid());
  auto bound =
      http::Listener::on_unix_socket(config.directory.admin_socket().string(), std::move(admin));
  if (!bound) return fail(bound.error());
  admin_listener = std::move(*bound);
  return {};
}

Node::Node(std::unique_ptr<Rooms> rooms) : rooms_(std::move(rooms)) {}
Node::~Node() {
  stop();
}

Result<std::unique_ptr<Node>, Error> Node::open(const NodeConfig& config,
                                                core::SecretBytes passphrase, const World& world) {
  if (auto library = core::check_crypto_library(); !library)
    return fail(from_core(library.error(), "the installed libsodium must not be trusted"));
  auto organisation = read_organisation(config.directory, world.clock.now());
  if (!organisation) return fail(organisation.error());
  if (auto checked = check_config(config, *organisation, world.log); !checked)
    return fail(checked.error());
  std::optional<core::Ed25519SigningKey> witness_key;
  if (config.witness_key) {
    auto read = read_key_file(*config.witness_key, passphrase);
    if (!read) return fail(read.error());
    witness_key = std::move(*read);
  }
  auto store = Keystore::open(config.directory.keys(), std::move(passphrase), {}, world.random);
  if (!store) return fail(store.error());
  auto key = store->load(assertion_key_name(organisation->entry.version));
  if (!key) return fail(key.error());
  const did::VerificationMethod* method = organisation->entry.document->find(
      organisation->assertion_method(), did::VerificationRelationship::assertion_method);
  if (method == nullptr || method->public_key_multibase != key->public_key().to_multikey()) {
    return fail(Error{ErrorCode::configuration,
                      "the key store does not belong to this organisation",
                      "its key is not the one in did.jsonl", "restore both from one backup"});
  }
  auto charter = read_charter(config, *organisation, world.clock.now());
  if (!charter) return fail(charter.error());
  auto node_keys = open_node_keys(*store, world.random);
  if (!node_keys) return fail(node_keys.error());
  auto identity = http::PeerIdentity::of(node_keys->now);
  if (!identity) return fail(identity.error());
  auto rooms = std::make_unique<Rooms>(
      config, std::move(*organisation),
      Rooms::Keys{std::move(*key), std::move(witness_key), std::move(*identity),
                  node_keys->now.public_key(), node_keys->next},
      world);
  // Bound before the database is opened, so that a port that is taken leaves nothing behind; the admin socket after it,
  // under its lock. Connections wait until start().
  if (auto listening = rooms->listen(); !listening) return fail(listening.error());
  if (auto others = check_peers(config); !others) return fail(others.error());
  if (auto opened = rooms->open_stores(); !opened) return fail(opened.error());
  if (auto listening = rooms->listen_to_admin(); !listening) return fail(listening.error());
  rooms->wire();
  if (auto put = rooms->put_own_document(); !put) return fail(put.error());
  if (auto joined = rooms->membership->join(std::move(*charter), rooms->public_url,
                                            may_be_localhost(rooms->config, rooms->organisation));
      !joined)
    return fail(joined.error());
  rooms->governance->begin();
  rooms->tell_if_witness_refuses();
  rooms->remove_used_keys();
  return std::unique_ptr<Node>(new Node(std::move(rooms)));
}

void Node::start() {
  rooms_->gossip->start();
  rooms_->admin_listener->start(rooms_->admin_routes());
  if (rooms_->peer_listener) rooms_->peer_listener->start(rooms_->peer_routes());
  rooms_->public_listener->start(rooms_->public_routes());
}

void Node::stop() {
  rooms_->public_listener->stop();
  if (rooms_->peer_listener) rooms_->peer_listener->stop();
  rooms_->admin_listener->stop();
  // Last: what was answered just now still goes to the peers.
  rooms_->gossip->stop();
}

const Organisation& Node::organisation() const {
  return rooms_->organisation;
}
std::uint16_t Node::public_port() const {
  return rooms_->public_listener->port();
}
std::optional<std::uint16_t> Node::peer_port() const {
  return rooms_->peer_listener ? std::optional(rooms_->peer_listener->port()) : std::nullopt;
}
const std::string& Node::public_url() const {
  return rooms_->public_url;
}
const std::string& Node::node_key() const {
  return rooms_->node_identity->key();
}
std::string Node::peer_address() const {
  return rooms_->peer_address();
}
std::vector<std::pair<std::string, std::string>> Node::admin_routes() const {
  return rooms_->admin_routes().list();
}

}  // namespace avow::node
