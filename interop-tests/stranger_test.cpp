#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/testing/temp_dir.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/node.h"
#include "interop-tests/harness/wait.h"
#include "node/http/testing/tls_server.h"
#include "node/http/url.h"
#include "revocation/status_list_codec.h"
#include "revocation/status_list_credential.h"
#include "vc/namespace.h"
#include "vc/status_entry.h"

namespace stranger_test {

using namespace avow;
using namespace avow::interop;
using namespace avow::node::http::testing;
using core::Json;

namespace {

core::Ed25519SigningKey key_of(std::uint8_t seed) {
  return core::Ed25519SigningKey::from_seed(core::Bytes(32, seed)).value();
}

/// An issuer that is no member and runs no node: a did:web, a status list, an HTTPS server, and whatever a test lets it
/// answer instead.
class Stranger {
 public:
  explicit Stranger(const CertificateAuthority& authority)
      : server_(authority.issue("localhost"),
                [this](const std::string& request) { return answer(request); }) {
    publish(key_, {});
  }

  std::string did() const { return "did:web:localhost%3A" + std::to_string(server_.port()); }
  std::string list_url(const std::string& name = "1") const {
    return server_.url("/status/" + name);
  }
  const core::Ed25519SigningKey& key() const { return key_; }

  /// The bytes that a path is answered with.
  void serve(const std::string& path, std::string bytes) {
    const std::scoped_lock lock(mutex_);
    answers_.insert_or_assign(path, std::move(bytes));
  }
  void publish(const core::Ed25519SigningKey& key, std::initializer_list<std::uint32_t> revoked) {
    serve("/.well-known/did.json", document(did(), key));
    serve("/status/1", list(key, revoked));
  }
  static std::string document(const std::string& id, const core::Ed25519SigningKey& key) {
    const Json method = id + "#key-1";
    const Json document = Json::object(
        {{"id", id},
         {"verificationMethod",
          Json::array({Json::object({{"id", method},
                                     {"type", "Multikey"},
                                     {"controller", id},
                                     {"publicKeyMultibase", key.public_key().to_multikey()}})})},
         {"assertionMethod", Json::array({method})}});
    return http_answer(200, "application/did+json", core::to_canonical(document));
  }
  std::string list(const core::Ed25519SigningKey& key, std::initializer_list<std::uint32_t> revoked,
                   const std::string& name = "1", core::ByteView bits = {}) const {
    revocation::StatusBits set;
    for (const auto index : revoked) set.set(revocation::StatusListIndex(index));
    Json credential = revocation::make_status_list_credential(
        {did(), list_url(name), revocation::StatusPurpose::revocation,
         now() - std::chrono::hours(1), now() + std::chrono::hours(1)},
        bits.empty() ? set.bytes() : bits);
    // Its verifiers ask for it every time.
    Json subject = *credential.find("credentialSubject");
    subject.set("ttl", std::int64_t{0});
    credential.set("credentialSubject", std::move(subject));
    return http_answer(200, "application/vc", core::to_canonical(sign(credential, key)));
  }
  Json credential(const std::string& of_list) const {
    return sign(
        Json::object({{"@context", Json::array({vc::kCredentialsV2Context})},
                      {"type", Json::array({"VerifiableCredential"})},
                      {"issuer", did()},
                      {"credentialSubject", Json::object({{"id", "did:example:subject"}})},
                      {"credentialStatus", vc::make_status_entry("revocation", of_list, 7)}}),
        key_);
  }
  std::size_t asked(const std::string& path) const {
    std::size_t count = 0;
    for (const std::string& request : server_.requests())
      count += request.starts_with("GET " + path + " ") ? 1 : 0;
    return count;
  }
  void stop() { server_.stop(); }

 private:
  Json sign(const Json& json, const core::Ed25519SigningKey& key) const {
    return core::with_proof(json,
                            core::create_proof(json, {did() + "#key-1", "assertionMethod"}, key));
  }
  std::string answer(const std::string& request) {
    const std::size_t from = request.find(' ') + 1;
    const std::string path = request.substr(from, request.find(' ', from) - from);
    const std::scoped_lock lock(mutex_);
    const auto found = answers_.find(path);
    return found != answers_.end() ? found->second : http_answer(404, "text/plain", "");
  }

  const core::Ed25519SigningKey key_ = key_of(9);
  std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  TlsServer server_;
};

/// A node that knows nobody, and trusts an authority which gave the stranger its certificate.
struct World {
  explicit World(bool starts = true) {
    authority.write_to(folder / "ca.pem");
    trusted = std::make_unique<TrustedAuthority>(folder / "ca.pem");
    if (starts) acme.start();
  }
  Reply verify(const Json& credential) const { return verify_credential(acme, credential, "w3c"); }
  Reply resolve(const std::string& did) const {
    return acme.at_public().get("/1.0/identifiers/" + node::http::percent_encode(did));
  }

  const core::testing::TempDir folder;
  const CertificateAuthority authority;
  std::unique_ptr<TrustedAuthority> trusted;
  Stranger stranger{authority};
  Node acme{folder.path(), "acme"};
};

void check_refused(const Reply& reply, const std::string& outcome, const std::string& code) {
  INFO(reply.text);
  CHECK(reply.status == 400);
  CHECK(reply.code() == code);
  REQUIRE(reply.body.find_string("outcome") != nullptr);
  CHECK(*reply.body.find_string("outcome") == outcome);
}

}  // namespace

TEST_CASE("a stranger's credential is verified over TLS until its issuer revokes it",
          "[stranger]") {
  World world;
  const Json credential = world.stranger.credential(world.stranger.list_url());
  const Reply accepted = world.verify(credential);
  INFO(accepted.text);
  REQUIRE(accepted.status == 200);
  CHECK(*accepted.body.find_string("profile") == "w3c");

  world.stranger.publish(world.stranger.key(), {7});
  check_refused(world.verify(credential), "rejected", "revoked");
  world.stranger.publish(world.stranger.key(), {8});
  CHECK(world.verify(credential).status == 200);
  // The document was held all the while.
  CHECK(world.stranger.asked("/.well-known/did.json") == 1);
  CHECK(world.stranger.asked("/status/1") == 3);

  world.stranger.stop();
  check_refused(world.verify(credential), "undetermined", "STATUS_RETRIEVAL_ERROR");
}

TEST_CASE("a stranger's document that is gone is believed no longer, although it was held",
          "[stranger]") {
  World world;
  const Json credential = world.stranger.credential(world.stranger.list_url());
  REQUIRE(world.verify(credential).status == 200);
  world.stranger.serve("/.well-known/did.json", http_answer(410, "text/plain", ""));
  // Held, until somebody doubts it: here a proof that is not the document's key's.
  Json altered = credential;
  altered.set("credentialSubject", Json::object({{"id", "did:example:other"}}));
  const bool took_effect =
      eventually([&] { return world.verify(altered).code() == "key_not_found"; });
  CHECK(took_effect);
  check_refused(world.verify(credential), "rejected", "key_not_found");
}

TEST_CASE("a stranger's DID is resolved over HTTP and on the command line", "[stranger]") {
  World world;
  const Reply found = world.resolve(world.stranger.did());
  INFO(found.text);
  REQUIRE(found.status == 200);
  CHECK(*found.body.find_string("id") == world.stranger.did());
  const Finished printed = world.acme.avow({"did", "resolve", world.stranger.did()});
  INFO(printed.err);
  CHECK(printed.exit_code == 0);
  CHECK(printed.out.find(world.stranger.did()) != std::string::npos);
  const Finished missing = world.acme.avow({"did", "resolve", world.stranger.did() + ":nobody"});
  CHECK(missing.exit_code != 0);
}

TEST_CASE("among members a stranger is refused and never asked [STATUS-17]", "[stranger]") {
  World world;
  const Json credential = world.stranger.credential(world.stranger.list_url());
  const Reply refused = verify_credential(world.acme, credential, "consortium");
  check_refused(refused, "rejected", "issuer_unknown");
  CHECK(world.stranger.asked("/.well-known/did.json") == 0);
  CHECK(world.stranger.asked("/status/1") == 0);
}

TEST_CASE("each way in which a stranger's document is wrong has its answer", "[stranger]") {
  World world;
  const auto& key = world.stranger.key();
  const std::string path = "/.well-known/did.json";
  const Json credential = world.stranger.credential(world.stranger.list_url());
  const auto check = [&](const std::string& answer, const std::string& outcome,
                         const std::string& code) {
    world.stranger.serve(path, answer);
    check_refused(world.verify(credential), outcome, code);
  };
  check("HTTP/1.1 302 Found\r\nLocation: " + world.stranger.list_url() +
            "\r\nContent-Length: 0\r\n\r\n",
        "undetermined", "unavailable");
  check(Stranger::document("did:web:other.example", key), "rejected", "invalid_did_document");
  check(http_answer(200, "application/json", std::string(64 * 1024 + 1, ' ')), "rejected",
        "document_too_large");
  check(http_answer(200, "text/html", "<html>"), "rejected", "representation_not_supported");
  check("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
        "rejected", "representation_not_supported");
  check(http_answer(404, "text/plain", ""), "rejected", "key_not_found");
  // Nothing of it was held: a good document counts at once.
  world.stranger.publish(key, {});
  CHECK(world.verify(credential).status == 200);
}

TEST_CASE("a host that drips its document is given up, and said to be too slow [DID-29]",
          "[stranger]") {
  World world;
  TlsServerOptions slow;
  slow.pause = std::chrono::milliseconds(20);
  const TlsServer dripping(
      world.authority.issue("localhost"),
      [](const std::string&) {
        return "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + std::string(9999, ' ');
      },
      slow);
  const Reply reply = world.resolve("did:web:localhost%3A" + std::to_string(dripping.port()));
  INFO(reply.text);
  REQUIRE(reply.status == 504);
  CHECK(*reply.body.find("didResolutionMetadata")->find("error")->find_string("title") ==
        "timed_out");
}

TEST_CASE("each way in which a stranger's list is wrong has its answer", "[stranger]") {
  World world;
  const auto& key = world.stranger.key();
  const Json credential = world.stranger.credential(world.stranger.list_url());
  const auto check = [&](const std::string& answer, const std::string& outcome,
                         const std::string& code) {
    world.stranger.serve("/status/1", answer);
    check_refused(world.verify(credential), outcome, code);
  };
  check("HTTP/1.1 302 Found\r\nLocation: /status/2\r\nContent-Length: 0\r\n\r\n", "undetermined",
        "STATUS_RETRIEVAL_ERROR");
  check(http_answer(404, "text/plain", ""), "undetermined", "STATUS_RETRIEVAL_ERROR");
  check(world.stranger.list(key_of(3), {}), "rejected", "STATUS_VERIFICATION_ERROR");
  check(world.stranger.list(key, {}, "2"), "rejected", "status_list_id");
  check(http_answer(200, "application/vc", std::string((std::size_t{4} << 20) + 1, ' ')),
        "rejected", "status_list_too_large");
  const core::Bytes bomb(revocation::kMaxExpandedListBytes + 1);
  check(world.stranger.list(key, {}, "1", bomb), "rejected", "status_list_too_large");
  check(http_answer(200, "application/vc", "{"), "rejected", "MALFORMED_VALUE_ERROR");
  world.stranger.publish(key, {});
  CHECK(world.verify(credential).status == 200);
  CHECK(world.stranger.asked("/status/2") == 0);
}

TEST_CASE("a certificate that nobody known signed is refused by the node", "[stranger]") {
  World world(/*starts=*/false);
  world.trusted.reset();
  world.acme.start();
  const Json credential = world.stranger.credential(world.stranger.list_url());
  check_refused(world.verify(credential), "undetermined", "tls_failure");
  CHECK(world.stranger.asked("/.well-known/did.json") == 0);
}

}  // namespace stranger_test
