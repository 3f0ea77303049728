#pragma once

#include "core/http_fetcher.h"
#include "node/http/internal/stream.h"
#include "node/http/url.h"

namespace avow::node::http {

struct Answer {
  core::HttpResponse response;
  bool reusable = false;  // the connection may carry another exchange
};

/// Sends one HTTP/1.1 request over a stream and reads its answer.
///
/// sends  Host, User-Agent, Accept-Encoding: identity and Content-Length beside what the request says; nothing at
///        all if the method or a header holds a byte that may not stand there
/// reads  a head of at most 64 KiB and 128 fields, at most eight interim (1xx) ones before it; a body by
///        Content-Length, by chunks (whose framing may take 16 KiB and as much as they hold), or to an orderly end of the stream; never more than max_response_bytes of it
/// fails  timed_out, unreachable (also what breaks the rules of HTTP/1.1), response_too_large, unsupported_content_encoding
/// source RFC 9112 "Message Body Length", "Chunked Transfer Coding"
core::Result<Answer, core::Error> exchange(Stream& stream, const core::HttpRequest& request,
                                           const Url& url, SteadyTime until);

}  // namespace avow::node::http
