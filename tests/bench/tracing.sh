#!/usr/bin/env bash
# What spans cost: 10,000 tests with --otlp-file beside the same without, in pairs, and the memory of both.
#   tests/bench/tracing.sh         RESTTEST=path ROUNDS=n
# The median of the pairs must be below 1.15, the memory below 60 MB.
source "$(dirname "$0")/common.sh"
rounds=${ROUNDS:-10}
start_nginx

for number in $(seq 10000); do
    echo "- test: {name: 'Test $number', url: /, validators: [compare: {jsonpath_mini: login, comparator: eq, expected: gbaltar}]}"
done > "$work/suite.yaml"
# Seconds and kilobytes of one run.
measured() {
    $client python3 - "$resttest" "$url" "$work/suite.yaml" "$@" <<'PYTHON'
import os, resource, subprocess, sys, time
started = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(f"{time.monotonic() - started:.4f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}")
PYTHON
}
measured > /dev/null
for round in $(seq "$rounds"); do
    # Whoever comes second finds a warmer machine: they take turns.
    if [ $((round % 2)) -eq 0 ]; then
        read -r plain _ < <(measured)
        read -r traced memory < <(measured --otlp-file "$work/spans.jsonl")
    else
        read -r traced memory < <(measured --otlp-file "$work/spans.jsonl")
        read -r plain _ < <(measured)
    fi
    ratio "$traced" "$plain" >> "$work/ratios"
    echo >> "$work/ratios"
    echo "$memory" >> "$work/memory"
    echo "pair $round: $traced s with spans, $plain s without; $memory KB"
done
echo "median of $rounds pairs: $(median < "$work/ratios"); most memory: $(sort -g "$work/memory" | tail -1) KB"
echo "spans: $(grep -o '"traceId"' "$work/spans.jsonl" | wc -l) in $(wc -l < "$work/spans.jsonl") requests, $(du -k "$work/spans.jsonl" | cut -f1) KB"
awk -v ratio="$(median < "$work/ratios")" -v memory="$(sort -g "$work/memory" | tail -1)" \
    'BEGIN { exit !(ratio < 1.15 && memory < 61440) }' || { echo "too much" >&2; exit 1; }
