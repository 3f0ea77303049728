// The parts of load.sh that a shell cannot play.
//   avow-load echo
//   avow-load bodies DATA PASSPHRASE_FILE CREDENTIAL COUNT
//   avow-load drip PORT CLIENTS SECONDS

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "interop-tests/load/commands.h"

namespace {

bool run(const std::vector<std::string>& words) {
  namespace load = avow::interop::load;
  if (words.size() == 1 && words[0] == "echo") {
    load::echo();
  } else if (words.size() == 5 && words[0] == "bodies") {
    load::bodies(words[1], words[2], words[3], std::stoll(words[4]));
  } else if (words.size() == 4 && words[0] == "drip") {
    load::drip(static_cast<std::uint16_t>(std::stoi(words[1])), std::stoi(words[2]),
               std::stoi(words[3]));
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  try {
    if (run({words + 1, words + count})) return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "error: %s\n", fault.what());
    return 1;
  }
  std::fputs("usage: see the head of interop-tests/load/avow_load.cpp\n", stderr);
  return 2;
}
