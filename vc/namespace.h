#pragma once

#include <string_view>

namespace avow::vc {

/// Every IRI of ours and every type name we define stands here, so that a move to another domain is one edit.
inline constexpr std::string_view kAvowContext = "https://avow.example/ns/v1";
inline constexpr std::string_view kAgentCapabilityCredential = "AgentCapabilityCredential";

/// Names of the W3C data model that several rooms need.
inline constexpr std::string_view kCredentialsV2Context = "https://www.w3.org/ns/credentials/v2";
inline constexpr std::string_view kVerifiableCredential = "VerifiableCredential";
inline constexpr std::string_view kVerifiablePresentation = "VerifiablePresentation";
inline constexpr std::string_view kBitstringStatusListEntry = "BitstringStatusListEntry";
inline constexpr std::string_view kBitstringStatusListCredential = "BitstringStatusListCredential";

}  // namespace avow::vc
