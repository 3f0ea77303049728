#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "vc/error.h"
#include "vc/verdict.h"

namespace avow::vc::internal {

/// Adds checks about one document to a verdict.
class CheckList {
 public:
  CheckList(Verdict& verdict, std::string subject)
      : verdict_(verdict), subject_(std::move(subject)) {}

  /// A list of checks about a part of the document.
  CheckList of(const std::string& part) const { return {verdict_, subject_ + ", " + part}; }

  /// Adds it; true if it passed.
  bool add(Check check) {
    check.subject = subject_;
    const bool passed = check.outcome == CheckOutcome::passed;
    verdict_.checks.push_back(std::move(check));
    return passed;
  }

  /// The one of that name about this document; null if there is none. Until another is added.
  Check* find(const char* name) {
    const auto found = std::ranges::find_if(verdict_.checks, [&](const Check& check) {
      return check.name == name && check.subject == subject_;
    });
    return found == verdict_.checks.end() ? nullptr : &*found;
  }

  /// What is not looked at here, and whoever reads the verdict may believe it was.
  void add_not_checked(const std::string& what) {
    verdict_.not_checked.push_back(what + " (" + subject_ + ")");
  }

  /// Adds a failed check from an error of this room; the pointer becomes evidence.
  bool add_error(const char* name, const Error& error, const char* remedy) {
    core::Json evidence = core::Json::object();
    if (!error.pointer.empty()) evidence.set("pointer", error.pointer);
    return add(
        Check::failed(name, code_name(error.code), error.detail, remedy, std::move(evidence)));
  }

 private:
  Verdict& verdict_;
  std::string subject_;
};

}  // namespace avow::vc::internal
