#!/usr/bin/env bash
# Functional runs: a suite of 1,000 tests beside bare loops over one connection (over a ureq agent, as resttest's
# own requests are; over a socket, which no HTTP library comes near; curl; Python);
# memory of 20,000 tests beside 10,000; the whole process for one check beside curl.
#   tests/bench/suite.sh           RESTTEST=path ROUNDS=n
source "$(dirname "$0")/common.sh"
rounds=${ROUNDS:-7}
start_nginx
build_peer
(cd "$root" && cargo build --quiet --release --example bare_ureq)
bare_ureq=$root/target/release/examples/bare_ureq

suite() { # count
    for number in $(seq "$1"); do
        echo "- test: {name: 'Test $number', url: /, validators: [compare: {jsonpath_mini: login, comparator: eq, expected: gbaltar}]}"
    done > "$work/$1.yaml"
}
seconds() { $client "$peer" time "$@"; }

# Loops that other tools make of the same thousand requests over one connection.
python_loop() {
    $client python3 - "${url#http://}" <<'PYTHON'
import http.client, sys, time
connection = http.client.HTTPConnection(sys.argv[1])
started = time.time()
for _ in range(1000):
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
print(f"{time.time() - started:.4f}")
PYTHON
}

suite 1000
for number in $(seq 1000); do printf -- '- test:\n  - name: Test %s\n  - url: /\n' "$number"; done > "$work/plain.yaml"
for _ in $(seq "$rounds"); do
    seconds "$resttest" "$url" "$work/1000.yaml" >> "$work/ours"
    seconds "$resttest" "$url" "$work/plain.yaml" >> "$work/plain"
    $client "$bare_ureq" "$url/" 1000 >> "$work/ureq"
    $client "$bare_ureq" "$url/" 1000 10 >> "$work/bounded"
    $client "$peer" loop "${url#http://}" 1000 >> "$work/bare"
    seconds curl -s -o /dev/null "$url/?[1-1000]" >> "$work/curls"
    if has python3; then python_loop >> "$work/python"; fi
done
ours=$(median < "$work/ours") plain=$(median < "$work/plain")
echo "1,000 tests, each with a check: $ours s; 1,000 without: $plain s"
beside() { # what file
    local took
    took=$(median < "$2")
    echo "  $1: $took s; the tests take $(ratio "$ours" "$took") of it, those without a check $(ratio "$plain" "$took")"
}
beside "bare loop over a ureq agent" "$work/ureq"
beside "the same with a timeout" "$work/bounded"
beside "bare loop over a socket" "$work/bare"
beside "curl with 1,000 urls" "$work/curls"
if [ -s "$work/python" ]; then beside "Python's http.client in a loop" "$work/python"; fi

for count in 10000 20000; do
    suite "$count"
    "$resttest" "$url" "$work/$count.yaml" > "$work/out" &
    pid=$! peak=0 from=$(date +%s%N)
    while kill -0 "$pid" 2>/dev/null; do
        now=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
        peak=${now:-$peak}
        sleep 0.02
    done
    wait "$pid"
    took=$(awk -v ns=$(($(date +%s%N) - from)) 'BEGIN { printf "%.2f", ns / 1e9 }')
    echo "$count tests: $took s, $((peak / 1024)) MB peak; $(tail -1 "$work/out")"
done

echo "- url: /" > "$work/one.yaml"
for _ in $(seq 30); do
    seconds "$resttest" "$url" "$work/one.yaml" >> "$work/one"
    seconds curl -s -o /dev/null "$url/" >> "$work/curl"
done
one=$(median < "$work/one") curl=$(median < "$work/curl")
echo "one check as a process: resttest $one s, curl $curl s, ratio $(ratio "$one" "$curl")"
