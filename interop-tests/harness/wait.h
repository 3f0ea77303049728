#pragma once

#include <chrono>
#include <functional>

namespace avow::interop {

/// The one place where tests wait: asks `predicate` again and again until it holds or `deadline` has passed.
/// gives whether it held. Deadlines are generous, so that a busy machine fails nothing; no test asserts a time.
bool eventually(const std::function<bool()>& predicate,
                std::chrono::milliseconds deadline = std::chrono::seconds(30));

/// Lets time pass, to come at another moment. Nothing may depend on how long it really was.
void pause(std::chrono::milliseconds time);

}  // namespace avow::interop
