#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "registry/feed_store.h"
#include "registry/guard_file.h"
#include "registry/issued_roots.h"
#include "registry/statement.h"
#include "revocation/status_bits.h"
#include "revocation/status_delta.h"

namespace avow::registry {

/// A statement under our name that this node did not sign, or has forgotten.
struct MadeElsewhere {
  Statement statement;
  bool on_chain = false;  // of its epoch; else beside it, or known from a fork proof alone
};

/// All those that the opening of `epoch` takes back: on any branch that is held, since the last opening that this node
/// remembers. By epoch, sequence and hash.
/// source registry/README.md "A feed survives its owner's mistakes"
std::vector<MadeElsewhere> made_elsewhere(FeedReader& store, const std::string& scid,
                                          std::int64_t epoch);

/// What a person takes out by name as a thief's, so that it is not said again:
///   "1/41"         the statement of epoch 1 at sequence 41
///   "1/41.."       and all that follow it in that epoch, also those that nobody has shown yet
///   "r1#8121"      one bit of a list
///   "did:web:…"    the end of a document
///   "did:…=Type"   the end of an accreditation
///   "u…"           the stop of the agent with that hash
///   "did:…#key-1"  that this key was given up
///   "u…"           the batch of what was issued that has this root
class Strikes {
 public:
  static constexpr std::size_t kMaxNames = 4096;
  /// fails malformed (none of these forms, too many)
  static Result<Strikes, Error> parse(std::vector<std::string> names);

  const std::vector<std::string>& names() const { return names_; }
  bool take_out(const Statement& statement) const;
  bool take_out(const SaidAt& position) const;
  /// By "1/41..": whatever is shown later is taken out as well.
  bool take_out_for_good(const Statement& statement) const;
  bool contain(const std::string& name) const { return items_.contains(name); }

 private:
  bool take_out_for_good(const SaidAt& position) const;

  std::vector<std::string> names_;
  std::set<SaidAt> statements_;
  std::map<std::int64_t, std::int64_t> from_;  // by epoch
  std::set<std::string> items_;
};

/// "did:…=Type"
std::string accreditation_name(const std::string& subject, const std::string& type);

/// One thing that statements made elsewhere say.
struct Lapsing {
  enum class What {
    list_opened,
    revoked,
    suspended,
    document_ended,
    accreditation_ended,
    agent_suspended,
    agent_disowned,
    key_compromised,
    batch_issued,
    permitted
  };
  What what = What::permitted;
  std::string name;  // as in Strikes; of a list its name
  std::string kind;  // of the statement that said it first
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  core::Instant time;
  // What it is about, each where it belongs.
  std::optional<revocation::StatusListDeclaration> declaration = {};
  std::optional<std::pair<std::string, revocation::StatusListIndex>> bit = {};
  std::string subject = {};
  std::string type = {};
  core::Instant from = {};
  SaidAt up_to = {};
  std::optional<IssuedBatch> batch = {};
  /// Of a suspension: the last statement that ends it. It is said again all the same.
  std::optional<SaidAt> resumed = {};
};

/// What the next epoch says again: every stop of every branch shown, and the lists they stand in; and what was issued, or
/// none of it would count after its key is given up. Permissions lapse; a person gives them again, or not. Struck out is told apart, so that a name that matches nothing shows.
struct Restatement {
  std::vector<Lapsing> again;
  std::vector<Lapsing> lapses;
  std::vector<Lapsing> struck;
  std::vector<std::string> unmatched;  // names that take nothing out
};
/// `purposes`: of the lists that we know, by name.
Restatement restatement(std::span<const MadeElsewhere> made, const Strikes& strikes,
                        const std::map<std::string, revocation::StatusPurpose>& purposes);

/// What a person has agreed to: the opening of `epoch` takes back exactly what they were shown.
struct Agreement {
  std::int64_t epoch = 1;
  /// Hash over the statements made elsewhere, but for those that are taken out for good.
  std::string shown;
  /// Of the statement that the guard file names, if the database did not know it.
  std::string lost;
  std::vector<std::string> strikes;
};
std::string digest_of_shown(std::span<const MadeElsewhere> made, const Strikes& strikes);
/// Is all that is shown now what was agreed to?
bool covers(const Agreement& agreement, std::span<const MadeElsewhere> made);

}  // namespace avow::registry
