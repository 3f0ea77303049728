#include "vc/verdict.h"

#include <algorithm>
#include <initializer_list>

#include "core/printable.h"

namespace avow::vc {
namespace {

Check make(std::string_view name, CheckOutcome outcome, std::string_view code,
           std::string_view detail, std::string_view remedy, core::Json evidence) {
  return Check{std::string(name),
               outcome,
               std::string(code),
               core::printable(detail),
               core::printable(remedy),
               std::move(evidence),
               {}};
}

const Check* first_with(const std::vector<Check>& checks, CheckOutcome outcome) {
  const auto found = std::ranges::find(checks, outcome, &Check::outcome);
  return found == checks.end() ? nullptr : &*found;
}

bool is_one_of(const Check& check, std::initializer_list<std::string_view> codes) {
  return std::find(codes.begin(), codes.end(), check.code) != codes.end();
}

/// The failed check that a person needs to know of first. Null if none failed.
const Check* leading_failure(const std::vector<Check>& checks) {
  const Check* first = first_with(checks, CheckOutcome::failed);
  if (first == nullptr || !is_one_of(*first, {"suspended", "subject_suspended"})) return first;
  // Who waits for the end of such a stop would wait in vain.
  const auto final_one = std::ranges::find_if(checks, [](const Check& check) {
    return check.outcome == CheckOutcome::failed &&
           is_one_of(check, {"revoked", "subject_disowned"});
  });
  return final_one == checks.end() ? first : &*final_one;
}

core::Json to_json(const Check& check) {
  core::Json json = core::Json::object({{"name", check.name}, {"outcome", name_of(check.outcome)}});
  const auto set_text = [&json](std::string_view name, const std::string& text) {
    if (!text.empty()) json.set(name, text);
  };
  set_text("subject", check.subject);
  set_text("code", check.code);
  set_text("detail", check.detail);
  set_text("remedy", check.remedy);
  if (const auto* members = check.evidence.as_object(); members != nullptr && !members->empty()) {
    json.set("evidence", check.evidence);
  }
  return json;
}

}  // namespace

std::string_view name_of(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::passed:
      return "passed";
    case CheckOutcome::failed:
      return "failed";
    case CheckOutcome::undetermined:
      return "undetermined";
  }
  return "";
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
      return "accepted";
    case Outcome::rejected:
      return "rejected";
    case Outcome::undetermined:
      return "undetermined";
  }
  return "";
}

std::string_view name_of(Profile profile) {
  switch (profile) {
    case Profile::consortium:
      return "consortium";
    case Profile::w3c:
      return "w3c";
  }
  return "";
}

Check Check::passed(std::string_view name, std::string_view detail, core::Json evidence) {
  return make(name, CheckOutcome::passed, "", detail, "", std::move(evidence));
}

Check Check::failed(std::string_view name, std::string_view code, std::string_view detail,
                    std::string_view remedy, core::Json evidence) {
  return make(name, CheckOutcome::failed, code, detail, remedy, std::move(evidence));
}

Check Check::undetermined(std::string_view name, std::string_view code, std::string_view detail,
                          std::string_view remedy, core::Json evidence) {
  return make(name, CheckOutcome::undetermined, code, detail, remedy, std::move(evidence));
}

Outcome Verdict::outcome() const {
  if (first_with(checks, CheckOutcome::failed) != nullptr) return Outcome::rejected;
  if (checks.empty() || first_with(checks, CheckOutcome::undetermined) != nullptr)
    return Outcome::undetermined;
  return Outcome::accepted;
}

std::string Verdict::code() const {
  if (const Check* failed = leading_failure(checks)) return failed->code;
  if (const Check* open = first_with(checks, CheckOutcome::undetermined)) return open->code;
  return {};
}

core::Json Verdict::to_json() const {
  core::Json::Array check_items;
  for (const Check& check : checks) check_items.push_back(vc::to_json(check));
  core::Json::Array open_items;
  for (const std::string& open : not_checked) open_items.emplace_back(open);
  core::Json json = core::Json::object({{"verified", outcome() == Outcome::accepted},
                                        {"outcome", name_of(outcome())},
                                        {"profile", name_of(profile)},
                                        {"code", code()},
                                        {"checks", core::Json::array(std::move(check_items))},
                                        {"notChecked", core::Json::array(std::move(open_items))}});
  if (as_of) json.set("asOf", core::format_milliseconds(*as_of));
  return json;
}

}  // namespace avow::vc
