#pragma once

#include <functional>
#include <memory>

#include "did/resolver.h"
#include "registry/view.h"

namespace avow::registry {

/// The document of a log as `options` ask for it: the current one, that of a version id, or the one in force at a time.
/// `did` is the log's DID or the parallel did:web.
/// fails not_found (a version id), version_not_found, invalid_options, unavailable (issuer_forked: the log is forked)
did::Result<did::Resolution, did::Error> resolve_in_log(const MemberLog& log, const did::Did& did,
                                                        const did::ResolutionOptions& options);

/// Resolves what the consortium has said: members' did:webvh documents, their parallel did:web ones, and
/// the documents that members published for their agents and people. No network.
///
/// fails not_found; deactivated is a resolution, and an error only where its document had no room; unavailable
///       (issuer_forked: the feed that alone may publish it is forked, so no answer can be trusted;
///       document_not_kept: the feed's last word had no room or is no document, and an older one is not given for it)
class RegistryResolver final : public did::Resolver {
 public:
  /// Called for each resolution; null means that there is no charter yet. Thread-safe if `view` is,
  /// as Replica::view is.
  using CurrentView = std::function<std::shared_ptr<const View>()>;
  explicit RegistryResolver(CurrentView view) : view_(std::move(view)) {}
  did::Result<did::Resolution, did::Error> resolve(
      const did::Did& did, const did::ResolutionOptions& options = {}) const override;

 private:
  const CurrentView view_;
};

}  // namespace avow::registry
