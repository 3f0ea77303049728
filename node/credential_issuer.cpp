#include "node/credential_issuer.h"

#include <algorithm>
#include <map>

#include "core/canonical_json.h"
#include "node/agents/agent_stop_book.h"
#include "node/issued_batches.h"
#include "node/transaction.h"
#include "registry/stopped_agents.h"
#include "vc/credential.h"
#include "vc/namespace.h"

namespace avow::node {
std::string_view name_of(CredentialIssuer::Change change) {
  switch (change) {
    case CredentialIssuer::Change::suspend:
      return "suspend";
    case CredentialIssuer::Change::resume:
      return "resume";
    case CredentialIssuer::Change::revoke:
      return "revoke";
  }
  return "";
}

core::Json CredentialIssuer::capability_credential(const Agent& agent, const std::string& type,
                                                   const core::Json& claims, core::Instant from,
                                                   std::chrono::seconds lifetime) const {
  core::Json subject = core::Json::object(
      {{"id", agent.did},
       {"agent", core::Json::object({{"name", agent.name},
                                     {"version", agent.version},
                                     {"type", agent.kind},
                                     {"provider", parts_.records.organisation.domain}})},
       {"owner", core::Json::object({{"id", agent.owner}, {"role", "responsible-human"}})}});
  if (const auto* members = claims.as_object()) {
    for (const auto& [name, value] : *members) subject.set(name, value);
  }
  return core::Json::object(
      {{"@context", core::Json::array({vc::kCredentialsV2Context, vc::kAvowContext})},
       {"type", core::Json::array({vc::kVerifiableCredential, type})},
       {"validFrom", core::format_seconds(from)},
       {"validUntil", core::format_seconds(from + lifetime)},
       {"credentialSubject", std::move(subject)}});
}

namespace {

Error awaiting_witnesses() {
  return {ErrorCode::awaiting_witnesses,
          "the next version of the organisation's log waits for its witnesses",
          "what is issued now would be judged by that version, which lists another key",
          "stop the node and complete it: avow key rotate --witness URL"};
}

}  // namespace

Result<core::Json, Error> CredentialIssuer::issue(core::Json credential, const std::string& actor) {
  // Not left to the feed, which need not hear of a credential: a restored database would give out indexes a second
  // time.
  if (auto may = parts_.records.membership.check_may_issue(); !may) return fail(may.error());
  if (credential.is_object() && credential.find("id") == nullptr)
    credential.set("id", "urn:uuid:" + core::random_uuid(parts_.random));
  const std::string* id = credential.find_string("id");
  if (id == nullptr || id->size() > 1024) {
    return fail(Error{
        ErrorCode::invalid_input, "this cannot be issued",
        "a credential is a JSON object whose id, if it has one, is a URL of at most 1,024 bytes",
        "leave the id out: the node makes one"});
  }
  core::Json issued;
  const auto& next_version = parts_.records.organisation.next_version_time;
  const auto done = parts_.records.change(
      "the credential could not be stored",
      [&](core::Transaction& transaction, core::Instant now) -> Result<void, Error> {
        if (next_version && now >= *next_version) return fail(awaiting_witnesses());
        auto made = issue_in(transaction, credential, *id, actor, now);
        if (!made) return fail(made.error());
        issued = std::move(*made);
        return {};
      });
  if (!done) return fail(done.error());
  return issued;
}

Result<core::Json, Error> CredentialIssuer::issue_in(core::Transaction& transaction,
                                                     core::Json credential, const std::string& id,
                                                     const std::string& actor, core::Instant now) {
  auto allocation = parts_.lists.allocate(transaction, id);
  if (!allocation)
    return fail(from_revocation(
        allocation.error(), "cannot give the credential " + id + " a place in the status lists"));
  for (const auto& opened : allocation->opened) {
    if (auto said = parts_.records.membership.say(transaction, registry::StatementKind::status_list,
                                                  revocation::to_json(opened), now);
        !said)
      return fail(said.error());
  }
  vc::IssueOptions options;
  // By the log, the key that signs is of its version, not of the moment before.
  options.now = std::max(now, parts_.records.organisation.entry.version_time);
  options.profile = parts_.profile;
  options.status = allocation->entries;
  const vc::Issuer issuer{parts_.records.organisation.did().text(),
                          parts_.records.organisation.assertion_method(), parts_.key};
  auto issued = vc::issue(std::move(credential), issuer, options, parts_.random);
  if (!issued) return fail(from_vc(issued.error(), "this cannot be issued"));
  if (auto recorded = record(transaction, *issued, allocation->slots, now); !recorded)
    return fail(recorded.error());
  parts_.records.audit.append(
      transaction, now,
      {actor, "credential.issue", id,
       core::Json::object(
           {{"sha256", core::to_multibase(core::sha256(core::to_canonical(*issued)))}})});
  return std::move(*issued);
}

/// Whoever has ended can present nothing, and a credential of later than that would say otherwise.
Result<void, Error> CredentialIssuer::check_subjects(
    core::Transaction& transaction, const std::vector<std::optional<std::string>>& ids) const {
  for (const auto& id : ids) {
    const auto did = did::Did::parse(id.value_or(""));
    if (!did) continue;  // a subject need not have a DID
    const auto stop = AgentStopBook::stop_of(transaction, registry::agent_hash(*id));
    if (stop.suspended || stop.disowned_from) {
      return fail(Error{ErrorCode::subject_stopped, "nothing can be issued to " + *id,
                        stop.disowned_from ? "it is disowned, which is final" : "it is suspended",
                        stop.disowned_from ? "enrol the agent anew, under another name"
                                           : "resume it first: avow agent resume NAME"});
    }
    const auto current = parts_.records.documents.current_in(transaction, *did);
    if (!current && current.error().code == did::ErrorCode::not_found) continue;  // not one of ours
    if (!current) return fail(from_did(current.error(), "cannot read the document of " + *id));
    if (!current->deactivated) continue;
    return fail(Error{ErrorCode::subject_deactivated, "nothing can be issued to " + *id,
                      "its DID is deactivated, which is final",
                      "enrol the agent anew, under another name"});
  }
  return {};
}

Result<void, Error> CredentialIssuer::record(core::Transaction& transaction,
                                             const core::Json& credential,
                                             const revocation::StatusSlots& slots,
                                             core::Instant now) {
  const auto view = vc::Credential::from_json(credential);
  if (!view) return fail(from_vc(view.error(), "this cannot be issued"));
  if (auto live = check_subjects(transaction, view->subject_ids); !live) return live;
  revocation::CredentialRecord record;
  record.id = *view->id;
  if (!view->subject_ids.empty()) record.subject = view->subject_ids.front().value_or("");
  record.types = view->specific_types();
  record.valid_from = view->valid_from;
  record.valid_until = view->valid_until;
  record.issued_at = now;
  record.slots = slots;
  record.text = core::to_canonical(credential);
  if (auto stored = parts_.lists.record(transaction, record); !stored)
    return fail(from_revocation(stored.error(), "cannot record the credential"));
  IssuedBatches::add(transaction, registry::leaf_hash(core::as_bytes(record.text)), now);
  return {};
}

CredentialIssuer::CredentialIssuer(const Parts& parts)
    : parts_(parts),
      stops_([this](const std::vector<Asked>& asked) { return change_all(asked); }, kStopsApart,
             kMostStops) {}

Result<StateChange, Error> CredentialIssuer::change(const std::string& credential_id, Change change,
                                                    const std::string& reason,
                                                    const std::string& actor) {
  Asked asked{credential_id, change, reason, actor};
  // What cannot be said undoes a resumption, and must not undo a stop with it.
  if (change == Change::resume) return std::move(change_all({asked}).front());
  return stops_.ask(std::move(asked));
}

std::vector<CredentialIssuer::Answer> CredentialIssuer::change_all(
    const std::vector<Asked>& asked) {
  std::vector<Answer> answers;
  const auto kept_back = parts_.records.stop(
      "the change could not be stored",
      [&](core::Transaction& transaction, core::Instant now) -> Result<void, Error> {
        answers.clear();
        for (const Asked& one : asked) answers.push_back(begin(transaction, one, now));
        if (auto said = say_all(transaction, answers, now); !said) return said;
        for (std::size_t i = 0; i < asked.size(); ++i) {
          if (!answers[i]) continue;
          if (auto said = say_again(transaction, asked[i], *answers[i], now); !said) return said;
          record_change(transaction, asked[i], *answers[i], now);
        }
        return {};
      });
  if (kept_back) {
    if (!*kept_back) return answers;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (!answers[i]) continue;
      if (asked[i].change == Change::resume) {
        answers[i] = fail(**kept_back);
      } else if (!answers[i]->unsaid) {
        answers[i]->unsaid = **kept_back;
      }
    }
    return answers;
  }
  answers.clear();
  if (asked.size() == 1) {
    answers.emplace_back(fail(kept_back.error()));
    return answers;
  }
  // A record that cannot be read must not keep the others from being stopped.
  for (const Asked& one : asked) answers.push_back(std::move(change_all({one}).front()));
  return answers;
}

/// In the lists; what it changed there is not said yet. It fails before it has changed anything.
CredentialIssuer::Answer CredentialIssuer::begin(core::Transaction& transaction, const Asked& asked,
                                                 core::Instant now) {
  const auto& id = asked.credential_id;
  auto& lists = parts_.lists;
  auto changed = asked.change == Change::revoke    ? lists.revoke(transaction, id, now)
                 : asked.change == Change::suspend ? lists.suspend(transaction, id, now)
                                                   : lists.resume(transaction, id, now);
  if (!changed)
    return fail(from_revocation(changed.error(),
                                "cannot " + std::string(name_of(asked.change)) + " " + id));
  StateChange begun;
  begun.change = std::move(*changed);
  return begun;
}

/// One statement for each list that changed.
Result<void, Error> CredentialIssuer::say_all(core::Transaction& transaction,
                                              std::vector<Answer>& answers, core::Instant now) {
  std::map<std::string, revocation::StatusDelta> together;  // by list
  for (const Answer& answer : answers) {
    if (!answer) continue;
    for (const auto& delta : answer->change.deltas) {
      auto& all =
          together.emplace(delta.list, revocation::StatusDelta{delta.list, {}, {}}).first->second;
      all.set.insert(all.set.end(), delta.set.begin(), delta.set.end());
      all.clear.insert(all.clear.end(), delta.clear.begin(), delta.clear.end());
    }
  }
  for (auto& [list, all] : together) {
    const bool is_stop = all.clear.empty();
    for (const auto& delta :
         revocation::make_deltas(list, std::move(all.set), std::move(all.clear))) {
      const auto said = parts_.records.membership.say(
          transaction, registry::StatementKind::status_delta, revocation::to_json(delta), now);
      if (!said && (!is_stop || said.error().code == ErrorCode::storage)) return fail(said.error());
      for (Answer& answer : answers) {
        const bool is_meant =
            answer && !answer->change.deltas.empty() && answer->change.deltas.front().list == list;
        if (!is_meant) continue;
        if (said) {
          answer->said = *said;
        } else {
          answer->unsaid = said.error();
        }
      }
    }
  }
  return {};
}

/// A stop that changed nothing may act here alone as yet, and who asks once more wants to know.
Result<void, Error> CredentialIssuer::say_again(core::Transaction& transaction, const Asked& asked,
                                                StateChange& change, core::Instant now) {
  if (asked.change == Change::resume || !change.change.deltas.empty()) return {};
  const auto slots =
      revocation::StatusListIssuer::find_credential(transaction, asked.credential_id)->slots;
  const auto said = parts_.records.membership.say_set_if_unsaid(
      transaction, asked.change == Change::revoke ? slots.revocation : slots.suspension, now);
  if (!said && said.error().code == ErrorCode::storage) return fail(said.error());
  if (said) {
    change.said = *said;
  } else {
    change.unsaid = said.error();
  }
  return {};
}

void CredentialIssuer::record_change(core::Transaction& transaction, const Asked& asked,
                                     StateChange& change, core::Instant now) {
  change.record = *revocation::StatusListIssuer::find_credential(transaction, asked.credential_id);
  change.audit = parts_.records.audit.append(
      transaction, now,
      {asked.actor, "credential." + std::string(name_of(asked.change)), asked.credential_id,
       core::Json::object({{"reason", asked.reason},
                           {"before", revocation::name_of(change.change.before)},
                           {"after", revocation::name_of(change.change.after)}})});
}

}  // namespace avow::node
