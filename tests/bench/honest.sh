#!/usr/bin/env bash
# How far measured times are off: a server that answers after exactly 20 ms (see peer.rs), closed and
# open model. The server says how long it really took, so that a busy machine does not blur it: what is
# left is the way there and back, and resttest. The bare loop shows how much of that is the way.
#   tests/bench/honest.sh          RESTTEST=path
source "$(dirname "$0")/common.sh"
build_peer
$server "$peer" serve 20 > "$work/port" &
started+=($!)
until [ -s "$work/port" ]; do sleep 0.05; done
url=http://127.0.0.1:$(cat "$work/port")
mean() { curl -s "$url/mean"; }
line() { # what, mean measured, rest
    local really
    really=$(mean)
    awk -v what="$1" -v ours="$2" -v really="$really" -v rest="${3:-}" \
        'BEGIN { printf "%-54s mean %.2f ms, server %.2f ms, off by %.2f ms; %s\n", what, ours, really, ours - really, rest }'
}
line "bare loop" "$($client "$peer" loop "${url#http://}" 300 | awk '{ print $1 / 300 * 1000 }')"
for block in "mode: sync, concurrency: 1, repeat: 300" "mode: async, concurrency: 1, repeat: 300" \
             "mode: sync, concurrency: 4, repeat: 600" "mode: async, rate: 40, concurrency: 4, repeat: 200"; do
    echo "- test: {url: /, performance: {$block}}" > "$work/s.yaml"
    $client "$resttest" "$url" "$work/s.yaml" > "$work/out"
    line "$block" "$(figure avg_ms < "$work/out")" \
        "$(for name in min_ms p50_ms p90_ms p99_ms max_ms; do printf '%s %s ' "$name" "$(figure $name < "$work/out")"; done)"
done
