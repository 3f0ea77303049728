// What a person can do about each fault. No switch has a default: who adds a code says how it is mended.

#include "node/fixes.h"

namespace avow::node {
namespace {

// What several codes have in common.
constexpr std::string_view kOtherText =
    "mend what is named there and try again; what a command takes: avow COMMAND --help";
constexpr std::string_view kOtherKey =
    "give another key: an Ed25519 key as avow makes it (avow agent add --key-out FILE)";
constexpr std::string_view kAskTheSigner =
    "ask whoever signed it for a new one; nothing in it may be changed after it was signed";
constexpr std::string_view kLaterOrTell =
    "try again later; if it stays so, tell whoever runs that host";
constexpr std::string_view kDisk =
    "look at the disk and at who may write there; the node's log says more";
constexpr std::string_view kRoom =
    "make room on the disk that holds the data directory, then try again";
constexpr std::string_view kNewerProgram = "run the newer avow that wrote this data directory";
constexpr std::string_view kOtherProcess =
    "stop the process that has the data directory, or wait until it is done";
constexpr std::string_view kSmaller = "give less at once: a smaller file, or several";
constexpr std::string_view kFresher =
    "wait until the node has heard of it again (avow peer list), then try again";
constexpr std::string_view kGoverning = "see who governs and what comes next: avow govern show";
constexpr std::string_view kOtherActions =
    "compare with what is in force (`avow govern show`, `avow member list`); what actions there "
    "are, and their members: avow govern propose --help";
constexpr std::string_view kSettleFork =
    "stop the node, `avow key recover`, start it: the next epoch of the feed settles the fork, and "
    "says again what it must not take back";
constexpr std::string_view kOtherEntry =
    "give the did.jsonl as its organisation publishes it, unchanged";
constexpr std::string_view kClocks = "compare the clocks of both machines, or wait until that time";
constexpr std::string_view kFollow =
    "let the node follow its peers, then try again; see: avow peer list, avow status";
constexpr std::string_view kOtherSide =
    "nothing to mend here: whoever sent it is to send what counts; see: avow trust disputes";
constexpr std::string_view kRestored =
    "put the newest database back. If it is lost, or a thief signed: let it run until its peers "
    "have shown what they hold, stop it, `avow key recover` (it shows what is said again), start "
    "it. Never run two copies of one data directory";
constexpr std::string_view kGuardFile =
    "let the node's user read and write the folder of its keys, and make room there; take a "
    "damaged file away: the next start says what comes in its place";
constexpr std::string_view kFullFeed =
    "shorten documents (keys and services no longer used), withdraw accreditations instead of "
    "narrowing them, give agents that live for hours a did:key";
constexpr std::string_view kCharter =
    "compare it with what the founders have signed: avow charter show FILE";

}  // namespace

std::string_view usual_fix(core::ErrorCode code) {
  switch (code) {
    case core::ErrorCode::malformed_json:
    case core::ErrorCode::duplicate_key:
    case core::ErrorCode::unsafe_integer:
    case core::ErrorCode::number_range:
    case core::ErrorCode::invalid_utf8:
    case core::ErrorCode::invalid_unicode:
      return "give JSON in UTF-8 and nothing else (RFC 8259), each name once in an object";
    case core::ErrorCode::too_deep:
    case core::ErrorCode::too_many_nodes:
    case core::ErrorCode::too_large:
      return kSmaller;
    case core::ErrorCode::type:
    case core::ErrorCode::missing_member:
    case core::ErrorCode::unknown_member:
    case core::ErrorCode::control_char:
      return kOtherText;
    case core::ErrorCode::bad_base64url:
    case core::ErrorCode::bad_multibase:
      return "copy the text whole, without a space or a line break within";
    case core::ErrorCode::bad_datetime:
      return "write for example 2026-11-21T08:00:00Z (RFC 3339)";
    case core::ErrorCode::invalid_key:
    case core::ErrorCode::weak_key:
    case core::ErrorCode::alg_key_mismatch:
      return kOtherKey;
    case core::ErrorCode::private_key_material:
      return "give the public key alone, and consider this private key as lost";
    case core::ErrorCode::malformed_proof:
    case core::ErrorCode::unsupported_proof_type:
    case core::ErrorCode::unsupported_cryptosuite:
    case core::ErrorCode::context_mismatch:
    case core::ErrorCode::bad_proof:
      return kAskTheSigner;
    case core::ErrorCode::storage:
      return kDisk;
    case core::ErrorCode::storage_full:
      return kRoom;
    case core::ErrorCode::schema_newer:
      return kNewerProgram;
    case core::ErrorCode::locked:
      return kOtherProcess;
    case core::ErrorCode::unreachable:
    case core::ErrorCode::timed_out:
    case core::ErrorCode::response_too_large:
    case core::ErrorCode::unsupported_content_encoding:
    case core::ErrorCode::tls_failure:
      return kLaterOrTell;
    case core::ErrorCode::https_required:
      return "give a URL that begins with https://";
    case core::ErrorCode::blocked_address:
      return "name a host with a public address";
    case core::ErrorCode::too_many_fetches:
      return "try again in a moment: others are being fetched";
  }
  return kOtherText;
}

std::string_view usual_fix(did::ErrorCode code) {
  switch (code) {
    case did::ErrorCode::invalid_did:
    case did::ErrorCode::invalid_did_url:
      return "write for example did:web:acme.example:agents:Name; see: avow agent list, avow did "
             "show";
    case did::ErrorCode::invalid_options:
      return "see: avow did resolve --help";
    case did::ErrorCode::not_found:
      return "check the DID; those of this organisation: avow agent list, avow did show";
    case did::ErrorCode::version_not_found:
      return "see which versions there are: avow did history DID";
    case did::ErrorCode::method_not_supported:
    case did::ErrorCode::feature_not_supported:
    case did::ErrorCode::representation_not_supported:
      return "this build resolves did:webvh, did:web, did:key and did:jwk";
    case did::ErrorCode::invalid_did_document:
      return "mend the document: its id is the DID, its keys are Multikeys or JWKs";
    case did::ErrorCode::document_too_large:
      return "take out keys and services that nobody uses any more";
    case did::ErrorCode::deactivated:
      return "nothing brings it back: use another DID";
    case did::ErrorCode::conflict:
      return "use another name, or change what is there: avow did update DID FILE";
    case did::ErrorCode::invalid_log:
      return kOtherEntry;
    case did::ErrorCode::not_yet_valid:
      return kClocks;
    case did::ErrorCode::rollback_detected:
      return "ask the host's people for their newest did.jsonl; this one is older";
    case did::ErrorCode::blocked_address:
      return usual_fix(core::ErrorCode::blocked_address);
    case did::ErrorCode::too_many_fetches:
      return usual_fix(core::ErrorCode::too_many_fetches);
    case did::ErrorCode::tls_failure:
    case did::ErrorCode::timed_out:
    case did::ErrorCode::unavailable:
      return kLaterOrTell;
    case did::ErrorCode::resolution_stale:
      return kFresher;
  }
  return kOtherText;
}

std::string_view usual_fix(vc::ErrorCode code) {
  switch (code) {
    case vc::ErrorCode::not_an_object:
    case vc::ErrorCode::context_missing:
    case vc::ErrorCode::context_order:
    case vc::ErrorCode::context_malformed:
    case vc::ErrorCode::context_not_allowed:
    case vc::ErrorCode::unsupported_data_model:
    case vc::ErrorCode::id_malformed:
    case vc::ErrorCode::type_missing:
    case vc::ErrorCode::type_malformed:
    case vc::ErrorCode::undefined_term:
    case vc::ErrorCode::issuer_missing:
    case vc::ErrorCode::issuer_malformed:
    case vc::ErrorCode::subject_missing:
    case vc::ErrorCode::subject_malformed:
    case vc::ErrorCode::schema_malformed:
    case vc::ErrorCode::terms_of_use_malformed:
    case vc::ErrorCode::evidence_malformed:
    case vc::ErrorCode::refresh_service_malformed:
    case vc::ErrorCode::related_resource_malformed:
    case vc::ErrorCode::name_malformed:
    case vc::ErrorCode::holder_malformed:
    case vc::ErrorCode::credential_malformed:
    case vc::ErrorCode::nested_presentation:
    case vc::ErrorCode::media_type:
      return "give a credential or presentation of VC Data Model 2.0, as JSON with its proof in it";
    case vc::ErrorCode::bad_datetime:
      return usual_fix(core::ErrorCode::bad_datetime);
    case vc::ErrorCode::validity_reversed:
    case vc::ErrorCode::validity_required:
      return "give a begin, and an end after it";
    case vc::ErrorCode::lifetime_too_long:
      return "give a shorter --ttl";
    case vc::ErrorCode::status_malformed:
    case vc::ErrorCode::type:
    case vc::ErrorCode::range_error:
    case vc::ErrorCode::unsupported_status:
    case vc::ErrorCode::status_required:
      return "ask the issuer for a credential whose status is an entry of a BitstringStatusList";
    case vc::ErrorCode::too_many_items:
    case vc::ErrorCode::too_many_credentials:
      return kSmaller;
    case vc::ErrorCode::capability_malformed:
    case vc::ErrorCode::unknown_constraint:
    case vc::ErrorCode::constraint_malformed:
    case vc::ErrorCode::resource_malformed:
      return "mend the claims: each capability is an action, the resource if any, and constraints "
             "(eq, in, notIn, min, max, prefix, operatingHours, maxDataSizeBytes; vc/README.md "
             "\"What claims may say\")";
    case vc::ErrorCode::already_secured:
      return "give it without its proof: the node makes one";
    case vc::ErrorCode::issuer_mismatch:
      return "leave the issuer out, or name this organisation: avow did show";
  }
  return kOtherText;
}

std::string_view usual_fix(revocation::ErrorCode code) {
  switch (code) {
    case revocation::ErrorCode::malformed_body:
    case revocation::ErrorCode::status_verification_error:
    case revocation::ErrorCode::status_list_length_error:
    case revocation::ErrorCode::malformed_value_error:
    case revocation::ErrorCode::range_error:
    case revocation::ErrorCode::bad_multibase:
    case revocation::ErrorCode::bad_gzip:
    case revocation::ErrorCode::status_list_too_large:
    case revocation::ErrorCode::status_list_id:
    case revocation::ErrorCode::status_list_expired:
    case revocation::ErrorCode::https_required:
    case revocation::ErrorCode::status_issuer:
      return "tell the issuer, whose status list it is";
    case revocation::ErrorCode::status_retrieval_error:
      return kLaterOrTell;
    case revocation::ErrorCode::registry_stale:
      return kFresher;
    case revocation::ErrorCode::not_found:
    case revocation::ErrorCode::conflict:
      return "see what this node has issued, and how it stands: avow vc list";
    case revocation::ErrorCode::storage:
      return kDisk;
  }
  return kOtherText;
}

std::string_view usual_fix(registry::ErrorCode code) {
  switch (code) {
    case registry::ErrorCode::too_large:
      return kSmaller;
    case registry::ErrorCode::malformed:
    case registry::ErrorCode::not_canonical:
      return "give the file as it was written, unchanged: whoever made it can send it again";
    case registry::ErrorCode::wrong_network:
    case registry::ErrorCode::other_charter:
    case registry::ErrorCode::no_charter:
      return "start the node with its charter, and another network's with another --data";
    case registry::ErrorCode::unknown_feed:
    case registry::ErrorCode::key_not_authorised:
    case registry::ErrorCode::epoch_unknown:
    case registry::ErrorCode::entries_missing:
      return kFollow;
    case registry::ErrorCode::bad_signature:
    case registry::ErrorCode::bad_previous:
    case registry::ErrorCode::time_went_back:
    case registry::ErrorCode::beyond_fork:
    case registry::ErrorCode::beyond_cut:
    case registry::ErrorCode::not_a_fork:
    case registry::ErrorCode::consistency_failure:
    case registry::ErrorCode::epoch_closed:
      return kOtherSide;
    case registry::ErrorCode::hourly_limit:
      return "wait an hour, or say less at once";
    case registry::ErrorCode::bad_log_entry:
      return kOtherEntry;
    case registry::ErrorCode::not_a_witness:
      return "ask those whom the log names as its witnesses: avow charter show FILE lists them";
    case registry::ErrorCode::log_forked:
      return "governors settle which entry counts: avow govern propose --help (settle)";
    case registry::ErrorCode::not_yet_valid:
      return kClocks;
    case registry::ErrorCode::bad_charter:
    case registry::ErrorCode::charter_unsigned:
      return kCharter;
    case registry::ErrorCode::bad_slot:
      return kOtherActions;
    case registry::ErrorCode::not_a_governor:
    case registry::ErrorCode::slot_decided:
    case registry::ErrorCode::too_many_votes:
    case registry::ErrorCode::not_proposed:
    case registry::ErrorCode::not_decided:
    case registry::ErrorCode::vote_refused:
    case registry::ErrorCode::governance_stopped:
    case registry::ErrorCode::emergency_too_soon:
      return kGoverning;
    case registry::ErrorCode::not_a_member:
      return "see who is a member: avow member list; a governor proposes another: avow member "
             "admit";
    case registry::ErrorCode::feed_not_open:
    case registry::ErrorCode::not_released:
      return "try again in a moment; what the node waits for: avow status";
    case registry::ErrorCode::feed_frozen:
      return kSettleFork;
    case registry::ErrorCode::restored_backup:
    case registry::ErrorCode::foreign_statement:
      return kRestored;
    case registry::ErrorCode::already_signed:
      return "nothing is left to do; what comes next: avow status, avow govern show";
    case registry::ErrorCode::feed_full:
      return kFullFeed;
    case registry::ErrorCode::no_effect:
      return "see what the network has already: avow trust list, avow member list";
    case registry::ErrorCode::guard_file:
      return kGuardFile;
  }
  return kOtherText;
}

std::string_view usual_fix(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::invalid_input:
      return kOtherText;
    case ErrorCode::not_found:
      return "check the name; what there is: avow agent list, avow vc list, avow member list";
    case ErrorCode::conflict:
      return "see how it stands now: avow status";
    case ErrorCode::denied:
      return "ask whoever may do that";
    case ErrorCode::storage:
      return kDisk;
    case ErrorCode::storage_full:
      return kRoom;
    case ErrorCode::locked:
      return kOtherProcess;
    case ErrorCode::schema_newer:
      return kNewerProgram;
    case ErrorCode::not_initialised:
      return "make the organisation with avow init, or name its directory with --data";
    case ErrorCode::already_initialised:
      return "name another directory with --data";
    case ErrorCode::not_writable:
      return "let the node's user write there, or name another place";
    case ErrorCode::port_in_use:
      return "stop what listens there, or choose another port";
    case ErrorCode::address_refused:
      return "give an address that this build takes: loopback or private";
    case ErrorCode::configuration:
      return "see: avow serve --help";
    case ErrorCode::wrong_passphrase:
      return "give the passphrase with which the key was made";
    case ErrorCode::keystore_corrupt:
    case ErrorCode::keystore_weak:
      return "put the key file back from a backup";
    case ErrorCode::keystore_exposed:
      return "let nobody but the node's user read it: chmod 600 FILE, chmod 700 of its folder";
    case ErrorCode::memory_lock:
      return "allow more locked memory (ulimit -l, or LimitMEMLOCK of the service)";
    case ErrorCode::charter_invalid:
      return kCharter;
    case ErrorCode::restored_backup:
      return kRestored;
    case ErrorCode::not_admitted:
    case ErrorCode::awaiting_peers:
      return kFollow;
    case ErrorCode::awaiting_witnesses:
      return "ask those that have not signed: avow key rotate --witness URL for each";
    case ErrorCode::feed_full:
      return kFullFeed;
    case ErrorCode::subject_deactivated:
      return "enrol another agent: avow agent add";
    case ErrorCode::subject_stopped:
      return "see how it stands (avow agent list); a suspended one: avow agent resume NAME";
    case ErrorCode::key_compromised:
      return "stop the node, avow key rotate, start it";
    case ErrorCode::unreachable:
      return "see that the node runs and can be reached from here, then try again";
    case ErrorCode::internal:
      return "look at the node's log, and tell whoever maintains this program";
  }
  return kOtherText;
}

std::string fix_of(const Error& error) {
  return error.fix.empty() ? std::string(usual_fix(error.code)) : error.fix;
}

}  // namespace avow::node
