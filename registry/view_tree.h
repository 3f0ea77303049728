#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace avow::registry {

/// What a view shows of one member, by its SCID; under the empty name, what it shows of the slots.
struct ViewPart {
  std::string name;
  std::string digest;  // "u…"

  friend auto operator<=>(const ViewPart&, const ViewPart&) = default;
};

/// The parts whose place begins with these digits, and what they come to. A part's place is SHA-256 of its name, in 64
/// digits of lower-case hexadecimal.
struct TreeRange {
  std::string prefix;
  /// "u…", the RFC 6962 root over the JCS texts of their `["name","digest"]`, in order of their places.
  std::string fingerprint;

  friend bool operator==(const TreeRange&, const TreeRange&) = default;
};

/// Of ranges that differ: the fingerprints of the sixteen below, or the parts themselves where they are few.
struct TreeAnswer {
  struct Branch {
    std::string prefix;
    std::vector<std::string> fingerprints;
  };
  struct Leaves {
    std::string prefix;
    std::vector<ViewPart> parts;
  };
  std::vector<Branch> branches = {};
  std::vector<Leaves> leaves = {};
};

inline constexpr std::size_t kMaxTreeRanges = 256;
inline constexpr std::size_t kMaxTreeLeaves = 16;

/// A view as a tree of sixteen children each, so that two nodes find in a few answers where theirs differ.
class ViewTree {
 public:
  explicit ViewTree(std::vector<ViewPart> parts);

  /// The range of everything, to begin with.
  TreeRange root() const { return {"", fingerprint("")}; }
  /// Of the first kMaxTreeRanges of them, each once, those that are otherwise here.
  TreeAnswer answer(std::span<const TreeRange> ranges) const;

  struct Difference {
    std::vector<TreeRange> ranges = {};  // to ask for next, as they are here
    /// By their names, the parts that differ: the digest there, "" if the other one lacks it.
    std::map<std::string, std::string> parts = {};
  };
  /// What an answer to `asked` tells, of each once; of what was not asked, nothing.
  Difference compare(std::span<const TreeRange> asked, const TreeAnswer& answer) const;

 private:
  struct Placed {
    std::string place;
    ViewPart part;
  };
  std::span<const Placed> below(std::string_view prefix) const;
  std::string fingerprint(std::string_view prefix) const;

  std::vector<Placed> parts_;  // by place
};

}  // namespace avow::registry
