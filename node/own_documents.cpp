#include "node/own_documents.h"

#include "did/did_web.h"
#include "node/agents/sqlite_agent_store.h"
#include "registry/registry_resolver.h"

namespace avow::node {
namespace {

constexpr std::size_t kMaxVersions = 1000;

Result<did::Did, Error> parse(const std::string& did) {
  auto parsed = did::Did::parse(did);
  if (!parsed) return fail(from_did(parsed.error(), "this is not a DID"));
  return std::move(*parsed);
}

}  // namespace

bool OwnDocuments::is_of_organisation(const did::Did& did) const {
  const auto own = did::did_web(records_.organisation.domain, {});
  return did == records_.organisation.did() || (own && did == *own);
}

Result<did::Did, Error> OwnDocuments::changeable(const std::string& did) const {
  auto parsed = parse(did);
  if (!parsed) return parsed;
  if (is_of_organisation(*parsed)) {
    return fail(Error{ErrorCode::denied, "the organisation's own document cannot be changed here",
                      "it follows from the organisation's did:webvh log",
                      "change the documents of its agents and people"});
  }
  return parsed;
}

Result<void, Error> OwnDocuments::check_controller(const core::Json& document) const {
  const std::string* controller = document.find_string("controller");
  if (controller != nullptr && *controller == records_.organisation.did().text()) return {};
  return fail(Error{ErrorCode::invalid_input, "this document cannot be taken",
                    "its controller is not the organisation",
                    "give it \"controller\": \"" + records_.organisation.did().text() + "\""});
}

Result<void, Error> OwnDocuments::claim_keys(core::Transaction& transaction, const did::Did& did,
                                             const core::Json& document) const {
  const auto read = did::Document::from_json(document, did);
  if (!read) return fail(from_did(read.error(), "this document cannot be taken"));
  core::PublicKeyCache keys{1};
  for (const did::VerificationMethod& method : read->verification_methods()) {
    const auto key = did::public_key_of(method, keys);
    // What is no key that verifies here is nobody's.
    if (!key || SqliteAgentStore::claim_key(transaction, did.text(), key->to_multikey())) continue;
    return fail(Error{ErrorCode::conflict, "this document cannot be taken",
                      method.id + " is, or was, the key of another agent",
                      "make a key of its own for each agent"});
  }
  return {};
}

Result<DocumentChange, Error> OwnDocuments::as_it_stands(const did::Did& did,
                                                         std::optional<Error> unsaid) const {
  auto current = records_.documents.current(did);
  if (!current) return fail(from_did(current.error(), "cannot read the document of " + did.text()));
  return DocumentChange{std::move(*current), std::move(unsaid)};
}

Result<void, Error> OwnDocuments::update_in(core::Transaction& transaction, const did::Did& did,
                                            const core::Json& document, const std::string& actor,
                                            core::Instant now) const {
  const std::string what = "cannot update the document of " + did.text();
  const auto before = records_.documents.current_in(transaction, did);
  if (!before) return fail(from_did(before.error(), what));
  if (auto put = records_.documents.put(transaction, did, document, now); !put)
    return fail(from_did(put.error(), what));
  if (before->document->json() == document) return {};
  if (auto claimed = claim_keys(transaction, did, document); !claimed) return claimed;
  if (auto said = records_.membership.say_document(transaction, document,
                                                   registry::DocumentStatus::active, now);
      !said)
    return said;
  records_.audit.append(
      transaction, now,
      {actor, "did.update", did.text(), core::Json::object({{"versionBefore", before->version}})});
  return {};
}

Result<DocumentChange, Error> OwnDocuments::update(const std::string& did,
                                                   const core::Json& document,
                                                   const std::string& actor) {
  const auto id = changeable(did);
  if (!id) return fail(id.error());
  if (auto checked = check_controller(document); !checked) return fail(checked.error());
  const auto done = records_.change("the document could not be stored",
                                    [&](core::Transaction& transaction, core::Instant now) {
                                      return update_in(transaction, *id, document, actor, now);
                                    });
  if (!done) return fail(done.error());
  return as_it_stands(*id, std::nullopt);
}

/// gives why it could not be said, if so
Result<std::optional<Error>, Error> OwnDocuments::deactivate_in(core::Transaction& transaction,
                                                                const did::Did& did,
                                                                const std::string& reason,
                                                                const std::string& actor,
                                                                core::Instant now) const {
  const std::string what = "cannot deactivate " + did.text();
  const auto before = records_.documents.current_in(transaction, did);
  if (!before) return fail(from_did(before.error(), what));
  if (auto ended = records_.documents.deactivate(transaction, did, now); !ended)
    return fail(from_did(ended.error(), what));
  std::optional<Error> unsaid;
  if (auto said = records_.membership.say_document(transaction, before->document->json(),
                                                   registry::DocumentStatus::deactivated, now);
      !said) {
    if (said.error().code == ErrorCode::storage) return fail(said.error());
    unsaid = said.error();
  }
  core::Json details = core::Json::object({{"reason", reason}});
  if (unsaid) details.set("unsaid", code_name(unsaid->code));
  records_.audit.append(transaction, now, {actor, "did.deactivate", did.text(), details});
  return unsaid;
}

Result<DocumentChange, Error> OwnDocuments::deactivate(const std::string& did,
                                                       const std::string& reason,
                                                       const std::string& actor) {
  const auto id = changeable(did);
  if (!id) return fail(id.error());
  std::optional<Error> unsaid;
  const auto kept_back =
      records_.stop("the DID could not be deactivated",
                    [&](core::Transaction& transaction, core::Instant now) -> Result<void, Error> {
                      auto ended = deactivate_in(transaction, *id, reason, actor, now);
                      if (!ended) return fail(ended.error());
                      unsaid = std::move(*ended);
                      return {};
                    });
  if (!kept_back) return fail(kept_back.error());
  if (*kept_back && !unsaid) unsaid = **kept_back;
  return as_it_stands(*id, std::move(unsaid));
}

/// Under either of its names.
Result<std::vector<did::Resolution>, Error> OwnDocuments::history_of_organisation(
    const did::Did& did) const {
  const registry::MemberLog log = records_.organisation.log();
  std::vector<did::Resolution> versions;
  for (auto number = log.newest_counted(); number >= 1 && versions.size() < kMaxVersions;
       --number) {
    auto version = registry::resolve_in_log(log, did, {.version_number = number});
    if (!version) {
      return fail(from_did(version.error(), "cannot read the history of " + did.text()));
    }
    versions.push_back(std::move(*version));
  }
  return versions;
}

Result<std::vector<did::Resolution>, Error> OwnDocuments::history(const std::string& did) const {
  const auto id = parse(did);
  if (!id) return fail(id.error());
  if (is_of_organisation(*id)) return history_of_organisation(*id);
  auto versions = records_.documents.history(*id, kMaxVersions);
  if (!versions) return fail(from_did(versions.error(), "cannot read the history of " + did));
  return std::move(*versions);
}

}  // namespace avow::node
