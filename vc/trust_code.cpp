#include "vc/trust_code.h"

#include <array>
#include <cstddef>

#include "core/enum_table.h"

namespace avow::vc {
namespace {

using Row = core::Named<TrustCode>;

constexpr std::array kCodes{
    Row{TrustCode::issuer_unknown, "issuer_unknown"},
    Row{TrustCode::issuer_not_authorised, "issuer_not_authorised"},
    Row{TrustCode::issuer_suspended, "issuer_suspended"},
    Row{TrustCode::issuer_evicted, "issuer_evicted"},
    Row{TrustCode::issuer_forked, "issuer_forked"},
    Row{TrustCode::registry_stale, "registry_stale"},
    Row{TrustCode::rules_unknown, "rules_unknown"},
    Row{TrustCode::key_compromised, "key_compromised"},
    Row{TrustCode::key_not_valid_then, "key_not_valid_then"},
    Row{TrustCode::subject_suspended, "subject_suspended"},
    Row{TrustCode::subject_disowned, "subject_disowned"},
    Row{TrustCode::denied_locally, "denied_locally"},
};
static_assert(core::is_row_for_each(kCodes, &Row::value, TrustCode::denied_locally));

}  // namespace

std::string_view code_name(TrustCode code) {
  return kCodes[static_cast<std::size_t>(code)].name;
}

}  // namespace avow::vc
