-- Admits persons who are all different: ORGANISATION and FIRST come from the environment.
local organisation, number = os.getenv("ORGANISATION"), tonumber(os.getenv("FIRST"))
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  number = number + 1
  local body = string.format(
    '{"organisation_id":"%s","person":{"full_name":"Nguyễn Giả Định %d","birth_date":"1990-05-17","sex":"female",' ..
    '"personal_id":"%012d"},"occurred_on":"2026-05-19","decision":{"number":"7-QĐ/GĐ","decided_on":"2026-05-18",' ..
    '"issuing_body":"Cấp ủy Giả Định"}}', organisation, number, number)
  return wrk.format(nil, nil, nil, body)
end
