#include "node/http/address.h"

#include <catch2/catch.hpp>

namespace address_test {

using namespace avow::node::http;

TEST_CASE("local addresses are loopback and private ones", "[http][address]") {
  for (const char* address : {"127.0.0.1", "127.255.255.255", "10.0.0.1", "172.16.0.1",
                              "172.31.255.255", "192.168.0.1", "::1", "fc00::1", "fdff::1"}) {
    CAPTURE(address);
    CHECK(is_local_address(address));
  }
  for (const char* address : {"",
                              "localhost",
                              "0.0.0.0",
                              "8.8.8.8",
                              "9.255.255.255",
                              "11.0.0.1",
                              "126.255.255.255",
                              "128.0.0.1",
                              "172.15.255.255",
                              "172.32.0.0",
                              "192.167.255.255",
                              "192.169.0.0",
                              "169.254.169.254",
                              "224.0.0.1",
                              "::",
                              "fe80::1",
                              "2001:db8::1",
                              "::ffff:127.0.0.1",
                              "fbff::1",
                              "fe00::1"}) {
    CAPTURE(address);
    CHECK_FALSE(is_local_address(address));
  }
}

TEST_CASE("loopback is 127.0.0.0/8 and ::1 and nothing beside", "[http][address]") {
  for (const char* address : {"127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"})
    CHECK(is_loopback_address(address));
  for (const char* address :
       {"", "126.255.255.255", "128.0.0.0", "10.0.0.1", "::", "::2", "::ffff:127.0.0.1"})
    CHECK_FALSE(is_loopback_address(address));
}

TEST_CASE("special addresses are not public, and their neighbours are [DID-12]",
          "[http][address]") {
  // IANA IPv4 Special-Purpose Address Registry: first and last of each block.
  for (const char* address :
       {"0.0.0.0",         "0.255.255.255",   "10.0.0.0",        "10.255.255.255",
        "100.64.0.0",      "100.127.255.255", "127.0.0.1",       "127.255.255.255",
        "168.63.129.16",   "169.254.0.0",     "169.254.169.254", "172.16.0.0",
        "172.31.255.255",  "192.0.0.0",       "192.0.0.255",     "192.0.2.1",
        "192.88.99.1",     "192.168.0.0",     "192.168.255.255", "198.18.0.0",
        "198.19.255.255",  "198.51.100.1",    "203.0.113.255",   "224.0.0.0",
        "239.255.255.255", "240.0.0.1",       "255.255.255.255"}) {
    CAPTURE(address);
    CHECK_FALSE(is_public_address(address));
  }
  for (const char* address :
       {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",       "100.63.255.255",
        "100.128.0.0",     "126.255.255.255", "128.0.0.0",      "168.63.129.15",
        "168.63.129.17",   "169.253.255.255", "169.255.0.0",    "172.15.255.255",
        "172.32.0.0",      "191.255.255.255", "192.0.1.0",      "192.0.3.0",
        "192.167.255.255", "192.169.0.0",     "198.17.255.255", "198.20.0.0",
        "203.0.112.255",   "203.0.114.0",     "223.255.255.255"}) {
    CAPTURE(address);
    CHECK(is_public_address(address));
  }
  // IANA IPv6 Special-Purpose Address Registry, and IPv4 addresses within IPv6.
  for (const char* address : {"::",
                              "::1",
                              "::7f00:1",
                              "::ffff:127.0.0.1",
                              "::ffff:8.8.8.8",
                              "64:ff9b::7f00:1",
                              "64:ff9b:1::1",
                              "100::1",
                              "1fff:ffff::1",
                              "2001::1",
                              "2001:1ff::1",
                              "2001:db8::1",
                              "2001:db8:ffff::1",
                              "2002:7f00:1::1",
                              "3fff::1",
                              "3fff:fff::1",
                              "4000::1",
                              "5f00::1",
                              "fc00::1",
                              "fdff::1",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1",
                              "",
                              "example.com",
                              "127.1",
                              "0x7f.1",
                              "2130706433",
                              "fe80::1%lo"}) {
    CAPTURE(address);
    CHECK_FALSE(is_public_address(address));
  }
  for (const char* address : {"2000::1", "2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1",
                              "2606:4700::1111", "3ffe:ffff::1", "3fff:1000::1"}) {
    CAPTURE(address);
    CHECK(is_public_address(address));
  }
}

TEST_CASE("a numeric address is looked up as itself", "[http][address]") {
  CHECK(system_lookup("127.0.0.1") == std::vector<std::string>{"127.0.0.1"});
  CHECK(system_lookup("::1") == std::vector<std::string>{"::1"});
  CHECK(system_lookup("").empty());
}

TEST_CASE("localhost is this machine, whatever a name server would say", "[http][address]") {
  CHECK(system_lookup("localhost") == std::vector<std::string>{"127.0.0.1", "::1"});
}

}  // namespace address_test
