#include "revocation/status_list_credential.h"

#include <catch2/catch.hpp>

namespace status_list_credential_test {

using namespace avow;
using namespace avow::revocation;
using namespace std::chrono_literals;

namespace {

const core::Instant kNow = core::parse_rfc3339("2026-11-21T08:00:00Z").value();
constexpr const char* kUrl = "https://acme.example/status/r1";

core::Json list_credential() {
  StatusBits bits;
  bits.set(StatusListIndex(94'567));
  return make_status_list_credential(
      {"did:web:acme.example", kUrl, StatusPurpose::revocation, kNow, kNow + 15min}, bits.bytes());
}

std::optional<ErrorCode> fault(const core::Json& credential, std::string_view url = kUrl,
                               core::Instant now = kNow) {
  const auto list = read_status_list_credential(credential, url, now);
  if (list) return std::nullopt;
  return list.error().code;
}

core::Json with(std::string_view member, core::Json value) {
  auto credential = list_credential();
  credential.set(member, std::move(value));
  return credential;
}

core::Json with_subject(std::string_view member, core::Json value) {
  auto subject = *list_credential().find("credentialSubject");
  subject.set(member, std::move(value));
  return with("credentialSubject", std::move(subject));
}

core::Json without(std::string_view member) {
  auto credential = list_credential();
  credential.erase(member);
  return credential;
}

}  // namespace

TEST_CASE("a list credential has the members that the specification asks for",
          "[revocation][list]") {
  const auto credential = list_credential();
  auto expected = core::parse_json(R"({
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "https://acme.example/status/r1",
    "type": ["VerifiableCredential", "BitstringStatusListCredential"],
    "issuer": "did:web:acme.example",
    "validFrom": "2026-11-21T08:00:00Z",
    "validUntil": "2026-11-21T08:15:00Z",
    "credentialSubject": {
      "id": "https://acme.example/status/r1#list",
      "type": "BitstringStatusList",
      "statusPurpose": "revocation"
    }})")
                      .value();
  const auto* subject = credential.find("credentialSubject");
  REQUIRE(subject != nullptr);
  auto expected_subject = *expected.find("credentialSubject");
  REQUIRE(subject->find_string("encodedList") != nullptr);
  expected_subject.set("encodedList", *subject->find_string("encodedList"));
  expected.set("credentialSubject", expected_subject);
  CHECK(credential == expected);
}

TEST_CASE("a list credential is read back with its bits", "[revocation][list]") {
  const auto list = read_status_list_credential(list_credential(), kUrl, kNow);
  REQUIRE(list);
  CHECK(list->issuer == "did:web:acme.example");
  CHECK(list->purposes == std::vector{StatusPurpose::revocation});
  CHECK(list->valid_until == kNow + 15min);
  CHECK(bit_at(list->bits, 94'567));
  CHECK_FALSE(bit_at(list->bits, 94'566));
}

TEST_CASE("an issuer may be an object, and a list have several purposes", "[revocation][list]") {
  const auto by_object = read_status_list_credential(
      with("issuer", core::Json::object({{"id", "did:web:acme.example"}, {"name", "Acme"}})), kUrl,
      kNow);
  REQUIRE(by_object);
  CHECK(by_object->issuer == "did:web:acme.example");

  const auto purposes = core::Json::array({"suspension", "message", "revocation"});
  const auto list =
      read_status_list_credential(with_subject("statusPurpose", purposes), kUrl, kNow);
  REQUIRE(list);
  CHECK(list->purposes == std::vector{StatusPurpose::suspension, StatusPurpose::revocation});
}

TEST_CASE("a list whose id is not its URL is refused [STATUS-04]", "[revocation][list]") {
  CHECK(fault(list_credential(), "https://acme.example/status/r2") == ErrorCode::status_list_id);
  CHECK(fault(list_credential(), "https://acme.example/status/r1/") == ErrorCode::status_list_id);
  CHECK(fault(without("id")) == ErrorCode::status_list_id);
}

TEST_CASE("a list outside its validity period is refused [STATUS-14]", "[revocation][list]") {
  CHECK_FALSE(fault(list_credential(), kUrl, kNow + 15min));
  CHECK(fault(list_credential(), kUrl, kNow + 15min + 1ms) == ErrorCode::status_list_expired);
  CHECK(fault(list_credential(), kUrl, kNow - 1ms) == ErrorCode::status_list_expired);
  CHECK_FALSE(fault(without("validUntil"), kUrl, kNow + 24h));
  CHECK(fault(with("validUntil", "tomorrow")) == ErrorCode::malformed_value_error);
  CHECK(fault(with("validUntil", nullptr)) == ErrorCode::malformed_value_error);
}

TEST_CASE("a list that has a status of its own is refused, nothing is followed [STATUS-23]",
          "[revocation][list]") {
  const auto itself = core::Json::object({{"type", "BitstringStatusListEntry"},
                                          {"statusPurpose", "revocation"},
                                          {"statusListIndex", "0"},
                                          {"statusListCredential", kUrl}});
  CHECK(fault(with("credentialStatus", itself)) == ErrorCode::status_verification_error);
  CHECK(fault(with("credentialStatus", core::Json::array())) ==
        ErrorCode::status_verification_error);
}

TEST_CASE("what is not a status list credential is refused", "[revocation][list]") {
  CHECK(fault(with("type", "VerifiableCredential")) == ErrorCode::malformed_value_error);
  CHECK(fault(with("type", "BitstringStatusListCredential")) == ErrorCode::malformed_value_error);
  CHECK(fault(without("type")) == ErrorCode::malformed_value_error);
  CHECK(fault(without("issuer")) == ErrorCode::malformed_value_error);
  CHECK(fault(with("issuer", 5)) == ErrorCode::malformed_value_error);
  CHECK(fault(without("credentialSubject")) == ErrorCode::malformed_value_error);
  CHECK(fault(with_subject("type", "StatusList2021")) == ErrorCode::malformed_value_error);
  CHECK(fault(with_subject("statusPurpose", 1)) == ErrorCode::malformed_value_error);
  CHECK(fault(with_subject("encodedList", 1)) == ErrorCode::malformed_value_error);
  CHECK(fault(core::Json::array()) == ErrorCode::malformed_value_error);
}

TEST_CASE("a list of wider entries is refused, not misread [STATUS-07]", "[revocation][list]") {
  CHECK_FALSE(fault(with_subject("statusSize", 1)));
  CHECK(fault(with_subject("statusSize", 2)) == ErrorCode::status_verification_error);
  CHECK(fault(with_subject("statusSize", 0)) == ErrorCode::status_verification_error);
  CHECK(fault(with_subject("statusSize", "1")) == ErrorCode::status_verification_error);
}

TEST_CASE("faults of the encoded list keep their own codes [STATUS-08] [STATUS-10] [STATUS-12]",
          "[revocation][list]") {
  CHECK(fault(with_subject("encodedList", "zabc")) == ErrorCode::bad_multibase);
  CHECK(fault(with_subject("encodedList", "uH4sI")) == ErrorCode::bad_gzip);
  CHECK(fault(with_subject("encodedList", encode_status_list(core::Bytes(16'383)))) ==
        ErrorCode::status_list_length_error);
  CHECK(read_status_list_credential(list_credential(), kUrl, kNow, 16'383).error().code ==
        ErrorCode::status_list_too_large);
}

}  // namespace status_list_credential_test
