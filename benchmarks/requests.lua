-- What wrk sends: one request again and again, `%d` in its body counting up, so that each body is another.
-- When it is done it prints requests, microseconds, the 50th and 99th percentile in microseconds, and failures.
function init(args)
  wrk.method, wrk.body = args[1], args[2]
  wrk.headers["Content-Type"] = "application/json"
  if wrk.body and wrk.body:find("%%d") then
    local count = 0
    function request()
      count = count + 1
      return wrk.format(nil, nil, nil, wrk.body:format(count))
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print("done", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failures)
end
