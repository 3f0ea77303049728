#pragma once

#include <memory>
#include <utility>

namespace avow::registry {

/// A value that copies share until one of them is edited. All copying and editing happens on one
/// thread; other threads may read what they were handed inside a const object.
template <class T>
class CopyOnWrite {
 public:
  CopyOnWrite() : value_(std::make_shared<T>()) {}
  CopyOnWrite(const CopyOnWrite& other) : value_(other.value_), owned_(false) {
    if (other.owned_) other.owned_ = false;
  }
  CopyOnWrite& operator=(const CopyOnWrite& other) {
    if (this == &other) return *this;
    if (other.owned_) other.owned_ = false;
    value_ = other.value_;
    owned_ = false;
    return *this;
  }
  ~CopyOnWrite() = default;

  const T& get() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  /// The value itself, kept alive beyond this object. Editing this object afterwards copies first.
  std::shared_ptr<const T> share() const { return value_; }
  T& edit() {
    if (!owned_) {
      value_ = std::make_shared<T>(*value_);
      owned_ = true;
    }
    return *value_;
  }

 private:
  std::shared_ptr<T> value_;
  mutable bool owned_ = true;
};

}  // namespace avow::registry
