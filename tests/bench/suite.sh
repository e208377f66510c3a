#!/usr/bin/env bash
# Functional runs: a suite of 1,000 tests beside a bare loop over one connection (peer.rs, compiled);
# memory of 20,000 tests beside 10,000; the whole process for one check beside curl.
#   tests/bench/suite.sh           RESTTEST=path ROUNDS=n
source "$(dirname "$0")/common.sh"
rounds=${ROUNDS:-7}
start_nginx
build_peer

suite() { # count
    for number in $(seq "$1"); do
        echo "- test: {name: 'Test $number', url: /, validators: [compare: {jsonpath_mini: login, comparator: eq, expected: gbaltar}]}"
    done > "$work/$1.yaml"
}
seconds() { local from to; from=$(date +%s%N); "$@" > /dev/null; to=$(date +%s%N); awk -v ns=$((to - from)) 'BEGIN { printf "%.4f\n", ns / 1e9 }'; }

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
for number in $(seq 1000); do echo "- url: /"; done > "$work/urls.yaml"
for _ in $(seq "$rounds"); do
    seconds $client "$resttest" "$url" "$work/1000.yaml" >> "$work/ours"
    seconds $client "$resttest" "$url" "$work/urls.yaml" >> "$work/urls"
    $client "$peer" loop "${url#http://}" 1000 >> "$work/bare"
    seconds $client curl -s -o /dev/null "$url/?[1-1000]" >> "$work/curls"
    if has python3; then python_loop >> "$work/python"; fi
done
ours=$(median < "$work/ours") bare=$(median < "$work/bare")
echo "1,000 tests, each with a check: $ours s; bare loop of 1,000 requests: $bare s; ratio $(ratio "$ours" "$bare")"
urls=$(median < "$work/urls") curls=$(median < "$work/curls")
echo "1,000 bare urls: $urls s; ratio to the bare loop $(ratio "$urls" "$bare")"
echo "curl with 1,000 urls: $curls s; 1,000 tests take $(ratio "$ours" "$curls") of it"
if [ -s "$work/python" ]; then
    python=$(median < "$work/python")
    echo "Python's http.client in a loop: $python s; 1,000 tests take $(ratio "$ours" "$python") of it"
fi

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
    seconds $client "$resttest" "$url" "$work/one.yaml" >> "$work/one"
    seconds $client curl -s -o /dev/null "$url/" >> "$work/curl"
done
one=$(median < "$work/one") curl=$(median < "$work/curl")
echo "one check as a process: resttest $one s, curl $curl s, ratio $(ratio "$one" "$curl")"
if has hyperfine; then
    hyperfine -N --warmup 5 --runs 60 "$resttest $url $work/one.yaml" "curl -s -o /dev/null $url/" 2>/dev/null |
        grep -E 'Benchmark|Time'
fi
