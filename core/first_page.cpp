#include "core/first_page.h"

#include "core/internal/sqlite_connection.h"

namespace avow::core {

Result<void, Error> read_first_page(const std::filesystem::path& database) {
  const auto fault = fault_of([&] {
    // A connection of its own, which has nothing in its cache.
    SqliteConnection reader(database, SQLite::OPEN_READONLY);
    reader.query("PRAGMA schema_version").step();
  });
  if (fault) return fail(*fault);
  return {};
}

}  // namespace avow::core
