#include <memory>

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
  return {{.name = "status_lookup_ns",
           .what = "find a member's list by its URL and read one bit of it",
           .run =
               [view, issuer = consortium.organisations[0].did,
                url = std::string("https://acme.example/status/s2")](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i) {
                   const auto list = view->list_at(issuer, url);
                   must_hold(list && list->bits->get(revocation::StatusListIndex(7)), "bit");
                 }
               },
           .goal = {.must = "≤ 100", .ambitious = "≤ 30", .bound = "2-29"},
           .figure = core::testing::Figure::nanoseconds},
          authority_bench()};
}

}  // namespace avow::registry::testing
