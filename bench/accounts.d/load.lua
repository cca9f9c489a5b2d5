-- wrk: sends prepared requests in turn and tells its figures as one line of JSON.
-- Arguments: the file of requests (between them a zero byte), pause in ms, whether to count statuses (1).
local threads = {}

function setup(thread) table.insert(threads, thread) end

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"))
   local requests = {}
   for one in file:read("*a"):gmatch("%Z+") do table.insert(requests, one) end
   file:close()
   local pause, sent = tonumber(arguments[2]), 0
   statuses = {}

   function request()
      sent = sent % #requests + 1
      return requests[sent]
   end
   -- wrk looks for these only once `init` has run; it is faster without them.
   if pause > 0 then
      function delay() return pause end
   end
   if arguments[3] == "1" then
      function response(status)
         local name = tostring(status)
         statuses[name] = (statuses[name] or 0) + 1
      end
   end
end

function done(summary, latency)
   local counts = {}
   for name, count in pairs(threads[1]:get("statuses")) do table.insert(counts, ('"%s":%d'):format(name, count)) end
   local errors = summary.errors
   print(('figures {"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"max":%.3f,"refused":%d,"failed":%d,"statuses":{%s}}'):format(
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
      errors.status, errors.connect + errors.read + errors.write + errors.timeout, table.concat(counts, ",")))
end
