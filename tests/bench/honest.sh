#!/usr/bin/env bash
# How far measured times are off: a server that answers after exactly 20 ms (see peer.rs), closed and
# open model. The server says how long it really took, so that a busy machine does not blur it: what is
# left is the way there and back, and resttest. The bare loop shows how much of that is the way.
#   tests/bench/honest.sh          RESTTEST=path
source "$(dirname "$0")/common.sh"
build_peer
# Both ends mostly sleep; where it is allowed, they go before other work of the machine once they wake.
if command -v chrt >/dev/null && chrt -f 1 true 2>/dev/null; then client+=" chrt -f 1" server+=" chrt -f 1"; fi
$server "$peer" serve 20 > "$work/port" &
started+=($!)
until [ -s "$work/port" ]; do sleep 0.05; done
url=http://127.0.0.1:$(cat "$work/port")
figures() { curl -s "$url/figures"; }
line() { # what, our mean and percentiles
    awk -v what="$1" -v ours="$2" -v really="$(figures)" 'BEGIN {
        names = split("mean p50 p90 p99 p99.9", name, " ")
        split(ours, o, " ")
        split(really, r, " ")
        printf "%-54s", what
        for (i = 1; i <= names; i++) if (o[i] != "") printf "  %s %.2f of %.2f ms, off by %.2f", name[i], o[i], r[i], o[i] - r[i]
        print ""
    }'
}
line "bare loop" "$($client "$peer" loop "${url#http://}" 300 | awk '{ print $1 / 300 * 1000 }')"
for block in "mode: sync, concurrency: 1, repeat: 2000" "mode: async, concurrency: 1, repeat: 2000" \
             "mode: sync, concurrency: 4, repeat: 4000" "mode: async, concurrency: 4, repeat: 4000" \
             "mode: sync, rate: 40, concurrency: 4, repeat: 1200" "mode: async, rate: 40, concurrency: 4, repeat: 1200"; do
    echo "- test: {url: /, performance: {$block, percentiles: [50, 90, 99, 99.9]}}" > "$work/s.yaml"
    $client "$resttest" "$url" "$work/s.yaml" > "$work/out"
    line "$block" "$(for name in avg_ms p50_ms p90_ms p99_ms p99.9_ms; do figure $name < "$work/out"; done | tr '\n' ' ')"
done
