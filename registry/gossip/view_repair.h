#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace avow::registry::gossip {

/// Parts of two views that differ, by name: their digests here and there, "" where there is none.
using DifferentParts = std::map<std::string, std::pair<std::string, std::string>>;

/// Which parts of the view stay different from a peer's although each node takes what the other lists? Where much is said
/// two views differ most of the time, by what is under way; what was lost on the way stays as it is, here and there. No I/O.
class ViewRepair {
 public:
  /// So many pulls in a row must have ended with different roots before the views are compared, each time.
  static constexpr int kPullsBetween = 2;
  /// A part is read again after 1, 2, 4, 8 … comparisons in which it differed, and then after so many at most.
  static constexpr int kLongestPause = 256;
  /// One that moves on all the time is read as well once it has differed in so many running: who loses something keeps talking.
  static constexpr int kMovingFor = 8;

  /// After each pull that read the peer's change log to its end: are the views to be compared now?
  bool is_due(bool roots_differ);
  /// Takes what a comparison has found.
  /// gives the part to read again, of several the one that has waited longest
  std::optional<std::string> stuck(const DifferentParts& differing);

 private:
  struct Part {
    std::pair<std::string, std::string> digests;
    int comparisons = 0;  // in which it differed, after the first
    int pause = 1;
    int next = 1;
  };
  std::map<std::string, Part> parts_;
  int pulls_ = 0;
};

}  // namespace avow::registry::gossip
