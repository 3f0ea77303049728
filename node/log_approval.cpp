#include "node/log_approval.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "core/canonical_json.h"
#include "node/problem.h"
#include "registry/gossip/messages.h"
#include "registry/member_log.h"

namespace avow::node {
namespace {

constexpr core::Milliseconds kDeadline = std::chrono::seconds(10);
constexpr std::size_t kMaxAnswerBytes = std::size_t{64} * 1024;

did::WebvhOptions options_of(const Organisation& organisation) {
  return {.allow_localhost = is_localhost(organisation.domain)};
}

Error damaged(const std::filesystem::path& file, std::string why) {
  return {ErrorCode::invalid_input, "cannot read " + file.string(), std::move(why),
          "restore it from the newest backup"};
}

std::vector<did::WebvhWitnessProof> proofs_of(const Organisation& organisation) {
  std::vector<did::WebvhWitnessProof> proofs;
  for (const auto& one : organisation.witness_proofs) proofs.push_back(one.proof);
  return proofs;
}

/// 2xx with JSON.
/// fails unreachable; what the witness's problem says
Result<core::Json, Error> post(core::HttpFetcher& fetcher, const std::string& url,
                               const core::Json& body) {
  core::HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = core::to_canonical(body);
  request.max_response_bytes = kMaxAnswerBytes;
  request.deadline = kDeadline;
  const auto response = fetcher.fetch(request);
  if (!response) return fail(from_core(response.error(), "no answer"));
  auto json = core::parse_json(response->body, {kMaxAnswerBytes, 16, 10'000});
  if (!json) return fail(Error{ErrorCode::unreachable, "the answer is not JSON"});
  if (response->status / 100 == 2) return std::move(*json);
  Error refused = from_problem(response->status, *json);
  auto said = refusal_in(*json);
  refused.what = said.code.empty() ? "HTTP status " + std::to_string(response->status) : said.code;
  refused.why = std::move(said.words);
  return fail(std::move(refused));
}

/// Texts in the order of versions, as many in one message as it may hold.
class Messages {
 public:
  void add(std::vector<std::string> registry::Objects::*kind, std::string text) {
    if (count_ == registry::kMaxBatch || bytes_ + text.size() > registry::gossip::kMaxTextBytes)
      close();
    bytes_ += text.size();
    ++count_;
    (push_.objects.*kind).push_back(std::move(text));
  }
  std::vector<core::Json> take() {
    close();
    return std::exchange(all_, {});
  }

 private:
  void close() {
    if (count_ > 0) all_.push_back(registry::gossip::to_json(std::exchange(push_, {})));
    bytes_ = count_ = 0;
  }
  registry::gossip::Push push_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  std::vector<core::Json> all_;
};

/// The entries before the newest with what witnesses said of them: a witness checks an entry as the next of what it knows.
std::vector<core::Json> entries_before(const Organisation& organisation,
                                       const AskedVersion& asked) {
  Messages messages;
  const auto add = [&](const did::WebvhEntry& entry) {
    if (entry.version >= asked.entry.version) return;
    if (entry.version > 1)
      messages.add(&registry::Objects::log_entries, core::to_canonical(entry.json));
    for (const auto& proof : organisation.witness_proofs)
      if (proof.version == entry.version)
        messages.add(&registry::Objects::witness_proofs, proof.text);
  };
  for (const auto& entry : organisation.earlier) add(entry);
  add(organisation.entry);
  return messages.take();
}

}  // namespace

Result<std::optional<AskedVersion>, Error> asked_version(const DataDirectory& directory,
                                                         const Organisation& organisation,
                                                         core::Instant now) {
  const auto file = directory.pending();
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    const auto text = read_text_file(file, registry::kMaxLogEntryBytes);
    if (!text) return fail(text.error());
    const auto json = core::parse_json(*text, {registry::kMaxLogEntryBytes, 64, 100'000});
    if (!json) return fail(damaged(file, json.error().detail));
    // A publication that was cut short leaves it behind.
    if (!(*json == organisation.entry.json)) {
      auto entry =
          did::verify_next_webvh_entry(organisation.entry, *json, now, options_of(organisation));
      if (!entry) return fail(damaged(file, entry.error().detail));
      return std::optional(AskedVersion{std::move(*entry), /*is_pending=*/true});
    }
  }
  AskedVersion newest{organisation.entry, /*is_pending=*/false};
  if (!missing_approval(organisation, newest)) return std::optional<AskedVersion>();
  return std::optional(std::move(newest));
}

Result<void, Error> write_pending(const DataDirectory& directory, const did::WebvhEntry& entry) {
  return write_text_file(directory.pending(), core::to_canonical(entry.json) + "\n", 0644);
}

Result<std::string, Error> keep_witness_proof(const DataDirectory& directory,
                                              Organisation& organisation, const AskedVersion& asked,
                                              const std::string& text) {
  const auto refused = [](std::string why) {
    return fail(Error{ErrorCode::denied, "not a proof of this version by one of its witnesses",
                      std::move(why), "check the URL: each witness has one"});
  };
  auto proof = registry::parse_witness_proof(text);
  if (!proof) return refused(proof.error().detail);
  if (proof->proof.version_id != asked.entry.version_id) return refused("it is of another entry");
  const auto& keys = asked.entry.witnesses.keys;
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& one) {
    return one.to_multikey() == proof->proof.witness;
  });
  if (key == keys.end()) return refused(proof->proof.witness + " is none of them");
  if (const auto good = did::verify_webvh_witness_proof(proof->proof, *key); !good)
    return refused(good.error().detail);
  auto& kept = organisation.witness_proofs;
  const auto is_same = [&](const registry::WitnessProof& one) {
    return one.proof.version_id == proof->proof.version_id &&
           one.proof.witness == proof->proof.witness;
  };
  std::string witness = proof->proof.witness;
  if (std::any_of(kept.begin(), kept.end(), is_same)) return witness;
  kept.push_back(std::move(*proof));
  std::string lines;
  for (const auto& one : kept) lines += one.text + "\n";
  if (auto written = write_text_file(directory.witness_proofs(), lines, 0644); !written)
    return fail(std::move(written.error()));
  return witness;
}

std::optional<std::string> missing_approval(const Organisation& organisation,
                                            const AskedVersion& asked) {
  const auto entry =
      std::make_shared<const registry::LogEntry>(registry::LogEntry{asked.entry, {}, {}});
  return registry::missing_witnesses(entry, proofs_of(organisation));
}

Result<void, Error> publish_pending(const DataDirectory& directory, Organisation& organisation,
                                    AskedVersion asked) {
  organisation.earlier.push_back(std::exchange(organisation.entry, std::move(asked.entry)));
  if (auto written = write_text_file(directory.log(), organisation.log_text(), 0644); !written)
    return written;
  std::error_code ignored;
  std::filesystem::remove(directory.pending(),
                          ignored);  // asked_version() passes over what is left
  return {};
}

WitnessAnswer ask_witness(core::HttpFetcher& fetcher, const std::string& url,
                          const DataDirectory& directory, Organisation& organisation,
                          const AskedVersion& asked) {
  const core::Json question =
      core::Json::object({{"log_entry", core::to_canonical(asked.entry.json)}});
  auto answer = post(fetcher, url + "/gossip/v1/witness", question);
  if (!answer && answer.error().what == code_name(registry::ErrorCode::entries_missing)) {
    for (const auto& message : entries_before(organisation, asked)) {
      if (auto told = post(fetcher, url + "/gossip/v1/push", message); !told)
        return {url, std::move(told.error())};
    }
    answer = post(fetcher, url + "/gossip/v1/witness", question);
  }
  if (!answer) return {url, std::move(answer.error())};
  const auto* text = answer->find_string("witness_proof");
  if (text == nullptr) return {url, Error{ErrorCode::unreachable, "the answer holds no proof"}};
  auto kept = keep_witness_proof(directory, organisation, asked, *text);
  if (!kept) return {url, std::move(kept.error())};
  return {url, std::nullopt, std::move(*kept)};
}

}  // namespace avow::node
