#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "did/did.h"
#include "did/resolver.h"

namespace avow::did {

/// The parameters of a DID URL that this node knows.
/// source W3C DID Resolution "DID Parameters"
struct DidParameters {
  std::optional<std::string> service;
  std::optional<std::string> service_type;
  std::optional<std::string> relative_ref;
  ResolutionOptions version;

  bool selects_services() const { return service || service_type; }
};

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// name=value pairs between '&', percent-decoded once; `query` is a DidUrl's.
QueryParameters query_parameters(std::string_view query);

/// fails invalid_did_url (a parameter that no specification knows, or one that is given twice or empty; a
///       versionTime that is not a datetime or lies more than 5 minutes after `now`, when the document may still
///       change; relativeRef without a service), feature_not_supported (a known parameter that this node does
///       not serve), invalid_options (two of versionId, versionTime, versionNumber)
Result<DidParameters, Error> did_parameters(const QueryParameters& query, core::Instant now);

/// What a DID URL means.
struct Dereferenced {
  enum class Kind { document, secondary, endpoint };
  /// document   the document, reduced to the selected services if the URL selects some
  /// secondary  a verification method or a service, with the document's context
  /// endpoint   as document; the URL asks for what stands at `endpoints`
  Kind kind = Kind::document;
  core::Json content;
  std::vector<std::string> endpoints =
      {};  // of the selected services, relativeRef and fragment applied
};

/// Pure: `resolution` is what the resolver gave for url.did and parameters.version.
///
/// fails not_found (no such method or service; a path, for which no rule exists), invalid_did_url (relativeRef
///       leaves the service's own origin, or gives no URL; a fragment on an endpoint that has one)
/// source W3C DID Resolution "DID URL Dereferencing Algorithm"
Result<Dereferenced, Error> dereference(const DidUrl& url, const DidParameters& parameters,
                                        const Resolution& resolution);

}  // namespace avow::did
