#!/bin/sh
# Follows a figure to the decision paper behind it, with curl and jq.
#   sh follow-a-figure.sh http://127.0.0.1:8080 data/demo.json
set -eu
base=${1:-http://127.0.0.1:8080}
credentials=${2:-data/demo.json}

# 1. A token. The inspector of the demonstration may read figures, journals and members.
#    The client's secret goes to curl on standard input, so that it does not stand in the list of processes.
client=$(jq -r '.clients[] | select(.role == "inspector") | "user = \"\(.client_id):\(.client_secret)\""' "$credentials")
token=$(printf '%s' "$client" | curl -sS --fail-with-body --config - -d grant_type=client_credentials "$base/v1/oauth/token" | jq -r .access_token)

get() {
  printf 'header = "Authorization: Bearer %s"' "$token" |
    curl -sS --fail-with-body --config - -H 'Accept-Language: en' "$base$1"
}

# 2. The figures of a half-year, as a table for people.
get '/v1/figures.txt?period=2022-H1&indicator=PM10,PM01'

# 3. One figure with its position: which data it was counted from.
figures=$(get '/v1/figures?period=2022-H1&indicator=PM10')
value=$(printf '%s' "$figures" | jq '.total[0].value')
position=$(printf '%s' "$figures" | jq -r .position)
echo "PM10, members admitted: $value"

# 4. The entries that it counted, at that same position. Their values add up to the figure.
entries=$(get "/v1/figures/PM10/entries?period=2022-H1&limit=200&as_of=$position")
sum=$(printf '%s' "$entries" | jq '[.items[].value] | add')
echo "its entries add up to: $sum"
[ "$value" = "$sum" ]

# 5. The first entry leads to the journal, the journal to the record that changed.
entry=$(printf '%s' "$entries" | jq -r '.items[0].entry')
record=$(get "$entry" | jq -r .subject)
echo "the first entry: $entry"
echo "the record: $record"

# 6. The acts of the record, with the decision paper of each. People are masked here.
get "/v1/acts?membership=${record##*/}" |
  jq -r '.items[] | "\(.occurred_on) \(.kind): decision \(.decision.number) of \(.decision.decided_on), \(.decision.issuing_body)"'
