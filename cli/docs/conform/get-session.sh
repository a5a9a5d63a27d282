#!/bin/sh
# Gets a session with curl and jq. `brd-sessions conform --help` has the rules.
id=$(printf %s "$SESSION_ID" | jq -sRr @uri)
url=$SESSIONS_BASE_URL/browser_sessions/$id
# The status is the last line of the output, also if the body fails.
output=$(curl -s -m "$TIMEOUT" -w '\n%{http_code}' -H "authorization: Bearer $BRIGHTDATA_API_KEY" "$url")
failed=$?
status=$(printf %s "$output" | tail -n 1)
body=$(printf %s "$output" | sed '$d')
case $status in
    404) exit 3 ;;
    401 | 403 | 407) exit 4 ;;
    000 | 408) exit 5 ;;
esac
[ "$failed" = 0 ] || exit 5
[ "$status" = 200 ] || exit 6
printf %s "$body" | jq -es '.[0].session | select(.session_id)' || exit 6
