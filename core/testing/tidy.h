#pragma once

#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The rules of the house that a compiler does not know: who may include whom, and which calls have one home.
/// A pure function from (path, text) to violations; core/tidy_test.cpp runs it over the tree.
namespace avow::core::testing {

struct Violation {
  std::string path;
  std::size_t line;
  std::string message;
};

namespace tidy {

// Paths are relative to the repository. In a pattern `*` stands for any characters, also none.
using Patterns = std::vector<std::string_view>;

struct Room {
  std::string_view name;
  Patterns may_include;
};

inline const std::vector<Room> kRooms = {
    {"core", {"core"}},
    {"did", {"did", "core"}},
    {"vc", {"vc", "did", "core"}},
    {"revocation", {"revocation", "vc", "did", "core"}},
    {"registry", {"registry", "revocation", "did", "core"}},
    {"node", {"node", "registry", "revocation", "vc", "did", "core"}},
    {"interop-tests", {"interop-tests", "node", "registry", "revocation", "vc", "did", "core"}},
};

inline const Patterns kTests = {"*_test.cpp", "*_bench.cpp", "*_fuzz.cpp", "*/testing/*",
                                "interop-tests/*"};

/// Headers of other people and the files that may include them.
struct Library {
  std::string_view header;
  Patterns homes;
};

inline const std::vector<Library> kLibraries = {
    {"nlohmann/*", {"core/internal/nlohmann_reader.cpp"}},
    {"simdjson.h", {"core/internal/simdjson_reader.cpp"}},
    {"SQLiteCpp/*",
     {"core/database.cpp", "core/internal/sqlite_connection.h",
      "core/internal/sqlite_connection.cpp"}},
    {"sqlite3*.h",
     {"core/database.cpp", "core/internal/sqlite_connection.cpp",
      "core/internal/page_checksums.cpp"}},
    {"tl/*", {"core/result.h"}},
    {"sodium*", {"core/*", "node/keystore/*"}},
    {"openssl/*", {"core/*", "node/http/*"}},
    {"zlib.h", {"revocation/*"}},
    {"httplib.h", {"node/http/*"}},
    {"CLI/*", {"node/cli/*"}},
    {"regex", {}},
    {"catch2/*", kTests},
    {"rapidcheck*", kTests},
    {"benchmark/*", {"*_bench.cpp"}},
    // The operating system.
    {"sys/*", {"*"}},
    {"net/*", {"*"}},
    {"netinet/*", {"*"}},
    {"arpa/*", {"*"}},
    {"linux/*", {"*"}},
    // Any other header with a folder or a .hpp is a dependency that nobody agreed to.
    {"*/*", {}},
    {"*.hpp", {}},
};

enum class Where { code, texts, anywhere };

/// Words with one home, and what everybody else takes instead.
struct Token {
  std::string_view word;
  Where where;
  Patterns homes;
  std::string_view instead;
};

inline const Patterns kSqlHomes = {"*/sqlite_*.cpp", "core/database.cpp",
                                   "core/testing/notes_database.h", "*_test.cpp",
                                   "core/testing/tidy.h"};
inline constexpr std::string_view kSqlInstead = "put SQL into a sqlite_*.cpp";
inline constexpr std::string_view kDoneInstead = "finish it, or leave it out";

inline const std::vector<Token> kTokens = {
    {"system_clock::now", Where::code, {"core/clock.cpp"}, "take a core::Clock or an Instant"},
    {"randombytes",
     Where::code,
     {"core/random.cpp", "core/secret_bytes.cpp"},
     "take a core::Random"},
    {"random_device", Where::code, {}, "take a core::Random"},
    {"sleep_for",
     Where::code,
     {"*_test.cpp", "interop-tests/*"},
     "wait on a condition variable or on an event"},
    {"view()->",
     Where::code,
     {"*_test.cpp", "*_bench.cpp", "*/testing/*"},
     "hold the view: what it points to may go with it"},
    {"json::parse", Where::code, {}, "use core::parse_json"},
    {"std::regex", Where::code, {}, "write a small parser"},
    {"SELECT ", Where::texts, kSqlHomes, kSqlInstead},
    {"INSERT ", Where::texts, kSqlHomes, kSqlInstead},
    {"UPDATE ", Where::texts, kSqlHomes, kSqlInstead},
    {"DELETE FROM", Where::texts, kSqlHomes, kSqlInstead},
    // Each in two pieces, so that this file keeps its own rules.
    {"TO"
     "DO",
     Where::anywhere,
     {},
     kDoneInstead},
    {"FIX"
     "ME",
     Where::anywhere,
     {},
     kDoneInstead},
    {"SKIP"
     "(",
     Where::anywhere,
     {},
     "a test that cannot run says so with WARN"},
};

inline bool matches(std::string_view pattern, std::string_view path) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path;
  if (!path.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t skipped = star; skipped <= path.size(); ++skipped) {
    if (matches(rest, path.substr(skipped))) return true;
  }
  return false;
}

inline bool matches_any(const Patterns& patterns, std::string_view path) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](std::string_view pattern) { return matches(pattern, path); });
}

inline const Room* room_of(std::string_view path) {
  const std::string_view folder = path.substr(0, path.find('/'));
  const auto found = std::find_if(kRooms.begin(), kRooms.end(),
                                  [&](const Room& room) { return room.name == folder; });
  return found == kRooms.end() || folder == path ? nullptr : &*found;
}

inline bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The same text three times, with blanks where the other kinds stand.
struct Layers {
  std::string code;
  std::string texts;
  std::string anywhere;

  const std::string& of(Where where) const {
    switch (where) {
      case Where::code:
        return code;
      case Where::texts:
        return texts;
      case Where::anywhere:
        break;
    }
    return anywhere;
  }
};

/// Where the comment or literal that starts at `start` ends; `start` itself if none does.
inline std::size_t end_of_comment(std::string_view text, std::size_t start) {
  const std::string_view rest = text.substr(start);
  const bool line = rest.starts_with("//");
  if (!line && !rest.starts_with("/*")) return start;
  const std::size_t end = rest.find(line ? "\n" : "*/", 2);
  return end == std::string_view::npos ? text.size() : start + end + (line ? 0 : 2);
}

inline std::size_t end_of_literal(std::string_view text, std::size_t start) {
  const char quote = text[start];
  const bool after_word = start > 0 && is_word(text[start - 1]);
  if (quote == '\'' && after_word) return start;  // 10'000
  if (quote != '"' && quote != '\'') return start;
  if (quote == '"' && start > 0 && text[start - 1] == 'R') {
    const std::size_t open = text.find('(', start);
    if (open == std::string_view::npos) return text.size();
    const std::string close = ")" + std::string(text.substr(start + 1, open - start - 1)) + "\"";
    const std::size_t end = text.find(close, open);
    return end == std::string_view::npos ? text.size() : end + close.size();
  }
  for (std::size_t at = start + 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == quote || text[at] == '\n') {
      return at + 1;
    }
  }
  return text.size();
}

inline Layers separate(std::string_view text) {
  Layers layers{std::string(text), std::string(text), std::string(text)};
  const auto blank = [](std::string& layer, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (layer[i] != '\n') layer[i] = ' ';
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t end = end_of_comment(text, at); end > at) {
      blank(layers.code, at, end);
      blank(layers.texts, at, end);
      at = end;
    } else if (const std::size_t literal = end_of_literal(text, at); literal > at) {
      blank(layers.code, at, literal);
      at = literal;
    } else {
      blank(layers.texts, at, at + 1);
      ++at;
    }
  }
  return layers;
}

/// What is wrong with including a header of our own; empty if nothing is.
inline std::string own_include_fault(std::string_view path, const Room& room,
                                     std::string_view header) {
  const Room* other = room_of(header);
  if (other == nullptr) return "write the path of \"" + std::string(header) + "\" from the root";
  if (std::find(room.may_include.begin(), room.may_include.end(), other->name) ==
      room.may_include.end()) {
    return std::string(room.name) + " may not include " + std::string(other->name);
  }
  constexpr std::string_view kInternal = "/internal/";
  if (const std::size_t internal = header.find(kInternal); internal != std::string_view::npos) {
    const std::string_view folder = header.substr(0, internal + 1);
    if (!path.starts_with(folder))
      return "only " + std::string(folder) + " may look into internal/";
  }
  if (matches("*/testing/*", header) && !matches_any(kTests, path)) {
    return "only tests may include " + std::string(header);
  }
  return {};
}

inline std::string library_fault(std::string_view path, std::string_view header) {
  if (matches("interop-tests/*", path)) return {};
  for (const Library& library : kLibraries) {
    if (!matches(library.header, header)) continue;
    if (matches_any(library.homes, path)) return {};
    return "<" + std::string(header) +
           "> has no business here; its homes are in core/testing/tidy.h";
  }
  return {};
}

inline std::string include_fault(std::string_view path, const Room& room, std::string_view line) {
  const std::size_t open = line.find_first_of("<\"");
  if (open == std::string_view::npos) return "an include that cannot be read";
  const bool own = line[open] == '"';
  const std::size_t close = line.find(own ? '"' : '>', open + 1);
  if (close == std::string_view::npos) return "an include that cannot be read";
  const std::string_view header = line.substr(open + 1, close - open - 1);
  return own ? own_include_fault(path, room, header) : library_fault(path, header);
}

}  // namespace tidy

/// path  relative to the repository, with `/`
inline std::vector<Violation> tidy_violations(std::string_view path, std::string_view text) {
  const tidy::Room* room = tidy::room_of(path);
  if (room == nullptr) return {{std::string(path), 1, "stands in no room"}};
  const tidy::Layers layers = tidy::separate(text);
  std::vector<Violation> found;
  const auto report = [&](std::size_t at, std::string message) {
    const auto lines =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    found.push_back({std::string(path), static_cast<std::size_t>(lines) + 1, std::move(message)});
  };

  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (std::string_view(layers.code).substr(start).starts_with("#include")) {
      auto fault = tidy::include_fault(path, *room, text.substr(start, end - start));
      if (!fault.empty()) report(start, std::move(fault));
    }
    start = end + 1;
  }

  for (const tidy::Token& token : tidy::kTokens) {
    if (tidy::matches_any(token.homes, path)) continue;
    const std::string& layer = layers.of(token.where);
    for (std::size_t at = layer.find(token.word); at != std::string::npos;
         at = layer.find(token.word, at + 1)) {
      if (at > 0 && tidy::is_word(layer[at - 1])) continue;
      report(at, std::string(token.word) + ": " + std::string(token.instead));
    }
  }
  return found;
}

/// Whether a file that holds tests keeps its own names in a namespace named as the file, so that several can be compiled as
/// one; true of every other file.
inline bool has_namespace_of_its_own(std::string_view path, std::string_view text) {
  constexpr std::string_view kExtension = ".cpp";
  if (!tidy::matches("*_test.cpp", path)) return true;
  std::string_view name = path.substr(path.rfind('/') + 1);
  name.remove_suffix(kExtension.size());
  const std::string code = tidy::separate(text).code;
  const std::string opened = std::string(name) + " {\n";
  return code.find("\nnamespace " + opened) != std::string::npos ||
         code.find("::" + opened) != std::string::npos;
}

}  // namespace avow::core::testing
