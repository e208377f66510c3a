# What the measurements share: source it. Stops what it started, and only that, by process id.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
resttest=${RESTTEST:-$root/target/release/resttest}
[ -x "$resttest" ] || { echo "no $resttest: cargo build --release, or RESTTEST=path" >&2; exit 1; }
work=$(mktemp -d)
started=()
cleanup() {
    for pid in ${started[@]+"${started[@]}"}; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

# One core for the client, another for the server, where there are two.
if [ "$(nproc)" -ge 2 ] && command -v taskset >/dev/null; then
    client="taskset -c 0" server="taskset -c 1"
else
    client="" server=""
    echo "note: one core, or no taskset: client and server share it" >&2
fi

has() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; }
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'; }

# nginx with one worker and a 29-byte JSON answer; sets $url. Over https, with a certificate that openssl signs
# with its own key, where openssl is: sets $secure_url, else leaves it empty.
start_nginx() {
    has nginx || { echo "nginx is not installed" >&2; exit 1; }
    local nginx port
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    port=${PORT:-18480} secure_url=
    local listen=""
    if command -v openssl >/dev/null; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
            -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
        secure_url=https://127.0.0.1:$((port + 1))
        listen="listen 127.0.0.1:$((port + 1)) ssl reuseport backlog=8192;
             ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem; ssl_session_cache shared:s:1m;"
    fi
    cat > "$work/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/error.log;
events { worker_connections ${WORKER_CONNECTIONS:-8192}; }
http {
    access_log off; keepalive_requests 100000000; keepalive_timeout 600;
    client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
    server { listen 127.0.0.1:$port reuseport backlog=8192; $listen
             location / { default_type application/json; return 200 '{"id": 1, "login": "gbaltar"}'; } }
}
CONF
    $server "$nginx" -p "$work" -c "$work/nginx.conf" 2>/dev/null &
    started+=($!)
    url=http://127.0.0.1:$port
    for _ in $(seq 100); do curl -s -o /dev/null "$url/" && return; sleep 0.05; done
    echo "nginx does not answer: $(cat "$work/error.log")" >&2
    exit 1
}

# peer.rs, built without packages; sets $peer.
build_peer() {
    peer=$work/peer
    rustc --edition 2024 -O -o "$peer" "$here/peer.rs"
}

# A figure of a summary block.
figure() { awk -v name="$1:" '$1 == name { print $2 }'; }
