#!/usr/bin/env bash
# Peak memory with CONNECTIONS (2000) requests in flight against a server that answers after 3 s.
#   tests/bench/memory.sh          RESTTEST=path CONNECTIONS=n
source "$(dirname "$0")/common.sh"
connections=${CONNECTIONS:-2000}
ulimit -n "$(ulimit -Hn)"
build_peer
"$peer" hold 3000 > "$work/port" &
started+=($!)
until [ -s "$work/port" ]; do sleep 0.05; done
url=http://127.0.0.1:$(cat "$work/port")
for mode in sync async; do
    echo "- test: {url: /, timeout: 60, performance: {mode: $mode, concurrency: $connections, repeat: $((connections * 2))}}" > "$work/s.yaml"
    "$resttest" "$url" "$work/s.yaml" > "$work/out" &
    pid=$!
    peak=0
    while kill -0 "$pid" 2>/dev/null; do
        now=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
        peak=${now:-$peak}
        sleep 0.1
    done
    wait "$pid" || true
    printf '%-5s %s in flight: %d MB peak; passed %s of %s, connections %s\n' "$mode" "$connections" \
        $((peak / 1024)) "$(figure passed < "$work/out")" "$(figure total < "$work/out")" "$(figure connections < "$work/out")"
done
