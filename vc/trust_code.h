#pragma once

#include <string_view>

namespace avow::vc {

/// Why an issuer, or its key, is not believed. TrustPolicy answers with these, whatever stands behind it.
enum class TrustCode {
  issuer_unknown,         // no member
  issuer_not_authorised,  // a member, but not for this
  issuer_suspended,       // stopped by the network, for a time
  issuer_evicted,         // stopped by the network, for ever
  issuer_forked,          // a feed that decides says two things at once
  registry_stale,         // what decides is too old; undetermined
  rules_unknown,    // what decides was said by rules that this software does not know; undetermined
  key_compromised,  // made with a key that was stolen, and nothing shows that it was made before
  key_not_valid_then,  // not a key of the issuer's at the time asked about
  subject_suspended,   // who it is about is stopped by its organisation, for a time
  subject_disowned,    // … is no longer its organisation's
  denied_locally,      // by a rule of the verifier's own, whatever the network says
};

/// As programs see it: the enumerator's name.
std::string_view code_name(TrustCode code);

}  // namespace avow::vc
