#include "node/http/internal/peer_tls.h"

#include <algorithm>
#include <array>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "node/http/peer_identity.h"

namespace avow::node::http {
namespace {

constexpr long kMaxCertificateBytes = 8192;  // of all that one side shows

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&::X509_free)>;

Certificate certificate_of(EVP_PKEY* key) {
  Certificate made(X509_new(), &::X509_free);
  X509* certificate = made.get();
  if (certificate == nullptr) return made;
  X509_NAME* name = X509_get_subject_name(certificate);
  const bool is_made =
      X509_set_version(certificate, X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
      ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "700101000000Z") == 1 &&
      ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z") == 1 &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>("avow node"), -1, -1,
                                 0) == 1 &&
      X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
      X509_sign(certificate, key, nullptr) > 0;
  if (!is_made) made.reset();
  return made;
}

bool show(SSL_CTX* context, const core::Ed25519SigningKey& identity) {
  const auto seed = identity.reveal_seed();
  const PrivateKey key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
      &::EVP_PKEY_free);
  if (key == nullptr) return false;
  const Certificate certificate = certificate_of(key.get());
  return certificate != nullptr && SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

SslContext context_for(const SSL_METHOD* method) {
  SslContext made(SSL_CTX_new(method), &::SSL_CTX_free);
  SSL_CTX* context = made.get();
  if (context == nullptr) return made;
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  // A peer that only renews its keys would keep SSL_read busy for as long as it likes.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_max_cert_list(context, kMaxCertificateBytes);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &ShownKey::judge, nullptr);
  const bool is_set_up = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
                         SSL_CTX_set_num_tickets(context, 0) == 1 &&
                         SSL_CTX_set_max_early_data(context, 0) == 1 &&
                         SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1;
  if (!is_set_up) made.reset();
  return made;
}

}  // namespace

std::unique_ptr<const PeerTls> PeerTls::make(const core::Ed25519SigningKey* identity) {
  SslContext server = context_for(TLS_server_method());
  SslContext client = context_for(TLS_client_method());
  const bool is_made =
      server != nullptr && client != nullptr &&
      (identity == nullptr || (show(server.get(), *identity) && show(client.get(), *identity)));
  ERR_clear_error();
  if (!is_made) return nullptr;
  return std::unique_ptr<const PeerTls>(new PeerTls(std::move(server), std::move(client)));
}

int ShownKey::judge(X509_STORE_CTX* asked, void* /*ignored*/) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(asked, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* shown = static_cast<ShownKey*>(SSL_get_app_data(ssl));
  X509* certificate = X509_STORE_CTX_get0_cert(asked);
  if (shown != nullptr && certificate != nullptr && shown->take(certificate)) return 1;
  X509_STORE_CTX_set_error(asked, X509_V_ERR_CERT_REJECTED);
  return 0;
}

bool ShownKey::take(X509* certificate) {
  has_certificate_ = true;
  EVP_PKEY* found = X509_get0_pubkey(certificate);
  std::array<std::uint8_t, core::Ed25519PublicKey::kSize> bytes{};
  std::size_t size = bytes.size();
  if (found == nullptr || EVP_PKEY_get_id(found) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(found, bytes.data(), &size) != 1 || size != bytes.size()) {
    return false;
  }
  // OpenSSL 3.0 takes any signature under a key of small order.
  const auto key = core::Ed25519PublicKey::from_bytes(bytes);
  if (!key) return false;
  key_ = key->to_multikey();
  return !is_pinned_ || std::find(allowed_.begin(), allowed_.end(), key_) != allowed_.end();
}

PeerIdentity::PeerIdentity(std::string key, std::unique_ptr<const PeerTls> tls)
    : key_(std::move(key)), tls_(std::move(tls)) {}
PeerIdentity::~PeerIdentity() = default;

Result<std::shared_ptr<const PeerIdentity>, Error> PeerIdentity::of(
    const core::Ed25519SigningKey& key) {
  auto tls = PeerTls::make(&key);
  if (tls == nullptr)
    return fail(Error{ErrorCode::internal, "TLS between nodes cannot be set up",
                      "OpenSSL takes no Ed25519 key",
                      "use OpenSSL 3 with its default provider; no policy may forbid Ed25519"});
  return std::shared_ptr<const PeerIdentity>(
      new PeerIdentity(key.public_key().to_multikey(), std::move(tls)));
}

}  // namespace avow::node::http
