#!/usr/bin/env bash
# Requests a second of resttest's load runs beside other tools, in one run, in turns: nginx on one core,
# the client on another. Prints the median of ROUNDS (5) turns of SECONDS (3) each, and the ratios.
#   tests/bench/load.sh            RESTTEST=path ROUNDS=n SECONDS_EACH=s CONNECTIONS="10 50"
source "$(dirname "$0")/common.sh"
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-3} connections=${CONNECTIONS:-10 50}
start_nginx

run_resttest() { # mode connections
    cat > "$work/load.yaml" <<YAML
- test: {url: /, performance: {mode: $1, concurrency: $2, warmup: $(($2 * 20)), duration: ${seconds}s}}
YAML
    $client "$resttest" "$url" "$work/load.yaml" | tee "$work/last" | figure rps
    grep -q '^failed: 0$' "$work/last" || { echo "requests failed" >&2; cat "$work/last" >&2; exit 1; }
}
run_sync() { run_resttest sync "$1"; }
run_async() { run_resttest async "$1"; }
run_wrk() { $client wrk -t1 -c"$1" -d"${seconds}s" "$url/" | awk '/^Requests\/sec/ { print $2 }'; }
run_oha() { $client "$oha" --no-tui -c "$1" -z "${seconds}s" "$url/" | awk '/Requests\/sec/ { print $2 }'; }
run_hey() { GOMAXPROCS=1 $client hey -c "$1" -z "${seconds}s" "$url/" | awk '/Requests\/sec/ { print $2 }'; }
# A turn: requests a second, and beside it the client's CPU time a request in microseconds. On a machine
# that others use, too, the second figure is the one that holds.
turn() { # tool connections
    local TIMEFORMAT='%U %S' rate
    { time "run_$1" "$2" > "$work/rate"; } 2> "$work/cpu"
    rate=$(cat "$work/rate")
    echo "$rate" >> "$work/$1.$2"
    tail -1 "$work/cpu" | awk -v rate="$rate" -v s="$seconds" '{ printf "%.2f\n", ($1 + $2) * 1e6 / (rate * s) }' >> "$work/$1.$2.cpu"
}

tools="sync async"
oha=${OHA:-$(command -v oha || true)}
has wrk && tools+=" wrk"
[ -n "$oha" ] && tools+=" oha"
has hey && tools+=" hey"
echo "peers: $tools; $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg) before"

for count in $connections; do
    for _ in $(seq "$rounds"); do
        for tool in $tools; do turn "$tool" "$count"; done
    done
    printf '%s connections:\n' "$count"
    sync=$(median < "$work/sync.$count") sync_cpu=$(median < "$work/sync.$count.cpu")
    for tool in $tools; do
        value=$(median < "$work/$tool.$count") cpu=$(median < "$work/$tool.$count.cpu")
        printf '  %-6s %8.0f requests/s (%.0f .. %.0f), sync has %s of it; %6.2f us of CPU a request, sync takes %s of it\n' \
            "$tool" "$value" "$(sort -g "$work/$tool.$count" | head -1)" "$(sort -g "$work/$tool.$count" | tail -1)" \
            "$(ratio "$sync" "$value")" "$cpu" "$(ratio "$sync_cpu" "$cpu")"
    done
done
