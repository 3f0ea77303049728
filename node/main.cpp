#include "node/cli/command_line.h"

int main(int argc, char** argv) {
  return avow::node::cli::run(argc, argv);
}
