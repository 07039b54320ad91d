-- Phones that post one location after the other, each at another second, a hundred times a second, and tell their 99th percentile
-- in the end.
local body = '{"person_id":1,"latitude":"52.5163","longitude":"13.3777","creation_time":"2026-01-01T%02d:%02d:%02d"}'
local count = 0

request = function()
    count = count + 1
    local second = count % 86400
    return wrk.format("POST", "/api/locations", { ["Content-Type"] = "application/json" },
        string.format(body, math.floor(second / 3600), math.floor(second / 60) % 60, second % 60))
end

-- With a pause between them: who asks as fast as it can measures how busy the processors are.
delay = function()
    return 10
end

done = function(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("%d %d %d\n", latency:percentile(99), summary.requests,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
