// How the network is governed, for the people who do: what is asked of them is shown in words before it is signed.

#include <algorithm>
#include <chrono>

#include "core/json_array.h"
#include "node/cli/asking.h"
#include "node/cli/commands.h"
#include "node/cli/duration.h"
#include "node/cli/moment.h"
#include "node/data_directory.h"
#include "registry/emergency.h"

namespace avow::node::cli {
namespace {

constexpr std::size_t kMaxCandidateLogBytes = std::size_t{16} << 20;

/// A member of an answer; null if it is missing.
core::Json member_of(const core::Json& object, std::string_view name) {
  const core::Json* value = object.find(name);
  return value != nullptr ? *value : core::Json();
}

void show_words(const core::Json& slot, const Console& console) {
  for (const core::Json& word : items(slot, "words"))
    console.line("  - " + printable(word.as_string() != nullptr ? *word.as_string() : ""));
}

std::string names(const core::Json& object, std::string_view list) {
  std::string out;
  for (const core::Json& item : items(object, list)) {
    if (item.as_string() == nullptr) continue;
    out += (out.empty() ? "" : ", ") + printable(*item.as_string());
  }
  return out.empty() ? "nobody" : out;
}

void show_proposal(const core::Json& proposal, const Console& console) {
  console.line("proposal  " + printable(cell(proposal, "hash")));
  show_words(proposal, console);
  console.line("  prepared by   " + names(proposal, "prepares"));
  console.line("  committed by  " + names(proposal, "commits"));
}

/// What a person may name a hash by.
std::string end_of(const std::string& hash) {
  return hash.substr(hash.size() - std::min<std::size_t>(6, hash.size()));
}

const core::Json* proposal_named(const core::Json& state, const std::string& hash) {
  const core::Json* open = state.find("open");
  if (open == nullptr) return nullptr;
  const core::Json* found = nullptr;
  for (const core::Json& proposal : items(*open, "proposals")) {
    const std::string known = cell(proposal, "hash");
    // The end of a hash is enough, if it is the end of one only.
    if (hash.empty() || known.ends_with(hash)) {
      if (found != nullptr) return nullptr;
      found = &proposal;
    }
  }
  return found;
}

bool names_few_witnesses(const core::Json& draft) {
  for (const core::Json& action : items(draft, "actions")) {
    const std::size_t count = items(action, "witnesses").size();
    if (cell(action, "action") == "charter" && count > 0 && count <= kFewWitnesses) return true;
  }
  return false;
}

/// What a proposer may not know: the slot is contested already, or what is proposed has a trap.
void warn_before_proposing(const Target& target, const core::Json& draft, const Console& console) {
  const auto state = get(target, "/v1/governance");
  const core::Json open = state ? member_of(*state, "open") : core::Json();
  if (const auto& proposals = items(open, "proposals"); !proposals.empty()) {
    console.warning("slot " + cell(open, "slot") + " has a proposal already (" +
                    printable(cell(proposals.front(), "hash")) +
                    "): of one slot one is decided, and votes for two may take another round. See: "
                    "avow govern show");
  }
  if (names_few_witnesses(draft)) console.warning(std::string(kFewWitnessesWarning));
}

/// What a draft would do, shown and agreed to; then proposed.
int propose_draft(const Target& target, const core::Json& body, bool yes, const Console& console) {
  const auto draft = post(target, "/v1/governance/draft", body);
  if (!draft) return console.fault(draft.error());
  warn_before_proposing(target, *draft, console);
  console.line("slot " + cell(*draft, "slot") + " would say:");
  show_words(*draft, console);
  const std::string hash = cell(*draft, "hash");
  const auto agreed =
      confirm("You sign that your organisation wants this: " + printable(hash), hash, yes, console);
  if (!agreed) return console.fault(agreed.error());
  const auto answer =
      post(target, "/v1/governance/propose",
           core::Json::object({{"actions", member_of(*draft, "actions")}, {"hash", hash}}));
  if (!answer) return console.fault(answer.error());
  console.line("proposed  " + printable(hash) + ", which is your organisation's prepare for it");
  console.line("next      each other governor signs: avow govern vote --proposal " + end_of(hash));
  console.line(
      "          once a quorum has, everybody signs the commit with: avow govern vote; "
      "you too, see: avow govern show");
  core::Json result = *answer;
  result.set("words", member_of(*draft, "words"));
  console.result(result);
  return 0;
}

/// Signing what? In the words of the person who does.
std::string meaning_of(const std::string& phase, bool is_bound) {
  if (phase == "commit")
    return "You sign that a quorum wants this: when a quorum has signed so, it is decided for "
           "ever.";
  if (phase == "close")
    return "You sign that this round cannot decide any more, and sign nothing further in it.";
  if (is_bound)
    return "You sign that your organisation takes this, which an earlier round has locked: that is "
           "a duty of voting, not consent.";
  return "You sign that your organisation wants this.";
}

Error nothing_to_choose(bool is_any) {
  return {ErrorCode::conflict,
          is_any ? "it is not clear which proposal is meant" : "nothing is proposed",
          is_any ? "a proposal goes by its hash, \"u\" and 43 letters or digits, or by the end of "
                   "it, as `avow govern show` lists them; none or several end so"
                 : "no governor has proposed anything for the slot that is open",
          is_any ? "name one: avow govern vote --proposal HASH (see: avow govern show)"
                 : "see: avow govern propose --help"};
}

/// What is to be signed is not for the proposal that was named: what it is instead.
Error other_duty(const core::Json& vote, const std::string& step, const std::string& proposal) {
  const std::string value = cell(vote, "value");
  std::string duty = "the close of round " + cell(vote, "round");
  if (cell(vote, "phase") != "close") {
    duty = cell(vote, "phase") + " of " + value;
    duty += step == "prepare_bound" ? ", which an earlier round has locked"
                                    : ", which a quorum has prepared";
  }
  return {ErrorCode::conflict, "what comes next is no vote for " + proposal, "it is the " + duty,
          "see: avow govern show; to sign that, leave --proposal out"};
}

/// The vote that the node says comes next, or the close that a person asks for.
Result<core::Json, Error> vote_to_sign(const core::Json& state, const GovernVoteOptions& options) {
  const core::Json* open = state.find("open");
  const core::Json* next = state.find("next");
  if (open == nullptr || next == nullptr) {
    return fail(Error{ErrorCode::denied, "this organisation does not govern the network",
                      "only governors vote", "see: avow govern show"});
  }
  core::Json vote = core::Json::object(
      {{"slot", member_of(*open, "slot")}, {"round", member_of(*open, "round")}});
  const core::Json* phase = next->find("phase");
  if (options.leave_round && (phase == nullptr || cell(*next, "phase") != "close")) {
    vote.set("phase", "close");
    vote.set("value", cell(*next, "closing"));
    return vote;
  }
  if (phase == nullptr) return vote;
  vote.set("phase", *phase);
  vote.set("value", cell(*next, "value"));
  const std::string step = cell(*next, "step");
  if (step == "choose") {
    const core::Json* chosen = proposal_named(state, options.proposal);
    if (chosen == nullptr) return fail(nothing_to_choose(!items(*open, "proposals").empty()));
    vote.set("value", cell(*chosen, "hash"));
  } else if (!options.proposal.empty()) {
    // A close says nothing for any proposal, also where it names one as its lock.
    const bool is_for_it = step != "close" && cell(vote, "value").ends_with(options.proposal);
    if (!is_for_it) return fail(other_duty(vote, step, options.proposal));
  }
  return vote;
}

bool stands_in(const core::Json::Array& list, const std::string& text) {
  return std::find(list.begin(), list.end(), core::Json(text)) != list.end();
}

/// The DID of this organisation, if it governs; else empty.
std::string own_did(const core::Json& state) {
  for (const core::Json& governor : items(state, "governors")) {
    if (cell(governor, "self") == "true") return cell(governor, "did");
  }
  return "";
}

/// A person names it by its DID or by its SCID.
bool is_of(const core::Json& emergency, const std::string& member) {
  return cell(emergency, "did") == member || cell(emergency, "scid") == member;
}

/// Emergencies for a member that other governors have signed and this organisation has not.
std::vector<core::Json> calls_for(const core::Json& state, const std::string& member) {
  const std::string own = own_did(state);
  std::vector<core::Json> found;
  for (const core::Json& call : items(state, "calls")) {
    if (is_of(call, member) && !stands_in(items(call, "by"), own)) found.push_back(call);
  }
  return found;
}

/// As options of the command that takes them over.
std::string times_of(const core::Json& call) {
  return " --from " + printable(cell(call, "from")) + " --until " + printable(cell(call, "until"));
}

/// Who signed which times, with the command that takes them over: only the same times count together, and one governor
/// can sign as many of its own as it likes.
std::string call_in_words(const core::Json& call) {
  return "from " + printable(cell(call, "from")) + " until " + printable(cell(call, "until")) +
         ", signed by " + names(call, "by") + ": avow govern emergency " +
         printable(cell(call, "did")) + times_of(call);
}

bool is_time(const core::Json& call, std::string_view name, const std::string& wanted) {
  if (wanted.empty()) return true;
  const auto one = core::parse_rfc3339(cell(call, name));
  const auto other = core::parse_rfc3339(wanted);
  return one && other && *one == *other;
}

/// The one whose times are to be taken over: of those that were named, or the only one that there is.
Result<core::Json, Error> call_for(const core::Json& state, const EmergencyOptions& options) {
  const auto& member = options.member;
  auto calls = calls_for(state, member);
  if (calls.empty()) {
    return fail(Error{ErrorCode::usage, "no other governor has begun an emergency for " + member,
                      "without one there are no times to take over",
                      "say how long with --for, at most 72h"});
  }
  std::string all;
  for (const auto& call : calls) all += (all.empty() ? "" : "; ") + call_in_words(call);
  std::erase_if(calls, [&](const core::Json& call) {
    return !is_time(call, "from", options.from) || !is_time(call, "until", options.until);
  });
  if (calls.size() == 1) return calls.front();
  return fail(Error{ErrorCode::usage,
                    calls.empty() ? "no other governor has signed an emergency of these times"
                                  : "governors have signed different times for " + member,
                    "only the same times count together", "choose one: " + all});
}

/// The first entry of a log (did.jsonl).
Result<core::Json, Error> read_first_entry(const std::filesystem::path& log) {
  const auto text = read_text_file(log, kMaxCandidateLogBytes);
  if (!text) return fail(text.error());
  auto entry = core::parse_json(text->substr(0, text->find('\n')));
  if (!entry) {
    Error error = from_core(entry.error(), log.string() + " is not a did.jsonl");
    error.fix = kGiveLog;
    return fail(std::move(error));
  }
  return std::move(*entry);
}

int change_member(const MemberChangeOptions& options, core::Json body, const Console& console) {
  if (auto from = put_moment(body, "from", "--from", options.from); !from)
    return console.fault(from.error());
  return propose_draft(options.target, body, options.yes, console);
}

}  // namespace

namespace {

/// Who governs and is not among these.
std::string awaited(const core::Json& state, const core::Json::Array& heard) {
  std::string out;
  for (const core::Json& governor : items(state, "governors")) {
    const std::string did = cell(governor, "did");
    if (stands_in(heard, did)) continue;
    out += (out.empty() ? "" : ", ") + printable(did);
  }
  return out.empty() ? "nobody" : out;
}

/// Emergencies that too few have signed as yet, with the command for who may join.
void show_calls(const core::Json& state, const Console& console) {
  const std::string own = own_did(state);
  for (const core::Json& call : items(state, "calls")) {
    const std::string did = cell(call, "did");
    const auto& in_force = items(state, "emergencies");
    const bool counts = std::any_of(in_force.begin(), in_force.end(), [&](const auto& one) {
      return cell(one, "did") == did && cell(one, "from") <= cell(call, "from") &&
             cell(call, "until") <= cell(one, "until");
    });
    if (counts) continue;
    const bool is_asked = !own.empty() && !stands_in(items(call, "by"), own);
    console.line("begun     emergency for " + printable(did) + " from " + cell(call, "from") +
                 " until " + cell(call, "until") + ", signed by " + names(call, "by") +
                 (is_asked ? ": avow govern emergency " + printable(did) + times_of(call) : ""));
  }
}

void show_witnesses(const core::Json& state, const Console& console) {
  const core::Json witnesses = member_of(state, "witnesses");
  const auto& listed = items(witnesses, "of");
  if (listed.empty()) return;
  std::string ids;
  for (const core::Json& one : listed)
    ids += (ids.empty() ? "" : ", ") + printable(cell(one, "id"));
  console.line("witnesses " + cell(witnesses, "threshold") + " of these " +
               std::to_string(listed.size()) + ": " + ids);
}

/// The command for each of several proposals, of which one is to be chosen.
std::string choices_in_words(const core::Json::Array& proposals) {
  std::string words;
  for (const core::Json& proposal : proposals) {
    words += words.empty() ? "" : ", or: ";
    words += "avow govern vote --proposal " + printable(end_of(cell(proposal, "hash")));
  }
  return words;
}

/// Whose turn it is; the command if it is this organisation's.
std::string next_in_words(const core::Json& state) {
  if (const core::Json* refusal = state.find("refusal"))
    return printable(cell(*refusal, "what")) + ": " + printable(cell(*refusal, "why"));
  const core::Json next = member_of(state, "next");
  const core::Json open = member_of(state, "open");
  const auto& proposals = items(open, "proposals");
  std::string step = cell(next, "step");
  if (step == "commit") return "it is your turn to commit: avow govern vote";
  if (step == "prepare_bound")
    return "it is your turn to prepare what an earlier round has locked: avow govern vote";
  if (step == "close")
    return "it is your turn to close round " + cell(open, "round") + ": avow govern vote";
  if (step == "choose") {
    return proposals.empty() ? "nothing is proposed, and nobody is awaited"
                             : "it is your turn to prepare: " + choices_in_words(proposals);
  }
  if (step != "wait") return step;
  std::string words = "you have signed what you may";
  for (const core::Json& proposal : proposals) {
    const auto& commits = items(proposal, "commits");
    words += "; " + printable(cell(proposal, "hash")) + " waits for " +
             (commits.empty() ? "the prepares of " + awaited(state, items(proposal, "prepares"))
                              : "the commits of " + awaited(state, commits));
  }
  if (!items(open, "closes").empty())
    words += "; round " + cell(open, "round") + " waits for the closes of " +
             awaited(state, items(open, "closes"));
  return words;
}

/// A round is closed once.
Result<void, Error> check_not_left(const core::Json& state) {
  const core::Json open = member_of(state, "open");
  if (!stands_in(items(open, "closes"), own_did(state))) return {};
  const std::string round = cell(open, "round");
  return fail(
      Error{ErrorCode::conflict, "this organisation has closed round " + round + " already",
            "round " + round + " waits for the closes of " + awaited(state, items(open, "closes")),
            "see: avow govern show"});
}

/// What became of a vote: it decided the slot, or who is awaited now. For programs the same goes into `result`.
void tell_after_vote(const Target& target, const core::Json& vote, core::Json& result,
                     const Console& console) {
  const auto state = get(target, "/v1/governance");
  if (!state) return;  // the vote is signed all the same
  const core::Json in_force = member_of(*state, "slot");
  const core::Json* slot = vote.find("slot");
  const bool is_decided = in_force.as_integer() != nullptr && slot != nullptr &&
                          slot->as_integer() != nullptr &&
                          *in_force.as_integer() >= *slot->as_integer();
  if (is_decided) console.line("decided   slot " + cell(vote, "slot"));
  result.set("decided", is_decided);
  if (state->find("next") == nullptr) return;
  console.line("next      " + next_in_words(*state));
  result.set("next", member_of(*state, "next"));
}

/// An emergency with times of its own does not count with one that others have begun.
Result<void, Error> check_no_call(const EmergencyOptions& options) {
  const auto state = get(options.target, "/v1/governance");
  if (!state) return {};
  std::string begun;
  for (const auto& call : calls_for(*state, options.member)) {
    if (cell(call, "begun") == "true") begun += (begun.empty() ? "" : "; ") + call_in_words(call);
  }
  if (begun.empty()) return {};
  return fail(Error{ErrorCode::conflict, "another governor has begun an emergency for this member",
                    "only the same times count together",
                    "sign those (without --for): " + begun +
                        "; or other times all the same, with --for and --from"});
}

/// What decided on a member's standing: a slot, or governors in an emergency.
std::string slot_of(const core::Json& member) {
  const std::string slot = cell(member, "slot");
  if (slot.empty()) return cell(member, "admittedBy");
  return slot == "0" ? "emergency" : slot;
}

}  // namespace

int govern_propose(const GovernProposeOptions& options, const Console& console) {
  auto file = read_json_file(options.actions, "see: avow govern propose --help");
  if (!file) return console.fault(file.error());
  core::Json actions = file->is_array() ? *file : core::Json::array({*file});
  return propose_draft(options.target, core::Json::object({{"actions", std::move(actions)}}),
                       options.yes, console);
}

int govern_show(const Target& target, const Console& console) {
  const auto state = get(target, "/v1/governance");
  if (!state) return console.fault(state.error());
  console.line("network   " + printable(cell(*state, "network")));
  console.line("in force  slot " + cell(*state, "slot") + "  " + printable(cell(*state, "hash")));
  if (state->find("forkedSlot") != nullptr)
    console.line("STOPPED   two values of slot " + cell(*state, "forkedSlot") + " are decided");
  if (const core::Json* unknown = state->find("rulesUnknown"))
    console.line("STOPPED   " + printable(cell(*unknown, "why")) + ": " +
                 printable(cell(*unknown, "fix")));
  for (const core::Json& governor : items(*state, "governors"))
    console.line("governor  " + printable(cell(governor, "did")) +
                 (cell(governor, "self") == "true" ? "  (this organisation)" : ""));
  console.line("quorum    " + cell(*state, "quorum"));
  show_witnesses(*state, console);
  for (const core::Json& one : items(*state, "emergencies"))
    console.line("emergency " + printable(cell(one, "did")) + " is suspended from " +
                 cell(one, "from") + " until " + cell(one, "until"));
  show_calls(*state, console);
  if (const core::Json* open = state->find("open")) {
    console.line("open      slot " + cell(*open, "slot") + ", round " + cell(*open, "round"));
    for (const core::Json& proposal : items(*open, "proposals")) show_proposal(proposal, console);
    if (!items(*open, "closes").empty()) console.line("closed by " + names(*open, "closes"));
  }
  if (state->find("next") != nullptr) console.line("next      " + next_in_words(*state));
  if (const core::Json* refusal = state->find("refusal"))
    console.line("          " + printable(cell(*refusal, "fix")));
  console.result(*state);
  return 0;
}

int govern_history(const Target& target, const Console& console) {
  const auto answer = get(target, "/v1/governance/slots");
  if (!answer) return console.fault(answer.error());
  if (items(*answer, "slots").empty()) console.line("the charter alone: no slot was decided yet");
  for (const core::Json& slot : items(*answer, "slots")) {
    console.line("slot " + cell(slot, "slot") + "  " + printable(cell(slot, "hash")));
    show_words(slot, console);
    console.line("  decided by  " + names(slot, "by"));
  }
  console.result(*answer);
  return 0;
}

int govern_vote(const GovernVoteOptions& options, const Console& console) {
  const auto state = get(options.target, "/v1/governance");
  if (!state) return console.fault(state.error());
  const auto vote = vote_to_sign(*state, options);
  if (!vote) return console.fault(vote.error());
  if (options.leave_round) {
    if (auto open = check_not_left(*state); !open) return console.fault(open.error());
  }
  const std::string phase = cell(*vote, "phase");
  if (phase.empty()) {
    console.line("there is nothing to sign: the other governors are awaited");
    console.result(core::Json::object({{"signed", false}, {"next", member_of(*state, "next")}}));
    return 0;
  }
  const std::string value = cell(*vote, "value");
  console.line("slot " + cell(*vote, "slot") + ", round " + cell(*vote, "round") + ", " + phase);
  if (const core::Json* proposal = value.empty() ? nullptr : proposal_named(*state, value))
    show_proposal(*proposal, console);
  const bool is_bound = cell(member_of(*state, "next"), "step") == "prepare_bound";
  const auto agreed =
      confirm(meaning_of(phase, is_bound), value.empty() ? phase : value, options.yes, console);
  if (!agreed) return console.fault(agreed.error());
  const auto answer = post(options.target, "/v1/governance/vote", *vote);
  if (!answer) return console.fault(answer.error());
  console.line("signed    " + phase + "  " + printable(cell(*answer, "vote")));
  core::Json result = *answer;
  result.set("signed", true);
  tell_after_vote(options.target, *vote, result, console);
  console.result(result);
  return 0;
}

int govern_emergency(const EmergencyOptions& options, const Console& console) {
  core::Json body = core::Json::object({{"member", options.member}});
  if (!options.duration.empty()) {
    const auto length = parse_duration(options.duration);
    if (!length) return console.fault(about("--for", length.error()));
    if (*length > registry::kMaxEmergency)
      return console.fault({ErrorCode::usage, "--for " + options.duration + " is too long",
                            "an emergency lasts 72 hours (72h or 3d) at most",
                            "write for example --for 24h; for longer: avow member suspend"});
    if (options.from.empty()) {
      if (auto alone = check_no_call(options); !alone) return console.fault(alone.error());
    }
    body.set("seconds", std::int64_t{length->count()});
    if (auto from = put_moment(body, "from", "--from", options.from); !from)
      return console.fault(from.error());
  } else {
    // Only the same times count together, so those of the governor who began are taken.
    const auto state = get(options.target, "/v1/governance");
    if (!state) return console.fault(state.error());
    const auto call = call_for(*state, options);
    if (!call) return console.fault(call.error());
    body.set("from", cell(*call, "from"));
    body.set("until", cell(*call, "until"));
    console.line("signed already by " + names(*call, "by"));
  }
  const std::string from = cell(body, "from");
  const std::string until = cell(body, "until");
  const auto agreed =
      confirm("You sign that " + printable(options.member) + " is suspended from " +
                  (from.empty() ? "now" : printable(from)) +
                  (until.empty() ? " for " + options.duration : " until " + printable(until)) +
                  ". Your organisation signs no other emergency for it within seven days.",
              options.member, options.yes, console);
  if (!agreed) return console.fault(agreed.error());
  const auto answer = post(options.target, "/v1/governance/emergency", body);
  if (!answer) return console.fault(answer.error());
  console.line("signed    " + printable(cell(*answer, "did")) + " from " + cell(*answer, "from") +
               " until " + cell(*answer, "until"));
  const std::string needed = cell(*answer, "needed");
  console.line("it counts once " + counted(needed, "governor") +
               (needed == "1" ? " has" : " have") +
               " signed these times; the others do so with: avow govern emergency " +
               printable(options.member) + times_of(*answer));
  console.result(*answer);
  return 0;
}

int member_list(const Target& target, const Console& console) {
  const auto answer = get(target, "/v1/members");
  if (!answer) return console.fault(answer.error());
  std::vector<std::vector<std::string>> rows{
      {"MEMBER", "STANDING", "SINCE", "UNTIL", "SLOT", "GOVERNS"}};
  for (const core::Json& member : items(*answer, "members")) {
    rows.push_back({cell(member, "did"), cell(member, "standing"), cell(member, "since"),
                    cell(member, "until"), slot_of(member), cell(member, "governs")});
  }
  console.table(rows);
  console.result(*answer);
  return 0;
}

int member_admit(const MemberAdmitOptions& options, const Console& console) {
  auto entry = read_first_entry(options.log);
  if (!entry) return console.fault(entry.error());
  return propose_draft(options.target,
                       core::Json::object({{"change", "admit"}, {"entry", std::move(*entry)}}),
                       options.yes, console);
}

int trust_grant(const TrustGrantOptions& options, const Console& console) {
  core::Json body = core::Json::object({{"change", "grant"},
                                        {"member", options.subject},
                                        {"types", core::array_of(options.types)},
                                        {"depth", options.depth}});
  if (auto from = put_moment(body, "from", "--from", options.from); !from)
    return console.fault(from.error());
  if (auto until = put_moment(body, "until", "--until", options.until); !until)
    return console.fault(until.error());
  return propose_draft(options.target, body, options.yes, console);
}

int member_suspend(const MemberChangeOptions& options, const Console& console) {
  return change_member(
      options, core::Json::object({{"change", "suspend"}, {"member", options.member}}), console);
}

int member_reinstate(const MemberChangeOptions& options, const Console& console) {
  if (const auto state = get(options.target, "/v1/governance")) {
    for (const core::Json& one : items(*state, "emergencies")) {
      if (!is_of(one, options.member)) continue;
      console.warning("an emergency suspends it until " + printable(cell(one, "until")) +
                      ": that ends by itself, and no reinstatement lifts it");
    }
  }
  return change_member(
      options, core::Json::object({{"change", "reinstate"}, {"member", options.member}}), console);
}

int member_evict(const MemberChangeOptions& options, const Console& console) {
  return propose_draft(options.target,
                       core::Json::object({{"change", "evict"}, {"member", options.member}}),
                       options.yes, console);
}

}  // namespace avow::node::cli
