#pragma once

#include <vector>

#include "core/database.h"

namespace avow::node {

/// The steps of every room that keeps tables in a node's database. Who opens it passes them all.
std::vector<core::Migration> all_migrations();

}  // namespace avow::node
