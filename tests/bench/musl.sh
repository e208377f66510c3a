#!/usr/bin/env bash
# Compares two builds of resttest under load: 50 connections to nginx, which has the other core to itself.
# They take turns, so that a busy moment of the machine hits both; medians over the pairs are compared.
#
#   tests/bench/musl.sh [FIRST SECOND]      default: the normal build and the static one
#   PAIRS=7 REPEAT=300000 MODES="sync async" LIMIT=0.95
#
# The client has a core to itself and fills it, so requests a second of CPU time say the same as requests a
# second by the clock, and other programs disturb them less: LIMIT is for them. Below it, the exit code is 1.
set -euo pipefail
cd "$(dirname "$0")/../.."
first=${1:-target/release/resttest}
second=${2:-target/musl/x86_64-unknown-linux-musl/release/resttest}
pairs=${PAIRS:-7} repeat=${REPEAT:-300000} modes=${MODES:-sync async} limit=${LIMIT:-0}
port=${PORT:-18653}

work=$(mktemp -d)
nginx=$(command -v nginx || echo /usr/sbin/nginx)
cat >"$work/nginx.conf" <<CONF
daemon off;
pid $work/nginx.pid;
error_log $work/error.log;
worker_processes 1;
worker_cpu_affinity 10;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 100000000;
    server {
        listen 127.0.0.1:$port;
        location / { default_type application/json; return 200 '{"id":1,"login":"gbaltar","n":2}'; }
    }
}
CONF
"$nginx" -c "$work/nginx.conf" -p "$work" 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 50); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.1; done

for mode in $modes; do
    echo "- test: {name: c50, url: /, performance: {repeat: $repeat, concurrency: 50, warmup: 1000, mode: $mode}}" >"$work/$mode.yaml"
done

# One run: requests a second by the wall clock, and microseconds of CPU a request, of the whole process.
python3 - "$pairs" "$repeat" "$limit" "$port" "$work" "$first" "$second" $modes <<'PYTHON'
import os, statistics, subprocess, sys, time
pairs, repeat, limit = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
port, work, first, second, *modes = sys.argv[4:]

def run(program, mode):
    start, before = time.monotonic(), os.times()
    subprocess.run(["taskset", "-c", "0", program, f"http://127.0.0.1:{port}", f"{work}/{mode}.yaml"],
                   check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - start, os.times()
    cpu = after.children_user - before.children_user, after.children_system - before.children_system
    return repeat / wall, cpu[0] / repeat * 1e6, cpu[1] / repeat * 1e6

slow = False
for mode in modes:
    runs = {first: [], second: []}
    for pair in range(pairs):
        for program in (first, second) if pair % 2 == 0 else (second, first):
            runs[program].append(run(program, mode))
    for name, program in (("first", first), ("second", second)):
        rate, user, system = (statistics.median(column) for column in zip(*runs[program]))
        print(f"{mode:5} {name:6} {rate:9.0f} requests/s  {user:5.2f} us user  {system:5.2f} us system a request  {program}")
    for what, value in (("the clock", lambda run: run[0]), ("CPU time", lambda run: 1 / (run[1] + run[2]))):
        ratios = sorted(value(b) / value(a) for a, b in zip(runs[first], runs[second]))
        ratio = statistics.median(ratios)
        print(f"{mode:5} second/first by {what}: {ratio:.3f} (median of {pairs} pairs, {ratios[0]:.3f} to {ratios[-1]:.3f})", flush=True)
    slow |= ratio < limit
sys.exit(slow)
PYTHON
