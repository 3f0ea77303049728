#pragma once

namespace avow::node::cli {

/// Reads the words typed, runs the command, gives the exit code (node/error.h; 2 for words that make no sense).
int run(int argc, char** argv);

}  // namespace avow::node::cli
