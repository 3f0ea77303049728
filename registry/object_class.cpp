#include "registry/feed_store.h"

namespace avow::registry {

std::string_view name_of(ObjectClass object_class) {
  switch (object_class) {
    case ObjectClass::log_entry:
      return "log_entry";
    case ObjectClass::statement:
      return "statement";
    case ObjectClass::proof:
      return "proof";
    case ObjectClass::head:
      return "head";
    case ObjectClass::slot:
      return "slot";
    case ObjectClass::vote:
      return "vote";
    case ObjectClass::emergency:
      return "emergency";
    case ObjectClass::witness_proof:
      return "witness_proof";
  }
  return "";
}

std::optional<ObjectClass> class_named(std::string_view name) {
  for (const auto known :
       {ObjectClass::log_entry, ObjectClass::statement, ObjectClass::proof, ObjectClass::head,
        ObjectClass::slot, ObjectClass::vote, ObjectClass::emergency, ObjectClass::witness_proof}) {
    if (name == name_of(known)) return known;
  }
  return std::nullopt;
}

std::string ObjectId::key() const {
  switch (object_class) {
    case ObjectClass::statement:
    case ObjectClass::vote:
      return feed + "/" + std::to_string(epoch) + "/" + std::to_string(sequence);
    case ObjectClass::log_entry:
    case ObjectClass::proof:
    case ObjectClass::witness_proof:
      return feed + "/" + std::to_string(epoch);
    case ObjectClass::head:
    case ObjectClass::emergency:
      return feed;
    case ObjectClass::slot:
      return std::to_string(epoch);
  }
  return "";
}

}  // namespace avow::registry
