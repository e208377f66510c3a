#!/usr/bin/env bash
# Instructions that resttest executes, by callgrind: a figure that other work on the machine does not change. Of a
# start, a check, a suite of 1,000 tests, load runs of 20,000 requests, and 5,000 answers judged by a validator.
#   tests/bench/instructions.sh    RESTTEST=path BEFORE=path (an earlier resttest, to compare with)
#                                  MEASURES="version one suite sync async judged judged_async" OUT=folder (profiles)
# What depends on the time is dearer than in earnest, since everything takes fifty times as long: intervals of a
# timeline, looks at the progress. It holds for both alike.
source "$(dirname "$0")/common.sh"
has valgrind || { echo "valgrind is not installed" >&2; exit 1; }
start_nginx
out=${OUT:-$work}
mkdir -p "$out"
# What failed in the last run is kept in the user's state folder: here as for one who has run it before.
export HOME=$work
unset XDG_STATE_HOME

load() { # mode requests more
    echo "- test: {url: /, performance: {mode: $1, concurrency: 10, repeat: $2}$3}"
}
check=', validators: [{compare: {jsonpath_mini: login, comparator: eq, expected: gbaltar}}]'
echo '- test: {name: one, url: /}' > "$work/one.yaml"
for i in $(seq 1000); do echo "- test: {name: test $i, url: /item/$i}"; done > "$work/suite.yaml"
load sync 20000 "" > "$work/sync.yaml"
load async 20000 "" > "$work/async.yaml"
load sync 5000 "$check" > "$work/judged.yaml"
load async 5000 "$check" > "$work/judged_async.yaml"

instructions() { # binary measure name
    local words=("$url" "$work/$2.yaml") profile=$out/callgrind.$2.$3
    [ "$2" = version ] && words=(--version)
    case $2 in version | one | suite) "$1" "${words[@]}" > "$work/out" 2>&1 ;; esac
    valgrind --tool=callgrind --callgrind-out-file="$profile" "$1" "${words[@]}" > "$work/out" 2> "$work/errors" ||
        { echo "$2 failed" >&2; cat "$work/out" "$work/errors" >&2; exit 1; }
    awk '/^(summary|totals):/ { total = $2 } END { print total }' "$profile"
}

for measure in ${MEASURES:-version one suite sync async judged judged_async}; do
    now=$(instructions "$resttest" "$measure" now)
    printf '%-14s %12d instructions' "$measure" "$now"
    if [ -n "${BEFORE:-}" ]; then
        before=$(instructions "$BEFORE" "$measure" before)
        printf ', %12d before, ratio %s' "$before" "$(awk -v a="$now" -v b="$before" 'BEGIN { printf "%.3f", a / b }')"
    fi
    echo
done
