#include "node/own_documents.h"

#include "did/did_web.h"
#include "node/transaction.h"

namespace avow::node {
namespace {

constexpr std::size_t kMaxVersions = 1000;

Result<did::Did, Error> parse(const std::string& did) {
  auto parsed = did::Did::parse(did);
  if (!parsed) return fail(from_did(parsed.error(), "this is not a DID"));
  return std::move(*parsed);
}

}  // namespace

Result<did::Did, Error> OwnDocuments::changeable(const std::string& did) const {
  auto parsed = parse(did);
  if (!parsed) return parsed;
  const auto own = did::did_web(parts_.organisation.domain, {});
  if (*parsed == parts_.organisation.did() || (own && *parsed == *own)) {
    return fail(Error{ErrorCode::denied, "the organisation's own document cannot be changed here",
                      "it follows from the organisation's did:webvh log",
                      "change the documents of its agents and people"});
  }
  return parsed;
}

Result<void, Error> OwnDocuments::check_controller(const core::Json& document) const {
  const std::string* controller = document.find_string("controller");
  if (controller != nullptr && *controller == parts_.organisation.did().text()) return {};
  return fail(Error{ErrorCode::invalid_input, "this document cannot be taken",
                    "its controller is not the organisation",
                    "give it \"controller\": \"" + parts_.organisation.did().text() + "\""});
}

Result<did::Resolution, Error> OwnDocuments::finish(const did::Did& did,
                                                    const Result<void, Error>& done) {
  if (!done) return fail(done.error());
  if (auto released = parts_.membership.release(); !released) return fail(released.error());
  auto current = parts_.documents.current(did);
  if (!current) return fail(from_did(current.error(), "cannot read the document of " + did.text()));
  return std::move(*current);
}

Result<did::Resolution, Error> OwnDocuments::update(const std::string& did,
                                                    const core::Json& document,
                                                    const std::string& actor) {
  const auto id = changeable(did);
  if (!id) return fail(id.error());
  if (auto checked = check_controller(document); !checked) return fail(checked.error());
  const core::Instant now = parts_.clock.now();
  return finish(
      *id, transact(parts_.database, "the document could not be stored",
                    [&](core::Transaction& transaction) -> Result<void, Error> {
                      const std::string what = "cannot update the document of " + did;
                      const auto before = parts_.documents.current(*id);
                      if (!before) return fail(from_did(before.error(), what));
                      if (auto put = parts_.documents.put(transaction, *id, document, now); !put)
                        return fail(from_did(put.error(), what));
                      if (before->document->json() == document) return {};
                      if (auto said = parts_.membership.say_document(
                              transaction, document, registry::DocumentStatus::active, now);
                          !said)
                        return said;
                      parts_.audit.append(
                          transaction, now,
                          {actor, "did.update", did,
                           core::Json::object({{"versionBefore", before->version}})});
                      return {};
                    }));
}

Result<did::Resolution, Error> OwnDocuments::deactivate(const std::string& did,
                                                        const std::string& reason,
                                                        const std::string& actor) {
  const auto id = changeable(did);
  if (!id) return fail(id.error());
  const core::Instant now = parts_.clock.now();
  return finish(
      *id, transact(parts_.database, "the DID could not be deactivated",
                    [&](core::Transaction& transaction) -> Result<void, Error> {
                      const std::string what = "cannot deactivate " + did;
                      const auto before = parts_.documents.current(*id);
                      if (!before) return fail(from_did(before.error(), what));
                      if (auto put = parts_.documents.deactivate(transaction, *id, now); !put)
                        return fail(from_did(put.error(), what));
                      if (auto said = parts_.membership.say_document(
                              transaction, before->document->json(),
                              registry::DocumentStatus::deactivated, now);
                          !said)
                        return said;
                      parts_.audit.append(
                          transaction, now,
                          {actor, "did.deactivate", did, core::Json::object({{"reason", reason}})});
                      return {};
                    }));
}

Result<std::vector<did::Resolution>, Error> OwnDocuments::history(const std::string& did) const {
  const auto id = parse(did);
  if (!id) return fail(id.error());
  auto versions = parts_.documents.history(*id, kMaxVersions);
  if (!versions) return fail(from_did(versions.error(), "cannot read the history of " + did));
  return std::move(*versions);
}

}  // namespace avow::node
