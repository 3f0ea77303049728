#pragma once

#include <string>

#include "node/http/message.h"

namespace avow::node::http {

/// The trace-id that the client sent; empty if there is none that is valid.
/// source W3C Trace Context "traceparent Header Field Values", version 00
std::string trace_id_of(const Request& request);

/// Gives a problem its response's `fault` as `detail`; other answers stay as they are.
void tell_fault(Response& response);

/// Gives a problem its `traceId` and `instance`; other answers stay as they are. `trace_id` is 32 hexadecimal digits.
/// source RFC 9457 "instance": this one occurrence, which needs not be found anywhere but in the log
void name_occurrence(Response& response, const std::string& trace_id);

}  // namespace avow::node::http
