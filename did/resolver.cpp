#include "did/resolver.h"

namespace avow::did {
namespace {

std::chrono::sys_seconds second_of(core::Instant at) {
  return std::chrono::floor<std::chrono::seconds>(at);
}

Error missing(EarlierVersions earlier, std::string detail) {
  if (earlier == EarlierVersions::none) return {ErrorCode::version_not_found, std::move(detail)};
  detail += "; earlier versions are kept by the DID's own organisation alone";
  return {ErrorCode::feature_not_supported, std::move(detail)};
}

}  // namespace

bool is_valid_at(core::Instant valid_from, core::Instant at) {
  return second_of(valid_from) <= second_of(at);
}

Result<void, Error> check(const ResolutionOptions& options) {
  const int selectors = int{options.version_id.has_value()} +
                        int{options.version_time.has_value()} +
                        int{options.version_number.has_value()};
  if (selectors <= 1) return {};
  return fail(Error{ErrorCode::invalid_options,
                    "versionId, versionTime and versionNumber exclude each other: ask with one"});
}

Result<Resolution, Error> if_wanted(Resolution found, const ResolutionOptions& options,
                                    EarlierVersions earlier) {
  if (auto checked = check(options); !checked) return fail(std::move(checked.error()));
  if (options.version_id && *options.version_id != found.version) {
    return fail(missing(earlier, "the version known here is " + found.version));
  }
  const bool is_the_first = earlier == EarlierVersions::none;
  if (options.version_number && !(is_the_first && *options.version_number == 1)) {
    return fail(missing(earlier, "the one version known here is asked for by its id"));
  }
  const auto since = found.valid_from();
  if (options.version_time && since && !is_valid_at(*since, *options.version_time)) {
    return fail(
        missing(earlier, "the version known here counts since " + core::format_seconds(*since)));
  }
  return found;
}

}  // namespace avow::did
