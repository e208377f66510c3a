#!/usr/bin/env bash
# Tries to get requests out of a network namespace in all the ways that suites, servers and environments have, and
# counts the packets that leave: with --offline, --allow-host and allow_hosts there must be none; without them each
# form must send some, or it would prove nothing. tests/egress.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$(realpath "${1:-target/release/resttest}")

if [ "${INSIDE:-}" != 1 ]; then
    for program in unshare ip python3; do
        command -v "$program" >/dev/null || { echo "SKIPPED: $program is not installed"; exit 0; }
    done
    if ! unshare -r -n -m ip link add out0 type veth peer name out1 2>/dev/null; then
        echo "SKIPPED: there is no right to make a network namespace with a device"
        exit 0
    fi
    INSIDE=1 exec unshare -r -n -m "$0" "$binary"
fi

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

# A way out, which swallows what is sent: neighbours are known, nobody answers.
ip link set lo up
ip link add out0 type veth peer name out1
for name in out0 out1; do
    ip link set "$name" addrgenmode none
    for setting in router_solicitations dad_transmits accept_ra; do
        echo 0 > "/proc/sys/net/ipv6/conf/$name/$setting" 2>/dev/null || true
    done
    ip link set "$name" up
done
ip addr add 192.0.2.2/24 dev out0
ip -6 addr add 2001:db8::2/64 dev out0 nodad
ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev out0 nud permanent
ip -6 neigh add 2001:db8::1 lladdr 02:00:00:00:00:01 dev out0 nud permanent
ip route add default via 192.0.2.1
ip -6 route add default via 2001:db8::1

# Names that lead elsewhere, and a name server that is outside.
printf '127.0.0.1 localhost\n198.51.100.7 evil.test\n169.254.169.254 meta.test\n' > "$work/hosts"
printf 'nameserver 192.0.2.53\noptions timeout:1 attempts:1\n' > "$work/resolv.conf"
printf 'hosts: files dns\n' > "$work/nsswitch.conf"
for file in hosts resolv.conf nsswitch.conf; do
    mount --bind "$work/$file" "/etc/$file"
done
ip neigh add 192.0.2.53 lladdr 02:00:00:00:00:01 dev out0 nud permanent

cat > "$work/server.py" <<'PY'
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        away = self.path[4:] if self.path.startswith("/to?") else None
        self.send_response(302 if away else 200)
        if away:
            self.send_header("Location", away)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
python3 "$work/server.py" > "$work/port" &
server=$!
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.05; done
port=$(cat "$work/port")
url=http://127.0.0.1:$port

# A form a line: keys of a test, in YAML's short form.
cat > "$work/forms" <<EOF_FORMS
url: 'http://198.51.100.7/'
url: 'https://198.51.100.7/'
url: 'http://0xc6336407/'
url: 'http://0xC6.0x33.0x64.0x07/'
url: 'http://3325256711/'
url: 'http://0306.063.0144.07/'
url: 'http://030614662007/'
url: 'http://198.51.25607/'
url: 'http://198.3367943/'
url: 'http://198.51.100.7./'
url: 'http://%31%39%38.51.100.7/'
url: 'http://[::ffff:198.51.100.7]/'
url: 'http://[::ffff:c633:6407]/'
url: 'http://[0:0:0:0:0:ffff:c633:6407]/'
url: 'http://[2001:db8:1::7]/'
url: 'http://[64:ff9b::c633:6407]/'
url: 'http://[2002:c633:6407::]/'
url: 'http://127.0.0.1@198.51.100.7/'
url: 'http://localhost:80@198.51.100.7/'
url: 'http://198.51.100.7#@127.0.0.1/'
url: 'http://198.51.100.7?@127.0.0.1/'
url: '/to?http:/198.51.100.7/', curl_option_followlocation: 1
url: '/to?http:///198.51.100.7/', curl_option_followlocation: 1
url: 'http://evil.test/'
url: 'http://EVIL.Test./'
url: 'http://localhost.evil.test/'
url: 'http://127.0.0.1.evil.test/'
url: 'http://notlocalhost/'
url: 'http://meta.test/'
url: 'http://169.254.169.254/latest/'
url: 'http://0xa9fea9fe/'
url: 'http://[fd00:ec2::254]/'
url: {template: 'http://\$where/'}
url: '/to?http://198.51.100.7/', curl_option_followlocation: 1
url: '/to?//198.51.100.7/', curl_option_followlocation: 1
url: '/to?http://3325256711/', curl_option_followlocation: 1
url: '/to?http://evil.test/', curl_option_followlocation: 1
url: '/to?http://[::ffff:198.51.100.7]/', curl_option_followlocation: 1
url: '/to?https://198.51.100.7/', curl_option_followlocation: 1
url: '/to?/to?http://198.51.100.7/', curl_option_followlocation: 1
url: '/to?http://169.254.169.254/', curl_option_followlocation: 1
url: /x, curl_option_proxy: 'http://198.51.100.7:3128'
url: /x, curl_option_proxy: 'http://evil.test:3128'
url: /x, curl_option_proxy: 'http://3325256711:3128'
url: /x, curl_option_proxy: 'http://198.51.100.7:3128', curl_option_httpproxytunnel: 1
url: /x, curl_option_proxy: 'https://198.51.100.7:3128'
url: /x, curl_option_proxy: 'socks4://198.51.100.7:1080'
url: /x, curl_option_proxy: 'socks4a://198.51.100.7:1080'
url: /x, curl_option_proxy: 'socks5://198.51.100.7:1080'
url: /x, curl_option_proxy: 'socks5h://evil.test:1080'
url: /x, curl_option_connect_to: ['::198.51.100.7:80']
url: /x, curl_option_connect_to: ['::0xc6336407:80']
url: /x, curl_option_connect_to: ['127.0.0.1:$port:evil.test:80']
url: /x, curl_option_connect_to: ['::[::ffff:c633:6407]:80']
url: 'http://localhost:81/', curl_option_resolve: ['localhost:81:198.51.100.7']
url: 'http://localhost:81/', curl_option_resolve: ['*:81:198.51.100.7']
url: 'http://api.test:81/', curl_option_resolve: ['api.test:81:198.51.100.7']
url: 'http://198.51.100.7/', performance: {repeat: 2, concurrency: 2}
url: 'http://evil.test/', performance: {repeat: 2, concurrency: 2, mode: async}
url: '/to?http://198.51.100.7/', curl_option_followlocation: 1, performance: {repeat: 2, concurrency: 2}
url: '/to?http://evil.test/', curl_option_followlocation: 1, performance: {repeat: 2, concurrency: 2, mode: async}
url: /x, curl_option_proxy: 'http://198.51.100.7:3128', performance: {repeat: 2, concurrency: 2, mode: async}
EOF_FORMS

left() { awk '$1 == "out0:" { print $11 }' /proc/net/dev; }

# Until the system itself has nothing more to say there.
quiet() {
    local before
    for _ in $(seq 40); do
        before=$(left)
        sleep 0.5
        [ "$(left)" = "$before" ] && return
    done
    echo "the device is never quiet"
    exit 1
}

config="- config: {connect_timeout: 0.2, timeout: 0.4, variable_binds: {where: 198.51.100.7}"
forms=$(grep -c . "$work/forms")
wrong=0

# The counter-proof: without a rule every form sends something.
quiet
while IFS= read -r form; do
    printf '%s}\n- test: {%s}\n' "$config" "$form" > "$work/one.yaml"
    before=$(left)
    timeout 20 "$binary" "$url" "$work/one.yaml" > "$work/out" 2>&1 < /dev/null || true
    # A look-up that was given up may still be on its way.
    for _ in $(seq 20); do [ "$(left)" != "$before" ] && break; sleep 0.1; done
    if [ "$(left)" = "$before" ]; then
        echo "WRONG: proves nothing, for it sends nothing by itself: $form"
        wrong=1
    fi
done < "$work/forms"

{ printf '%s}\n' "$config"; sed 's/.*/- test: {&}/' "$work/forms"; } > "$work/all.yaml"
{ printf '%s, allow_hosts: [127.0.0.1, localhost]}\n' "$config"; sed 's/.*/- test: {&}/' "$work/forms"; } > "$work/own.yaml"

# none LABEL FORMS COMMAND...: all forms at once, of which each must be refused, and none may send anything.
none() {
    local label=$1 forms=$2 before refused
    shift 2
    quiet
    before=$(left)
    timeout 60 "$@" > "$work/out" 2>&1 < /dev/null || true
    sleep 0.5
    refused=$(grep "Reason: .*not allowed" "$work/out" | grep -o '([^ ,)]*\.yaml:[0-9]*' | sort -u | wc -l)
    if [ "$(left)" != "$before" ] || [ "$refused" != "$forms" ]; then
        echo "WRONG: $label: $(($(left) - before)) packets left, $refused of $forms forms refused"
        grep "Reason: " "$work/out" | grep -v "not allowed" || true
        wrong=1
    else
        echo "$label: $forms forms refused, no packet left"
    fi
}
none "--offline" "$forms" "$binary" "$url" "$work/all.yaml" --offline
none "RESTTEST_OFFLINE" "$forms" env RESTTEST_OFFLINE=1 "$binary" "$url" "$work/all.yaml"
none "--allow-host" "$forms" "$binary" "$url" "$work/all.yaml" --allow-host 127.0.0.1 --allow-host localhost
none "--allow-host with a block" "$forms" "$binary" "$url" "$work/all.yaml" --allow-host 127.0.0.0/8 --allow-host '*.localhost' --allow-host localhost
none "allow_hosts" "$forms" "$binary" "$url" "$work/own.yaml"
none "a proxy of the environment" "$forms" env http_proxy=http://198.51.100.7:3128 https_proxy=http://evil.test:3128 no_proxy= "$binary" "$url" "$work/all.yaml" --offline
none "two processes" $((2 * forms)) "$binary" "$url" "$work/all.yaml" "$work/own.yaml" --parallel-suites 2 --offline

# What is recorded needs no server, and asks none: not when it is judged anew, and not when it is played back.
printf -- '- test: {url: /x}\n- test: {url: /to?/x, curl_option_followlocation: 1}\n' > "$work/recorded.yaml"
"$binary" "$url" "$work/recorded.yaml" --record-exchanges "$work/rec" > "$work/out" 2>&1 || { cat "$work/out"; wrong=1; }
kill "$server"
server=
quiet
before=$(left)
if ! "$binary" recheck "$work/rec" "$work/recorded.yaml" > "$work/out" 2>&1; then
    echo "WRONG: recheck"
    cat "$work/out"
    wrong=1
fi
"$binary" mock "$work/rec" --port-file "$work/mock.port" > /dev/null 2>&1 &
server=$!
for _ in $(seq 100); do [ -s "$work/mock.port" ] && break; sleep 0.05; done
if ! "$binary" "http://127.0.0.1:$(cat "$work/mock.port")" "$work/recorded.yaml" > "$work/out" 2>&1; then
    echo "WRONG: a recording played back"
    cat "$work/out"
    wrong=1
fi
sleep 0.5
if [ "$(left)" != "$before" ]; then
    echo "WRONG: a recording made $(($(left) - before)) packets leave"
    wrong=1
else
    echo "a recording judged anew and played back: no packet left"
fi

exit $wrong
