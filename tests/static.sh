#!/usr/bin/env bash
# Proves that the static build is one: a file of at most 10 MB that runs where nothing else is. It runs in an
# empty root (chroot, so as root; other users need user namespaces), against servers on the loopback.
#
#   tests/static.sh [FILE]
set -euo pipefail
cd "$(dirname "$0")/.."
file=$(realpath "${1:-target/musl/x86_64-unknown-linux-musl/release/resttest}")
limit=10000000

work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
passed=0
ok() { echo "ok       $*" && passed=$((passed + 1)); }
die() {
    echo "FAILED   $*"
    [ ! -f "$work/out" ] || sed 's/^/         /' "$work/out"
    exit 1
}

# --- the file ---------------------------------------------------------------------------------------------
readelf -lW "$file" >"$work/out"
! grep -q INTERP "$work/out" || die "it wants an interpreter"
readelf -dW "$file" >"$work/out"
! grep -q NEEDED "$work/out" || die "it wants shared libraries"
if command -v file >/dev/null; then
    file -b "$file" >"$work/out"
    grep -qE 'statically linked|static-pie linked' "$work/out" || die "file does not call it static"
    grep -q 'stripped' "$work/out" && ! grep -q 'not stripped' "$work/out" || die "it is not stripped"
fi
ok "statically linked, no interpreter, no shared library"
size=$(stat -c %s "$file")
[ "$size" -le $limit ] || die "$size bytes are more than $limit"
ok "$size bytes (limit $limit)"

# --- an empty root ----------------------------------------------------------------------------------------
root=$work/root
mkdir "$root"
cp "$file" "$root/resttest"
if [ "$(id -u)" = 0 ]; then enter=("$(PATH=$PATH:/usr/sbin command -v chroot)" "$root"); else enter=("$(command -v unshare)" --map-root-user --root="$root"); fi
# in_root EXIT ARGUMENT...: runs it there with an empty environment and expects that exit code.
in_root() {
    local expected=$1 code=0
    shift
    env -i "${environment[@]}" "${enter[@]}" /resttest "$@" >"$work/out" 2>&1 </dev/null || code=$?
    [ "$code" = "$expected" ] || die "resttest $* exits $code, not $expected"
}
says() { grep -qF -- "$1" "$work/out" || die "it does not say: $1"; }
environment=()

[ "$(find "$root" -type f)" = "$root/resttest" ] || die "the root is not empty"
in_root 0 demo
ok "resttest demo, alone in the root"

# A server with a certificate for api.test from an authority of its own, and a name server that knows
# dns.test. The names are reserved for tests.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Test authority" \
    -addext basicConstraints=critical,CA:TRUE -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=api.test" -keyout "$work/key.pem" -out "$work/csr.pem" 2>/dev/null
openssl x509 -req -in "$work/csr.pem" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
    -extfile <(printf 'subjectAltName=DNS:api.test,DNS:dns.test\nbasicConstraints=CA:FALSE\n') \
    -out "$work/cert.pem" 2>/dev/null
cat >"$work/server.py" <<'PYTHON'
import http.server, os, socket, ssl, sys, threading
work = sys.argv[1]

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b'{"status": "up"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass

tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(f"{work}/cert.pem", f"{work}/key.pem")
class Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, request, address):
        pass  # a client that refuses the certificate
server = Quiet(("127.0.0.1", 0), Handler)
server.socket = tls.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()

names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    names.bind(("127.0.0.153", 53))
    dns = "dns"
except OSError:
    dns = "none"
with open(f"{work}/ports.new", "w") as ports:
    ports.write(f"{server.server_port} {dns}")
os.rename(f"{work}/ports.new", f"{work}/ports")
if dns == "none":
    threading.Event().wait()
while True:
    query, client = names.recvfrom(512)
    end = query.index(b"\0", 12) + 5
    name, kind = query[12:end - 4].lower(), query[end - 3]
    known = name == b"\3dns\4test\0"
    answer = known and kind == 1
    names.sendto(query[:2] + (b"\x81\x80" if known else b"\x81\x83") + b"\0\1" + (b"\0\1" if answer else b"\0\0") + b"\0\0\0\0"
                 + query[12:end] + (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if answer else b""), client)
PYTHON
python3 "$work/server.py" "$work" &
servers+=($!)
for _ in $(seq 100); do [ -f "$work/ports" ] && break; sleep 0.1; done
read -r port dns <"$work/ports" || true
[ -n "$port" ] || die "the test's own server does not start"

cat >"$root/suite.yaml" <<'YAML'
- test:
    - url: "/"
    - validators: [compare: {jsonpath_mini: "status", comparator: "eq", expected: "up"}]
YAML

in_root 1 "https://api.test:$port" /suite.yaml
says "api.test"
ok "an unknown name fails: $(grep -o 'Reason.*\|rror.*api.test.*' "$work/out" | head -1 | cut -c1-100)"

mkdir "$root/etc"
echo "127.0.0.1 api.test" >"$root/etc/hosts"
in_root 1 "https://api.test:$port" /suite.yaml
says "certificate"
ok "the name is found in /etc/hosts; an authority that is not known is refused: $(grep -o '[^:]*certificate.*' "$work/out" | head -1 | cut -c1-100)"

cp "$work/ca.pem" "$root/ca.pem"
environment=(SSL_CERT_FILE=/ca.pem)
in_root 0 "https://api.test:$port" /suite.yaml
ok "https with SSL_CERT_FILE"

if [ "$dns" = dns ]; then
    echo "nameserver 127.0.0.153" >"$root/etc/resolv.conf"
    in_root 0 "https://dns.test:$port" /suite.yaml
    ok "https to a name that the name server of /etc/resolv.conf knows"
else
    echo "NOTE: port 53 of 127.0.0.153 is not to be had; the look-up over DNS is not tested"
fi

# Each suite is a process of its own: the program must find itself without /proc.
if "$file" --help | grep -q -- --parallel-suites; then
    cp "$root/suite.yaml" "$root/second.yaml"
    in_root 0 "https://api.test:$port" --tests "/*.yaml" --parallel-suites 2
    ok "two suites in processes of their own"
fi
echo "static build: $passed passed, 0 failed"
