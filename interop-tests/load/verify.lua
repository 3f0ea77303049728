-- wrk: posts the lines of a file, one after the other and round again; RATE requests a second if that is set.
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } avow_time;
  int clock_gettime(int clock, avow_time *time);
]]

local path = os.getenv("LOAD_PATH")
local bodies = io.open(os.getenv("LOAD_BODIES"), "r")
local rate = tonumber(os.getenv("LOAD_RATE") or "0")
local time = ffi.new("avow_time")
local due = nil

local function now_ms()
  ffi.C.clock_gettime(1, time)
  return tonumber(time.seconds) * 1000 + tonumber(time.nanoseconds) / 1e6
end

function request()
  local body = bodies:read("*l")
  if body == nil then
    bodies:seek("set", 0)
    body = bodies:read("*l")
  end
  return wrk.format("POST", path, { ["Content-Type"] = "application/json" }, body)
end

if rate > 0 then
  function delay()
    local now = now_ms()
    due = math.max((due or now) + 1000 / rate, now - 100)
    return math.max(0, math.floor(due - now + 0.5))
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %.0f\n", summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99), summary.duration))
end
