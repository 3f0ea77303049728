#include "vc/internal/proof_set.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/printable.h"
#include "vc/internal/form.h"

namespace avow::vc::internal {
namespace {

using Proofs = std::span<const core::Json>;

Check proof_failed(std::string_view code, std::string_view detail) {
  return Check::failed("proof", code, detail,
                       "secure the document with an eddsa-jcs-2022 or ecdsa-jcs-2019 proof");
}

/// What previousProof names; nothing if it is neither a text nor a list of texts.
std::optional<std::vector<std::string>> previous_of(const core::Json& proof) {
  std::vector<std::string> names;
  const core::Json* member = proof.find("previousProof");
  if (member == nullptr) return names;
  const core::Json::Array* list = member->as_array();
  const Proofs items = list != nullptr ? Proofs(*list) : Proofs(member, 1);
  if (items.empty() || items.size() > kMaxProofs) return std::nullopt;
  for (const core::Json& item : items) {
    if (item.as_string() == nullptr) return std::nullopt;
    names.push_back(*item.as_string());
  }
  return names;
}

struct Link {
  std::string id;  // empty if the proof has none
  std::vector<std::string> previous;
};

/// Takes away, again and again, each proof that waits for none: what is left waits for itself.
bool has_cycle(std::vector<Link> waiting) {
  while (true) {
    std::set<std::string, std::less<>> ids;
    for (const Link& link : waiting) ids.insert(link.id);
    const auto is_waiting = [&ids](const std::string& id) { return ids.contains(id); };
    const auto gone = std::erase_if(waiting, [&is_waiting](const Link& link) {
      return std::ranges::none_of(link.previous, is_waiting);
    });
    if (gone == 0) return !waiting.empty();
  }
}

std::optional<Check> chain_fault(Proofs proofs) {
  std::set<std::string, std::less<>> ids;
  std::vector<Link> links;
  for (const core::Json& proof : proofs) {
    const core::Json* id = proof.find("id");
    if (id != nullptr && (id->as_string() == nullptr || !is_url(*id->as_string()))) {
      return proof_failed("malformed_proof", "the id of a proof is not a URL");
    }
    if (id != nullptr && !ids.insert(*id->as_string()).second) {
      return proof_failed("malformed_proof", "two proofs have the same id");
    }
    auto previous = previous_of(proof);
    if (!previous) {
      return proof_failed("malformed_proof", "previousProof is not a text or a list of texts");
    }
    links.push_back({id != nullptr ? *id->as_string() : std::string(), std::move(*previous)});
  }
  const auto is_missing = [&ids](const std::string& name) { return !ids.contains(name); };
  bool is_chain = false;
  for (const Link& link : links) {
    is_chain = is_chain || !link.previous.empty();
    if (std::ranges::any_of(link.previous, is_missing)) {
      return proof_failed("bad_proof_chain", "previousProof names a proof that is not there");
    }
  }
  if (!is_chain) return std::nullopt;
  if (has_cycle(std::move(links))) {
    return proof_failed("bad_proof_chain", "the proofs name each other in a circle");
  }
  return proof_failed("proof_chains_unsupported",
                      "what a proof of a chain signs is not defined for these suites");
}

/// The failed check of what has not even the shape of proofs; nothing if it has.
std::optional<Check> shape_fault(Proofs proofs) {
  if (proofs.empty()) return proof_failed("no_proof", "the list of proofs is empty");
  if (proofs.size() > kMaxProofs) {
    return proof_failed("too_many_proofs", "a document has at most 16 proofs");
  }
  for (const core::Json& proof : proofs) {
    const auto* members = proof.as_object();
    if (members == nullptr) return proof_failed("malformed_proof", "a proof is not an object");
    if (members->empty()) return proof_failed("no_proof", "a proof is empty");
  }
  return chain_fault(proofs);
}

/// The suites let a document append contexts after signing; a member's document may not.
bool has_whole_context(const core::Json& document, const core::Json& proof) {
  const core::Json* signed_context = proof.find("@context");
  const core::Json* context = document.find("@context");
  return signed_context != nullptr && context != nullptr && *signed_context == *context;
}

std::optional<ReadProof> read_one(const core::Json& document, const core::Json& json,
                                  Profile profile, CheckList checks) {
  auto proof = core::read_proof(json);
  if (!proof) {
    checks.add(proof_failed(core::code_name(proof.error().code), proof.error().detail));
    return std::nullopt;
  }
  if (profile == Profile::consortium && !has_whole_context(document, json)) {
    checks.add(Check::failed("proof", "context_mismatch",
                             "the proof's @context is not the document's",
                             "ask the signer for the document as it was signed"));
    return std::nullopt;
  }
  auto method = did::DidUrl::parse(proof->verification_method);
  if (!method || !method->fragment || !method->path.empty() || method->query) {
    checks.add(proof_failed("malformed_proof", "verificationMethod is not a DID with a fragment: " +
                                                   core::in_quotes(proof->verification_method)));
    return std::nullopt;
  }
  checks.add(Check::passed("proof", "a proof of " + proof->cryptosuite));
  return ReadProof{&json, std::move(*proof), std::move(*method), std::move(checks)};
}

}  // namespace

std::optional<std::vector<ReadProof>> read_proofs(const core::Json& document, Profile profile,
                                                  CheckList& checks) {
  const core::Json* member = document.find("proof");
  if (member == nullptr || member->is_null()) {
    checks.add(proof_failed("no_proof", "there is no proof"));
    return std::nullopt;
  }
  const core::Json::Array* set = member->as_array();
  const Proofs proofs = set != nullptr ? Proofs(*set) : Proofs(member, 1);
  if (auto fault = shape_fault(proofs)) {
    checks.add(std::move(*fault));
    return std::nullopt;
  }
  std::vector<ReadProof> read;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    auto one = read_one(document, proofs[i], profile,
                        set != nullptr ? checks.of("proof " + std::to_string(i + 1)) : checks);
    if (one) read.push_back(std::move(*one));
  }
  if (read.size() != proofs.size()) return std::nullopt;
  return read;
}

}  // namespace avow::vc::internal
