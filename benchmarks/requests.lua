-- What wrk sends: one request again and again, `%d` in a body of JSON counting up, so that each body is another.
-- Its arguments are the method, the content type and the file of the body, which may be empty.
-- When it is done it prints requests, microseconds, the 50th and 99th percentile in microseconds, and failures.
function init(args)
  wrk.method = args[1]
  local body = io.open(args[3], "rb"):read("*a")
  if #body == 0 then return end
  wrk.body, wrk.headers["Content-Type"] = body, args[2]
  if args[2] == "application/json" and body:find("%%d") then
    local count = 0
    function request()
      count = count + 1
      return wrk.format(nil, nil, nil, body:format(count))
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print("done", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failures)
end
