#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/sha256.h"
#include "registry/testing/benches.h"
#include "registry/testing/consortium.h"
#include "registry/view.h"

namespace avow::registry::testing {

using core::testing::must_hold;

namespace {

/// Five members, each of whom accredits the next, under a grant of the charter to the first.
core::testing::Bench authority_bench() {
  Consortium consortium(5);
  consortium.draft.grants = {{consortium.organisations[0].scid, {"Badge"}, 4}};
  const auto charter = std::make_shared<const Charter>(consortium.charter());
  View building(charter);
  for (std::size_t i = 0; i + 1 < consortium.organisations.size(); ++i) {
    Author author(consortium.organisations[i], charter->network);
    building.apply(author.open());
    building.apply(author.next("accredit", accredit_body(consortium.organisations[i + 1].did,
                                                         "Badge", 3 - static_cast<int>(i))));
  }
  return {
      .name = "may_issue_ns",
      .what = "may the fifth of a chain of five issue a type?",
      .run =
          [view = building.snapshot(), did = consortium.organisations[4].did](std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) {
              const auto answer = view->may_issue(did, "Badge", kNow);
              must_hold(answer.chain.size() == 5, "chain");
            }
          },
      .figure = core::testing::Figure::nanoseconds};
}

constexpr std::size_t kFolded = 100'000;
constexpr int kChunk = 131'072;

/// What five organisations have said, in turn: after the opening and a list for each, mostly revocations, some
/// accreditations, documents now and then. As they are once accepted; nobody has signed them.
class Said {
 public:
  Said(const Consortium& consortium, const Charter& charter)
      : consortium_(&consortium), network_(charter.network) {}

  Statement next() {
    const std::size_t by = count_ % consortium_->organisations.size();
    const std::size_t sequence = count_++ / consortium_->organisations.size();
    const Organisation& author = consortium_->organisations[by];
    Statement said;
    said.network = network_;
    said.feed = author.scid;
    said.sequence = static_cast<std::int64_t>(sequence);
    said.time = kNow + std::chrono::milliseconds(count_);
    std::tie(said.kind, said.body) = content(author, sequence);
    said.leaf = core::sha256(author.scid + std::to_string(sequence));
    said.hash = author.scid + "#" + std::to_string(sequence);
    return said;
  }

 private:
  std::pair<StatementKind, core::Json> content(const Organisation& author,
                                               std::size_t sequence) const {
    if (sequence == 0) return {StatementKind::epoch_open, core::Json::object()};
    if (sequence == 1) return {StatementKind::status_list, list_body("r1", "revocation")};
    const auto number = static_cast<int>(sequence);
    if (sequence % 10 == 2) {
      const auto& subject = consortium_->organisations[sequence / 10 % 5];
      return {StatementKind::accredit,
              accredit_body(subject.did, "Type" + std::to_string(number), 1)};
    }
    if (sequence % 10 == 3) {
      const std::string id = "did:web:" + author.did.substr(author.did.rfind(':') + 1) +
                             ":agents:a" + std::to_string(number);
      return {StatementKind::did_document,
              core::Json::object({{"id", id}, {"document", core::Json::object({{"id", id}})}})};
    }
    return {StatementKind::status_delta,
            delta_body("r1",
                       {number % kChunk, (number + 40'000) % kChunk, (number + 80'000) % kChunk})};
  }

  const Consortium* consortium_;
  std::string network_;
  std::size_t count_ = 0;
};

core::testing::Benches fold_benches() {
  struct Given {
    Consortium consortium{5};
    std::shared_ptr<const Charter> charter = std::make_shared<const Charter>(consortium.charter());
    Said said{consortium, *charter};
    std::vector<Statement> history;
    std::optional<View> grown;
    std::vector<Statement> more;
    View folded() const {
      View view(charter);
      for (const Statement& statement : history) view.apply(statement);
      must_hold(!view.snapshot()->root().empty(), "root");
      return view;
    }
  };
  const auto given = std::make_shared<Given>();
  const auto make_history = [given](std::size_t) {
    while (given->history.size() < kFolded) given->history.push_back(given->said.next());
  };
  return {{.name = "fold_100k_ns",
           .what = "fold 100,000 accepted statements of five feeds from nothing, each",
           .run =
               [given](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i) given->folded();
               },
           .figure = core::testing::Figure::nanoseconds,
           .prepare = make_history,
           .batch = kFolded},
          {.name = "fold_one_more_ns",
           .what = "take one more into that, with a new root",
           .run =
               [given](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i) {
                   given->grown->apply(given->more[i]);
                   must_hold(!given->grown->snapshot()->root().empty(), "root");
                 }
               },
           .figure = core::testing::Figure::nanoseconds,
           .prepare =
               [given, make_history](std::size_t count) {
                 make_history(0);
                 if (!given->grown) given->grown.emplace(given->folded());
                 given->more.clear();
                 while (given->more.size() < count) given->more.push_back(given->said.next());
               }}};
}

}  // namespace

core::testing::Benches view_benches() {
  const Consortium consortium;
  const auto charter = std::make_shared<const Charter>(consortium.charter());
  View building(charter);
  Author acme(consortium.organisations[0], charter->network);
  building.apply(acme.open());
  for (const char* list : {"r1", "s1", "r2", "s2"})
    building.apply(
        acme.next("status.list", list_body(list, list[0] == 'r' ? "revocation" : "suspension")));
  building.apply(acme.next("status.delta", delta_body("s2", {7})));
  const auto view = building.snapshot();
  core::testing::Benches benches = fold_benches();
  benches.push_back(authority_bench());
  benches.push_back({.name = "status_lookup_ns",
                     .what = "find a member's list by its URL and read one bit of it",
                     .run =
                         [view, issuer = consortium.organisations[0].did,
                          url = std::string("https://acme.example/status/s2")](std::size_t count) {
                           for (std::size_t i = 0; i < count; ++i) {
                             const auto list = view->list_at(issuer, url);
                             must_hold(list && list->bits->get(revocation::StatusListIndex(7)),
                                       "bit");
                           }
                         },
                     .goal = {.must = "≤ 100", .ambitious = "≤ 30", .bound = "2-29"},
                     .figure = core::testing::Figure::nanoseconds});
  return benches;
}

}  // namespace avow::registry::testing
