#!/usr/bin/env bash
# Shows shards on real engines: an array job of Slurm on a cluster of one node, and GNU parallel. Each runs
# four shards; their merged report must be the unsharded run's. Then each runs four jobs of one load run with
# --split-load, which begin together; merged, they are the whole load, to the request and to the second. An engine
# that is not installed is skipped, and so is Slurm for a user who may not start its daemons.
#
#   RESTTEST=path/to/resttest tests/shards.sh
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

binary=$(realpath "${RESTTEST:-target/release/resttest}")
work=$(mktemp -d)
daemons=()
# What Slurm leaves behind is its own: the daemons are ended by the numbers that they wrote down.
leave() {
    local status=$? pid
    for pid in "${daemons[@]}" $(cat "$work"/*.pid 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
    if [ $status != 0 ]; then tail -n 20 "$work"/*.log "$work"/*.out 2>/dev/null >&2 || true; fi
    # slurmctld writes its state as it ends.
    for _ in $(seq 50); do
        pgrep -f "$work" >/dev/null || break
        sleep 0.1
    done
    rm -rf "$work" || true
}
trap leave EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }

# A real server with real files, and suites that ask for them; the last one fails.
mkdir "$work/site" "$work/suites"
for number in $(seq 1 12); do
    printf '{"number": %d}\n' "$number" >"$work/site/$number.json"
    printf -- '- test: {name: "n%d", url: /%d.json, validators: [{compare: {jsonpath_mini: number, expected: %d}}]}\n' \
        "$number" "$number" $((number == 12 ? 0 : number)) >"$work/suites/$number.yaml"
done
# On a port that the system chooses; the server says which.
python3 -u - "$work/site" >"$work/port" 2>/dev/null <<'END' &
import functools, http.server, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(server.server_port)
server.serve_forever()
END
daemons+=($!)
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.1; done
url=http://127.0.0.1:$(cat "$work/port")

cd "$work"
status=0
"$binary" "$url" suites --report-json whole.json --report-tap whole.tap >whole.out 2>whole.log || status=$?
[ "$status" = 1 ] || fail "the unsharded run: exit $status instead of 1"

# Merges part-1.json to part-4.json, and compares with the unsharded run.
compare() {
    local engine=$1 status=0
    "$binary" merge part-*.json --report-json merged.json --report-tap merged.tap >merged.out 2>merged.log || status=$?
    [ "$status" = 1 ] || fail "$engine: merge exits with $status instead of 1"
    grep '^Test Group' whole.out >expected
    grep '^Test Group' merged.out | diff expected - || fail "$engine: other groups"
    grep -v duration_ms whole.tap >expected
    grep -v duration_ms merged.tap | diff expected - || fail "$engine: another TAP report"
    python3 - <<'END' || fail "$engine: other figures"
import json
whole, merged = (json.load(open(name)) for name in ("whole.json", "merged.json"))
assert merged["summary"] == whole["summary"], (merged["summary"], whole["summary"])
tests = lambda report: [(s["file"], t["name"], t["result"]) for s in report["suites"] for t in s["tests"]]
assert tests(merged) == tests(whole), (tests(merged), tests(whole))
END
    # Without one of them, it must not pass for the whole.
    status=0
    "$binary" merge part-[134].json >/dev/null 2>missing.out || status=$?
    grep -q 'shard 2/4 is missing' missing.out || fail "$engine: a missing shard is not noticed"
    [ "$status" != 0 ] || fail "$engine: a missing shard passes"
    rm -f part-*.json
    echo "$engine: 4 shards, merged: the unsharded run's report"
}

# A load run that four jobs share: 10 a second would be 2.5 each, and a count that does not divide.
cat >"$work/load.yaml" <<'END'
- test: {name: closed, url: /1.json, performance: {repeat: 1001, concurrency: 8, thresholds: ["count==1001", "failed==0"]}}
- test: {name: open, url: /2.json, performance: {duration: 2s, rate: 50, concurrency: 8}}
END

# Merges part-1.json to part-4.json of the load run, and looks at the sums.
compare_load() {
    local engine=$1
    "$binary" merge part-*.json --report-json merged.json >merged.out 2>merged.log ||
        fail "$engine: merging the load exits with $?: $(cat merged.log)"
    grep -q '4 jobs made the load; they started within' merged.out || fail "$engine: it is not said how they started"
    python3 - <<'END' || fail "$engine: the load does not add up"
import json
loads = lambda name: [t["load"] for s in json.load(open(name))["suites"] for t in s["tests"]]
parts = [loads(f"part-{number}.json") for number in range(1, 5)]
for test, (whole, total) in enumerate(zip(loads("merged.json"), (1001, 100))):
    assert whole["total"] == total, whole
    shares = [part[test]["total"] for part in parts]
    assert sum(shares) == total and max(shares) - min(shares) <= 1, shares
    assert sum(second["requests"] for second in whole["seconds"]) == total, whole["seconds"]
    buckets = {}
    for part in parts:
        for value, count in part[test]["buckets_us"]:
            buckets[value] = buckets.get(value, 0) + count
    assert sorted(buckets.items()) == [tuple(pair) for pair in whole["buckets_us"]], "histograms"
END
    rm -f part-*.json
    echo "$engine: 4 jobs, merged: the whole load"
}

if command -v parallel >/dev/null; then
    # Its own exit code counts the jobs that failed: one, with the failing suite.
    seq 4 | parallel --will-cite -j 2 "$binary" "$url" suites --shard auto/4 --report-json 'part-{}.json' \
        >parallel.out 2>&1 || true
    [ "$(grep -c 'from GNU parallel' parallel.out)" = 4 ] || fail "GNU parallel's number was not taken: $(cat parallel.out)"
    compare "GNU parallel"
    start=$(date -u -d '+3 seconds' +%Y-%m-%dT%H:%M:%SZ)
    seq 4 | parallel --will-cite -j 4 "$binary" "$url" load.yaml --shard auto/4 --split-load --start-at "$start" \
        --report-json 'part-{}.json' >parallel.out 2>&1 || fail "GNU parallel: a job fails: $(cat parallel.out)"
    compare_load "GNU parallel"
else
    echo "SKIPPED: parallel is not installed"
fi

if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
    echo "SKIPPED: slurmctld or munged is not installed"
    exit
fi
if [ "$(id -u)" != 0 ]; then
    echo "SKIPPED: Slurm's daemons are started as root only"
    exit
fi

node=$(hostname -s)
mkdir "$work/state" "$work/spool"
chmod 755 "$work"
dd if=/dev/urandom of="$work/munge.key" bs=1 count=1024 status=none
chmod 400 "$work/munge.key"
munged --force --socket="$work/munge.socket" --key-file="$work/munge.key" --pid-file="$work/munge.pid" \
    --log-file="$work/munge.log" --seed-file="$work/munge.seed" || { echo "SKIPPED: munged does not start here"; exit; }
read -r control daemon < <(python3 -c '
import socket
ends = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(end.getsockname()[1] for end in ends))')
cat >"$work/slurm.conf" <<END
ClusterName=one
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$control
SlurmdPort=$daemon
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=none
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$work/slurm.conf
slurmctld -f "$SLURM_CONF" || true
slurmd -f "$SLURM_CONF" || true
for _ in $(seq 100); do
    sinfo -h -o %T 2>/dev/null | grep -q idle && break
    sleep 0.2
done
# Whether a cluster comes up on this machine is not about resttest.
if ! sinfo -h -o %T 2>/dev/null | grep -q idle; then
    tail -n 5 "$work"/slurm*.log >&2 || true
    echo "SKIPPED: Slurm's node does not come up here"
    exit
fi

cat >"$work/array.sh" <<END
#!/bin/sh
exec "$binary" "$url" suites --shard auto --report-json "part-\$SLURM_ARRAY_TASK_ID.json"
END
# The exit is the worst of the array's: 1, of the shard with the failing suite.
timeout 120 sbatch --wait --array=0-3 --chdir="$work" --output="$work/slurm-%a.out" "$work/array.sh" >/dev/null || true
[ "$(cat slurm-*.out | grep -c 'from Slurm array')" = 4 ] || fail "Slurm's numbers were not taken"
for number in 3 2 1 0; do mv "part-$number.json" "part-$((number + 1)).json"; done
compare "Slurm array"

cat >"$work/load.sh" <<END
#!/bin/sh
exec "$binary" "$url" load.yaml --shard auto --split-load --report-json "part-\$SLURM_ARRAY_TASK_ID.json"
END
# On a node of few cores the jobs run one after another; that they add up is what is shown.
timeout 120 sbatch --wait --array=0-3 --chdir="$work" --output="$work/load-%a.out" "$work/load.sh" >/dev/null ||
    fail "Slurm array: a job of the load fails"
for number in 3 2 1 0; do mv "part-$number.json" "part-$((number + 1)).json"; done
compare_load "Slurm array"
