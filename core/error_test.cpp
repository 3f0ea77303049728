#include "core/error.h"

#include <catch2/catch.hpp>

namespace avow::core::error_test {
namespace {

TEST_CASE("the name of a code is its enumerator", "[core][error]") {
  CHECK(code_name(ErrorCode::malformed_json) == "malformed_json");
  CHECK(code_name(ErrorCode::bad_datetime) == "bad_datetime");
  CHECK(code_name(ErrorCode::response_too_large) == "response_too_large");
}

}  // namespace
}  // namespace avow::core::error_test
