#pragma once

#include "core/ed25519.h"
#include "core/random.h"
#include "node/error.h"
#include "node/keystore/keystore.h"

namespace avow::node {

/// The keys by which other members' nodes know this one. They sign nothing that counts in the registry.
struct NodeKeys {
  core::Ed25519SigningKey now;
  /// Takes its place with the next rotation; `node.set` names it beside the other from the beginning, so a node that
  /// begins to use it is known already.
  core::Ed25519PublicKey next;
};

/// Those in the key store; those that are not there are made, and durable when it returns: in a directory from before
/// there were any, or after a rotation that was cut short.
/// fails what Keystore's load() and add() fail with
Result<NodeKeys, Error> open_node_keys(Keystore& store, core::Random& random);

/// The key in use is given up for the next one. No node may run on the directory; its next start tells members.
/// fails what open_node_keys() fails with, storage
Result<NodeKeys, Error> rotate_node_key(Keystore& store, core::Random& random);

}  // namespace avow::node
