#pragma once

#include <cstdint>
#include <string>

// What load.sh needs beside wrk and the product itself. Each throws std::exception with what went wrong.

namespace avow::interop::load {

/// Answers POST /echo with its body, on the node's own listener, until standard input ends. Prints the port.
void echo();

/// Prints `count` request bodies for POST /credentials/verify, one a line: the credential in `file` under new ids,
/// signed with the key of the organisation whose data directory is given.
void bodies(const std::string& data, const std::string& passphrase_file, const std::string& file,
            std::int64_t count);

/// Holds `clients` connections that send one byte of a request's head a second, and opens another for each that the
/// listener has closed, for so many seconds. Prints how many it closed.
void drip(std::uint16_t port, int clients, int seconds);

}  // namespace avow::interop::load
