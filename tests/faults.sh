#!/usr/bin/env bash
# Every system call fails once: a run with all reports, parallel suites and load runs, under strace, which lets
# the K-th call of a name fail with an error. No crash, no hang, no success that is none, no torn report.
# tests/faults.sh [BINARY] [SAMPLE_API] [COUNT] [SEED]: 60 faults in CI, 500 by hand.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$(realpath "${1:-target/release/resttest}")
sample=$(realpath "${2:-target/debug/examples/sample_api}")
count=${3:-60} seed=${4:-10}
if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
    echo "NOTE: no strace, or no right to use it: no fault is injected"
    exit 0
fi
exec python3 - "$binary" "$sample" "$count" "$seed" <<'PY'
import json, os, random, re, shutil, subprocess, sys, tempfile, time, xml.dom.minidom

binary, sample, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
draw = random.Random(seed)
work = tempfile.mkdtemp()
api = subprocess.Popen([sample], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
url = re.search(r"http://\S+", api.stdout.readline()).group()

PASSING = "- test: {name: a, url: /echo/a}\n- test: {name: b, url: /echo/b, method: POST, body: {file: body}}\n"
FAILING = "- test: {name: c, url: /status/500}\n"
LOAD = ("- test: {name: l, url: /echo/x, performance: {repeat: 30, concurrency: 3, mode: async}}\n"
        "- test: {name: s, url: /echo/x, performance: {repeat: 30, concurrency: 3, mode: sync}}\n"
        "- test: {name: c, url: /status/500}\n")
FILES = {"one.yaml": PASSING, "two.yaml": PASSING + FAILING, "three.yaml": FAILING, "load.yaml": LOAD, "body": "x" * 3000}
REPORTS = [word for kind in ["junit", "json", "ndjson", "tap", "html", "prom"] for word in ["--report-" + kind, "r." + kind]]
# Each run has failing tests: fewer failures than without a fault are always wrong.
RUNS = {
    "one process": ["one.yaml", "two.yaml"],
    "parallel suites": ["one.yaml", "two.yaml", "three.yaml", "--parallel-suites", "3"],
    "load run": ["load.yaml"],
}
ERRORS = {
    "openat": ["EMFILE", "ENOMEM", "EIO", "ENOSPC"],
    "read": ["EIO", "EINTR"],
    "write": ["EIO", "ENOSPC", "EINTR"],
    "connect": ["ECONNRESET", "ENOMEM", "EINTR"],
    "sendto": ["ECONNRESET", "EINTR", "ENOMEM"],
    "recvfrom": ["ECONNRESET", "EINTR", "ENOMEM"],
    "poll": ["EINTR", "ENOMEM"],
    "rename": ["EIO", "ENOSPC"],
    "unlink": ["EIO"],
    "clone3": ["EAGAIN", "ENOMEM"],
}

def fresh():
    folder = os.path.join(work, "run")
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    for name, text in FILES.items():
        open(os.path.join(folder, name), "w").write(text)
    return folder

def command(words, strace):
    return ["strace", "-f", "-qq"] + strace + [binary, url] + words + REPORTS

# Which calls there are in a run, and how many of them come before main: those of the loader are left out, as
# is everything before the first look at our own limits.
def calls(words):
    folder = fresh()
    log = os.path.join(work, "log")
    ran = subprocess.run(command(words, ["-o", log]), cwd=folder, capture_output=True, timeout=60)
    # Each process has its own; strace counts for each thread by itself, so K is drawn among few.
    first, seen, total = {}, set(), {}
    main = None
    for line in open(log, errors="replace"):
        match = re.match(r"(\d+) +(\w+)\(", line)
        if not match:
            continue
        pid, name = match.groups()
        main = main or pid
        total[pid, name] = total.get((pid, name), 0) + 1
        # The library's own set-up ends with the alternate stack of the main thread.
        if pid == main and name == "sigaltstack" and "main" not in seen:
            seen.add("main")
            first = {n: k for (p, n), k in total.items() if p == main}
    most = {}
    for (pid, name), k in total.items():
        most[name] = max(most.get(name, 0), k)
    return first, most, ran.returncode

known = {label: calls(words) for label, words in RUNS.items()}
wrong = done = 0
exits = {}
reached = 0
for number in range(count):
    label = list(RUNS)[number % len(RUNS)]
    first, most, failures = known[label]
    name = draw.choice([name for name in ERRORS if most.get(name, 0) > first.get(name, 0)])
    error = draw.choice(ERRORS[name])
    when = draw.randint(first.get(name, 0) + 1, most[name])
    folder = fresh()
    fault = f"{label}: {name} fails with {error} at {when}"
    log = os.path.join(work, "log")
    strace = ["-o", log, "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={when}"]
    try:
        ran = subprocess.run(command(RUNS[label], strace), cwd=folder, capture_output=True, text=True, errors="replace", timeout=60)
    except subprocess.TimeoutExpired:
        wrong += 1
        print(f"WRONG: {fault}: hangs")
        continue
    done += 1
    exits[ran.returncode] = exits.get(ran.returncode, 0) + 1
    reached += "(INJECTED)" in open(log, errors="replace").read()
    complaints = []
    # An error before main, in a child, is the loader's: it leaves with 127, its parent with 70.
    if ran.returncode < failures: complaints.append(f"{ran.returncode} failures where there are {failures}")
    if ran.returncode in (101, 134, 139) or ran.returncode < 0: complaints.append(f"ended with {ran.returncode}")
    if "panicked at" in ran.stderr: complaints.append("panicked")
    for kind in ["junit", "json", "ndjson", "tap", "html", "prom"]:
        path = os.path.join(folder, "r." + kind)
        if not os.path.exists(path):
            continue
        text = open(path, errors="replace").read()
        try:
            if kind == "junit": xml.dom.minidom.parseString(text)
            if kind == "json" and json.loads(text)["success"]: complaints.append("the JSON report says success")
            if kind == "ndjson":
                for line in text.splitlines(): json.loads(line)
            if kind == "tap" and not text.startswith("TAP version 13"): raise ValueError("head")
            if kind == "html" and not text.rstrip().endswith("</html>"): raise ValueError("end")
            if kind == "prom" and not text.endswith("\n"): raise ValueError("end")
        except Exception as problem:
            complaints.append(f"r.{kind} is torn: {problem}")
    left = [name for name in os.listdir(folder) if name.endswith(".tmp")]
    if left and name != "unlink": complaints.append(f"left behind: {left}")
    if complaints:
        wrong += 1
        print(f"WRONG: {fault}: {'; '.join(complaints)}\n{ran.stderr[:400]}")
api.stdin.close()
api.kill()
shutil.rmtree(work, ignore_errors=True)
print(f"{done} faults, {reached} of them met, {wrong} wrong; exits: {dict(sorted(exits.items()))} (seed {seed})")
sys.exit(wrong > 0 or reached < done // 2)
PY
