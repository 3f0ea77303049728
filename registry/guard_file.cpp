#include "registry/guard_file.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>

#include "core/canonical_json.h"
#include "core/file_descriptor.h"
#include "core/json_reader.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

constexpr std::size_t kMaxGuardBytes = 1024;

/// Of a file that says that nothing was signed yet. Whoever does not know it takes the file for damaged, and signs nothing.
core::Json nothing_signed(const std::string& by) {
  return core::Json::object({{"by", by}, {"signed", "nothing"}});
}

/// Also by another, or by nobody whom it names: such a file may come from anywhere.
bool says_nothing_signed(const core::Json& json) {
  const auto* what = json.find_string("signed");
  return what != nullptr && *what == "nothing";
}

Error fault(const std::filesystem::path& path, std::string_view what, int error) {
  return {ErrorCode::guard_file, "cannot " + std::string(what) + " " + path.string() + ": " +
                                     std::generic_category().message(error)};
}

}  // namespace

Result<GuardPresence, Error> DiskGuardFile::presence() const {
  return look().map([](const Contents& contents) { return contents.presence; });
}

Result<std::optional<GuardMark>, Error> DiskGuardFile::read() const {
  return look().map([](const Contents& contents) { return contents.mark; });
}

Result<DiskGuardFile::Contents, Error> DiskGuardFile::look() const {
  std::error_code status;
  const bool exists = std::filesystem::exists(path_, status);
  if (status) return fail(fault(path_, "look for", status.value()));
  if (!exists) return Contents{};
  std::ifstream file(path_, std::ios::binary);
  if (!file) return fail(fault(path_, "open", errno));
  std::string text(kMaxGuardBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const auto json = core::parse_json(text);
  if (!json) {
    return fail(
        Error{ErrorCode::guard_file, path_.string() + " is damaged: " + json.error().detail});
  }
  if (says_nothing_signed(*json))
    return Contents{*json == nothing_signed(owner_) ? GuardPresence::own
                                                    : GuardPresence::of_another};
  GuardMark mark;
  core::JsonReader in(*json);
  mark.epoch = in.integer("epoch", 1, kMaxInteger);
  mark.sequence = in.integer("sequence", 0, kMaxInteger);
  mark.hash = read_hash(in, "hash");
  if (const auto bad = in.finish(core::JsonReader::Members::closed)) {
    return fail(Error{ErrorCode::guard_file, path_.string() + " is damaged: " + bad->detail});
  }
  return Contents{GuardPresence::own, mark};
}

Result<void, Error> DiskGuardFile::write(const std::optional<GuardMark>& mark) {
  const auto text = core::to_canonical(
      mark ? core::Json::object(
                 {{"epoch", mark->epoch}, {"sequence", mark->sequence}, {"hash", mark->hash}})
           : nothing_signed(owner_));
  const auto beside = std::filesystem::path(path_.string() + ".new");
  {
    const core::FileDescriptor file(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.is_open()) return fail(fault(beside, "create", errno));
    if (!core::write_durably(file, text)) return fail(fault(beside, "write", errno));
  }
  if (::rename(beside.c_str(), path_.c_str()) != 0) return fail(fault(path_, "replace", errno));
  const auto folder = core::folder_of(path_);
  if (!core::sync_folder(folder)) return fail(fault(folder, "sync", errno));
  return {};
}

}  // namespace avow::registry
