#pragma once

#include "node/api/admin_routes.h"
#include "node/testing/rooms.h"

namespace avow::node::testing {

/// What the admin's routes need, of these rooms. Both outlive it.
inline api::AdminServices admin_services(Rooms& rooms, gossip::Gossip& gossip) {
  return {*rooms.issuer,          *rooms.enrolment,
          *rooms.standing,        *rooms.stops,
          *rooms.membership,      gossip,
          rooms.replica,          *rooms.local_rules,
          *rooms.database,        rooms.audit,
          rooms.organisation,     rooms.clock,
          "https://acme.example", vc::Profile::consortium};
}

}  // namespace avow::node::testing
