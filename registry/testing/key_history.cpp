#include "registry/testing/key_history.h"

#include <stdexcept>
#include <utility>

namespace avow::registry::testing {

KeyVersion KeyHistory::after(const did::WebvhEntry& previous, core::Instant when,
                             std::uint8_t variant) const {
  const auto version = static_cast<std::uint8_t>(previous.version + 1);
  auto signing = key_of('s', version, variant);
  did::WebvhChange change;
  const auto key_id = of_->did + "#key-" + std::to_string(version);
  change.document = document(key_id, signing);
  const auto update = update_key(version);
  change.update_keys = {{update.public_key()}};
  change.next_key_hashes = {{did::webvh_key_hash(
      update_key(static_cast<std::uint8_t>(version + 1)).public_key().to_multikey())}};
  auto entry = did::append_webvh_entry(previous, change, update, when);
  if (!entry) throw std::runtime_error(entry.error().detail);
  return {std::move(*entry), std::move(signing), key_id};
}

core::Ed25519SigningKey KeyHistory::update_key(std::uint8_t version) const {
  if (version == 2) return Organisation::make_key(static_cast<std::uint8_t>(number_ + 50));
  return key_of('u', version, 0);
}

core::Json KeyHistory::document(const std::string& key_id,
                                const core::Ed25519SigningKey& key) const {
  auto document = of_->entry.document->json();
  document.set("verificationMethod",
               core::Json::array(
                   {core::Json::object({{"id", key_id},
                                        {"type", "Multikey"},
                                        {"controller", of_->did},
                                        {"publicKeyMultibase", key.public_key().to_multikey()}})}));
  document.set("authentication", core::Json::array({key_id}));
  document.set("assertionMethod", core::Json::array({key_id}));
  return document;
}

core::Ed25519SigningKey KeyHistory::key_of(char purpose, std::uint8_t version,
                                           std::uint8_t variant) const {
  core::Bytes seed(32, 7);
  seed[0] = number_;
  seed[1] = static_cast<std::uint8_t>(purpose);
  seed[2] = version;
  seed[3] = variant;
  return std::move(*core::Ed25519SigningKey::from_seed(seed));
}

}  // namespace avow::registry::testing
