#!/usr/bin/env bash
# What the event loop of `mode: async` is to hold: thousands of connections, millions of requests in constant
# memory, starts on time, a stall that is seen. Prints one line for each.
#   tests/bench/loop.sh            RESTTEST=path CONNECTIONS=10000 REQUESTS=10000000
source "$(dirname "$0")/common.sh"
connections=${CONNECTIONS:-10000} requests=${REQUESTS:-10000000}
ulimit -n "$(ulimit -Hn)"
WORKER_CONNECTIONS=30000 start_nginx

run() { # url block
    echo "- test: {url: /, timeout: 60, performance: {mode: async, $2}}" > "$work/s.yaml"
    $client "$resttest" "$1" "$work/s.yaml" > "$work/out" 2> "$work/err" &
    local pid=$! now
    peak=0
    while kill -0 "$pid" 2>/dev/null; do
        now=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
        peak=${now:-$peak}
        sleep 0.1
    done
    wait "$pid" || true
}
says() { # what, names of figures
    local what=$1 name
    shift
    printf '%-44s %3d MB peak' "$what" $((peak / 1024))
    for name in "$@"; do printf ', %s %s' "$name" "$(figure "$name" < "$work/out")"; done
    printf '\n    %s\n' "$(grep '^verdict' "$work/out")"
}

run "$url" "concurrency: $connections, think_time: {min: 4, max: 6}, duration: 12s"
says "$connections connections that think" total passed connections max_ms
build_peer
"$peer" hold 4500 > "$work/port" &
started+=($!)
until [ -s "$work/port" ]; do sleep 0.05; done
held=http://127.0.0.1:$(cat "$work/port")
run "$held" "concurrency: $connections, think_time: {min: 4, max: 6}, duration: 12s"
says "$connections connections, 4.5 s each and think" total passed connections max_ms
curl -s "$held/opened" | awk '{ printf "    %d connections, accepted within %.2f s of the first\n", $1, $2 }'
run "$held" "concurrency: $connections, rate: $((connections / 5)), duration: 10s"
says "$connections connections at a rate, 4.5 s each" total passed dropped connections p50_ms
run "$url" "concurrency: 20, rate: 1000, duration: 10s"
says "1,000/s" total passed p50_ms p99_ms max_ms
grep '^start_lag' "$work/out"
(
    # The server stops for a second.
    sleep 4
    worker=$(pgrep -P "${started[0]}" | head -1)
    kill -STOP "$worker"
    sleep 1
    kill -CONT "$worker"
) &
run "$url" "concurrency: 2000, rate: 1000, duration: 10s, percentiles: [99.9]"
says "1,000/s, the server stops for 1 s" total passed p50_ms p99.9_ms max_ms
run "$url" "concurrency: 50, repeat: $requests"
says "$requests requests" total passed rps
