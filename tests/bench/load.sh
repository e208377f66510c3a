#!/usr/bin/env bash
# Requests a second of resttest's load runs beside other tools, in one run, in turns: nginx on one core,
# the client on another; over http, then over https with a certificate that no client checks (nor does wrk or hey).
# Prints the median of ROUNDS (5) turns of SECONDS (3) each, and the ratios.
# What more requests a second would take: of the samples of a profile (perf record -e cpu-clock, 50 connections, http) 84 %
# are in the kernel's TCP, 12 % in resttest, 4 % in libc and the clock; of wrk's 90 %, 7 % and 3 %. A request costs two
# system calls, sendto and recvfrom, and one epoll_wait serves some fifty (strace -c). Both clients keep their core busy.
#   tests/bench/load.sh            RESTTEST=path ROUNDS=n SECONDS_EACH=s CONNECTIONS="10 50" SCHEMES="http https"
#                                  OHA=path BEFORE=path (an earlier resttest, to compare sync with)
source "$(dirname "$0")/common.sh"
schemes=${SCHEMES:-http https}
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-3} connections=${CONNECTIONS:-10 50}
start_nginx

run_resttest() { # binary mode connections
    cat > "$work/load.yaml" <<YAML
- test:
    url: /
    performance: {mode: $2, concurrency: $3, warmup: $(($3 * 20)), duration: ${seconds}s}
    ${4:-}
YAML
    $client "$1" "$target" "$work/load.yaml" ${insecure:+--ssl-insecure} 2> "$work/errors" | tee "$work/last" | figure rps
    grep -q '^failed: 0$' "$work/last" || { echo "requests failed" >&2; cat "$work/last" "$work/errors" >&2; exit 1; }
}
run_sync() { run_resttest "$resttest" sync "$1"; }
run_async() { run_resttest "$resttest" async "$1"; }
# The same with a look into the JSON of every answer, which no peer of these takes.
checks='validators: [{compare: {jsonpath_mini: login, comparator: eq, expected: gbaltar}}]'
run_judged() { run_resttest "$resttest" async "$1" "$checks"; }
run_before() { run_resttest "$BEFORE" sync "$1"; }
run_wrk() { $client wrk -t1 -c"$1" -d"${seconds}s" "$target/" | awk '/^Requests\/sec/ { print $2 }'; }
run_oha() { $client "$oha" --no-tui ${insecure:+--insecure} -c "$1" -z "${seconds}s" "$target/" | awk '/Requests\/sec/ { print $2 }'; }
run_hey() { GOMAXPROCS=1 $client hey -c "$1" -z "${seconds}s" "$target/" | awk '/Requests\/sec/ { print $2 }'; }
# A turn: requests a second, and beside it the client's CPU time a request in microseconds. On a machine
# that others use, too, the second figure is the one that holds.
turn() { # tool connections
    local TIMEFORMAT='%U %S' rate
    { time "run_$1" "$2" > "$work/rate"; } 2> "$work/cpu"
    rate=$(cat "$work/rate")
    echo "$rate" >> "$work/$1.$2.$scheme"
    tail -1 "$work/cpu" | awk -v rate="$rate" -v s="$seconds" '{ printf "%.2f\n", ($1 + $2) * 1e6 / (rate * s) }' >> "$work/$1.$2.$scheme.cpu"
}

tools="sync async judged"
oha=${OHA:-$(command -v oha || true)}
[ -n "${BEFORE:-}" ] && tools+=" before"
has wrk && tools+=" wrk"
[ -n "$oha" ] && tools+=" oha"
has hey && tools+=" hey"
echo "peers: $tools; $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg) before"

for scheme in $schemes; do
    target=$url insecure=
    if [ "$scheme" = https ]; then
        target=$secure_url insecure=yes
        [ -n "$target" ] || { echo "https is left out: openssl is not installed" >&2; continue; }
    fi
    for count in $connections; do
        for _ in $(seq "$rounds"); do
            for tool in $tools; do turn "$tool" "$count"; done
        done
        printf '%s, %s connections:\n' "$scheme" "$count"
        for tool in $tools; do
            file=$work/$tool.$count.$scheme
            value=$(median < "$file") cpu=$(median < "$file.cpu")
            printf '  %-6s %8.0f requests/s (%.0f .. %.0f); %6.2f us of CPU a request' \
                "$tool" "$value" "$(sort -g "$file" | head -1)" "$(sort -g "$file" | tail -1)" "$cpu"
            case $tool in
            sync | async | judged) echo ;;
            *)
                for ours in sync async judged; do
                    file=$work/$ours.$count.$scheme
                    printf '; %s has %s of it and takes %s' "$ours" "$(ratio "$(median < "$file")" "$value")" \
                        "$(ratio "$(median < "$file.cpu")" "$cpu")"
                done
                echo
                ;;
            esac
        done
    done
done
