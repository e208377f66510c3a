#!/usr/bin/env bash
# How many requests the mock answers, beside nginx with an answer of the same length, and what it holds meanwhile. The
# server is pinned to one core, wrk with 32 kept connections to the other; pairs alternate, as machines have moods.
#   tests/bench/mock.sh            RESTTEST=path PAIRS=3 SECONDS_EACH=5 GROWTH_SECONDS=60 (600: ten minutes)
source "$(dirname "$0")/common.sh"
pairs=${PAIRS:-3} each=${SECONDS_EACH:-5} growth=${GROWTH_SECONDS:-60}
has wrk || { echo "wrk is not installed" >&2; exit 1; }
start_nginx
cat > "$work/stubs.yaml" <<'YAML'
- stub: {request: {method: GET, path: /static}, response: {json: {id: 1, login: gbaltar}}}
- stub: {request: {method: GET, path: "/people/{id}"}, response: {json: {template: {id: "$id", login: gbaltar}}}}
YAML
cat > "$work/api.yaml" <<'YAML'
openapi: 3.1.0
info: {title: people, version: "1"}
paths:
  /person/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
        - {name: page, in: query, schema: {type: integer}}
      responses:
        "200":
          description: one
          content: {application/json: {schema: {type: object, required: [id, login], properties: {id: {type: integer}, login: {type: string}}}}}
YAML
$server "$resttest" mock "$work/stubs.yaml" "$work/api.yaml" --threads 1 --port-file "$work/port" > "$work/mock.out" 2>&1 &
started+=($!)
mock_pid=$!
until [ -s "$work/port" ]; do sleep 0.05; done
mock=http://127.0.0.1:$(cat "$work/port")

hit() { # url, seconds
    $client wrk -t1 -c32 -d"$2" "$1" | awk '/Requests\/sec/ { print $2 } /Non-2xx/ { print "wrong answers: " $0 > "/dev/stderr" }'
}
for of in static people/7 "person/7?page=2"; do
    : > "$work/mock.rps"
    : > "$work/nginx.rps"
    for _ in $(seq "$pairs"); do
        hit "$url/" "${each}s" >> "$work/nginx.rps"
        hit "$mock/$of" "${each}s" >> "$work/mock.rps"
    done
    ours=$(median < "$work/mock.rps") theirs=$(median < "$work/nginx.rps")
    printf '%-18s %8.0f/s, nginx %8.0f/s, share %s\n' "$of" "$ours" "$theirs" "$(ratio "$ours" "$theirs")"
done

held() { awk '/VmRSS/ { print $2 }' "/proc/$mock_pid/status"; }
# Paths that never come again, found and not: what is kept ready has an end.
cat > "$work/new.lua" <<'LUA'
local number = 0
request = function()
    number = number + 1
    return wrk.format("GET", (number % 2 == 0 and "/person/" or "/none/") .. number .. "?page=" .. number)
end
LUA
$client wrk -t1 -c32 -d5s -s "$work/new.lua" "$mock/" > "$work/wrk.out"
before=$(held)
$client wrk -t1 -c32 -d"${growth}s" -s "$work/new.lua" "$mock/" > "$work/wrk.out"
echo "memory: $before KiB after 5 s, $(held) KiB after $growth s more, $(awk '/requests in/ { print $1 }' "$work/wrk.out") requests"
