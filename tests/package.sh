#!/usr/bin/env bash
# Installs what .ci/package made, each as its reader would, without a network, and runs it. What needs a tool that is
# not to be had is skipped and says so.
#
#   tests/package.sh [TARGET]    of target/dist; default x86_64-unknown-linux-musl
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-x86_64-unknown-linux-musl}
machine=${target%%-*}
case $machine in
x86_64) arch=amd64 image=.oci.tar emulator=() ;;
aarch64) arch=arm64 image=-arm64.oci.tar emulator=(qemu-aarch64-static) ;;
*) echo "package: unknown target \"$target\"" >&2 && exit 64 ;;
esac
if [ "$machine" = "$(uname -m)" ]; then emulator=(); fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
dist=$PWD/target/dist
built=$PWD/target/musl/$target/release/resttest
work=$(mktemp -d)
mirror=
trap '[ -z "$mirror" ] || kill "$mirror" 2>/dev/null; rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1
passed=0 skipped=0
ok() { echo "ok       $*" && passed=$((passed + 1)); }
skip() { echo "SKIPPED  $*" && skipped=$((skipped + 1)); }
die() {
    echo "FAILED   $*"
    [ ! -f "$work/out" ] || sed 's/^/         /' "$work/out"
    exit 1
}
# works COMMAND…: it is the program that was built, and its demo passes.
works() {
    "$@" --version >"$work/out" 2>&1 || die "$* --version"
    [ "$(cat "$work/out")" = "resttest $version" ] || die "$* is of another version"
    "$@" --version --verbose >"$work/out" 2>&1 || die "$* --version --verbose"
    grep -qx "target: $target" "$work/out" || die "$* is for another target"
    "$@" demo >"$work/out" 2>&1 || die "$* demo"
}
same() { cmp -s "$1" "$built" || die "$1 is not the program that was built"; }

# --- all there, and nothing else --------------------------------------------------------------------------
wheel=resttest_cli-$version-py3-none-manylinux_2_17_$machine.manylinux2014_$machine.musllinux_1_1_$machine.whl
for file in "resttest-$version-$target.tar.gz" "$wheel" "resttest-$version$image" "resttest-$version-$target.cdx.json" \
    "resttest-$version-vendored.tar.gz" THIRD-PARTY.txt SHA256SUMS; do
    [ -s "$dist/$file" ] || die "target/dist/$file is missing"
done
(cd "$dist" && sha256sum --check --strict SHA256SUMS) >"$work/out" 2>&1 || die "checksums"
(cd "$dist" && find . -type f ! -name SHA256SUMS -printf '%f\n' | sort) >"$work/files"
cut -c67- "$dist/SHA256SUMS" | sort | diff - "$work/files" >"$work/out" || die "SHA256SUMS names other files"
ok "$(wc -l <"$work/files") files, as SHA256SUMS says"

# --- licences ---------------------------------------------------------------------------------------------
python3 .ci/licenses.py --check >"$work/out" 2>&1 || die "licences"
"${emulator[@]}" "$built" help licenses | cmp -s - "$dist/THIRD-PARTY.txt" || die "help licenses is not THIRD-PARTY.txt"
ok "licences of what is built in, in the program and beside it"

# --- archive ----------------------------------------------------------------------------------------------
folder=resttest-$version-$target
mkdir "$work/archive"
tar -C "$work/archive" -xzf "$dist/$folder.tar.gz"
(cd "$work/archive" && find . -type f | sort) >"$work/files"
diff - "$work/files" >"$work/out" <<FILES || die "the archive has other files"
./$folder/LICENSE
./$folder/README.md
./$folder/THIRD-PARTY.txt
./$folder/completions/_resttest
./$folder/completions/resttest.bash
./$folder/completions/resttest.fish
./$folder/resttest
./$folder/resttest.1
FILES
same "$work/archive/$folder/resttest"
works "${emulator[@]}" "$work/archive/$folder/resttest"
ok "archive: unpacked, the demo passes"

# --- wheel ------------------------------------------------------------------------------------------------
# pip refuses what is for another processor.
if [ ${#emulator[@]} -gt 0 ]; then
    python3 -m zipfile -e "$dist/$wheel" "$work/wheel"
    same "$work/wheel/resttest_cli-$version.data/scripts/resttest"
    skip "wheel: only unpacked, it is for $machine"
elif python3 -m venv "$work/venv" >"$work/out" 2>&1; then
    pip=("$work/venv/bin/pip" --disable-pip-version-check --quiet)
    "${pip[@]}" install --no-index --find-links "$dist" resttest-cli >"$work/out" 2>&1 || die "pip install"
    same "$work/venv/bin/resttest"
    works "$work/venv/bin/resttest"
    works "$work/venv/bin/python" -m resttest
    "$work/venv/bin/python" -m resttest lint /nowhere.yaml >"$work/out" 2>&1 && die "its exit code is lost"
    "${pip[@]}" check >"$work/out" 2>&1 || die "pip check"
    "$work/venv/bin/pip" --disable-pip-version-check show --files resttest-cli >"$work/out" && grep -q 'THIRD-PARTY.txt' "$work/out" || die "no licences"
    "${pip[@]}" uninstall --yes resttest-cli >"$work/out" 2>&1 && [ ! -e "$work/venv/bin/resttest" ] || die "pip uninstall"
    "${pip[@]}" install --no-index --find-links "$dist" --target "$work/flat" resttest-cli >"$work/out" 2>&1
    PYTHONPATH=$work/flat works "$work/venv/bin/python" -m resttest
    # What the example for GitLab does, from a mirror with nothing else in it.
    mkdir -p "$work/mirror/simple/resttest-cli"
    cp "$dist/$wheel" "$work/mirror/simple/resttest-cli/"
    python3 -u -m http.server --bind 127.0.0.1 --directory "$work/mirror" 0 >"$work/served" 2>&1 &
    mirror=$!
    for _ in $(seq 100); do grep -q 'port [0-9]' "$work/served" && break || sleep 0.1; done
    line=$(sed -n 's/^ *- \(pip install --index-url .*\)$/\1/p' fixtures/ci/gitlab-ci.yml)
    [ -n "$line" ] || die "the example for GitLab installs nothing"
    python3 -m venv "$work/runner"
    (PATH=$work/runner/bin:$PATH && export MIRROR=http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$work/served" | head -1)/simple &&
        unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY && PIP_CONFIG_FILE=/dev/null sh -c "$line") >"$work/out" 2>&1 || die "$line"
    kill "$mirror" && mirror=
    works "$work/runner/bin/resttest"
    ok "wheel: $line"
    ok "wheel: installed offline into a fresh venv, the demo passes, python -m resttest too"
else
    skip "wheel: python3 -m venv does not work here"
fi

# --- deb --------------------------------------------------------------------------------------------------
deb=$dist/resttest_${version}_$arch.deb
if command -v dpkg-deb >/dev/null; then
    [ -s "$deb" ] || die "$deb is missing"
    dpkg-deb --contents "$deb" >"$work/contents"
    grep -v 'root/root' "$work/contents" >"$work/out" && die "files of others than root"
    for file in usr/bin/resttest usr/share/man/man1/resttest.1.gz usr/share/bash-completion/completions/resttest \
        usr/share/zsh/vendor-completions/_resttest usr/share/fish/vendor_completions.d/resttest.fish \
        usr/share/doc/resttest/{copyright,changelog.gz,THIRD-PARTY.txt.gz} usr/share/lintian/overrides/resttest; do
        grep -q " ./$file\$" "$work/contents" || die "$file is not in it"
    done
    [ -z "$(dpkg-deb --field "$deb" Depends)" ] || die "it depends on something"
    ar t "$deb" >"$work/out"
    grep -qx data.tar.xz "$work/out" || die "old versions of dpkg cannot read it"
    root=$work/root
    if [ "$(id -u)" = 0 ]; then
        # A root of its own, with the records that dpkg asks for.
        mkdir -p "$root"/var/lib/dpkg/{info,updates}
        touch "$root"/var/lib/dpkg/{status,available}
        dpkg --root="$root" --log="$work/log" --force-architecture --install "$deb" >"$work/out" 2>&1 || die "dpkg -i"
        dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Status}' resttest >"$work/out"
        grep -qx installed "$work/out" || die "it is not installed"
        dpkg --root="$root" --verify resttest >"$work/out" 2>&1 && [ ! -s "$work/out" ] || die "dpkg --verify"
    else
        dpkg-deb -x "$deb" "$root"
        skip "dpkg -i: only unpacked, for want of rights"
    fi
    same "$root/usr/bin/resttest"
    works "${emulator[@]}" "$root/usr/bin/resttest"
    bash -n "$root/usr/share/bash-completion/completions/resttest" || die "its completions"
    ok "deb: installed with dpkg -i, its demo passes"
    if command -v lintian >/dev/null; then
        lintian --fail-on error,warning "$deb" >"$work/out" 2>&1 || die "lintian"
        ok "deb: lintian"
    else
        skip "lintian is not here"
    fi
else
    skip "deb: no dpkg-deb here"
fi

# --- image ------------------------------------------------------------------------------------------------
python3 - "$dist/resttest-$version$image" "$work/layer" "$version" "$arch" >"$work/out" 2>&1 <<'PYTHON' || die "image"
import hashlib, json, sys, tarfile
path, out, version, arch = sys.argv[1:]
image = tarfile.open(path)
names = image.getnames()
assert len(names) == len(set(names)), names
read = lambda name: image.extractfile(name).read()
def blob(at):
    kind, digest = at["digest"].split(":")
    content = read(f"blobs/{kind}/{digest}")
    assert hashlib.new(kind, content).hexdigest() == digest and len(content) == at["size"], at
    return content
assert json.loads(read("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
[at] = json.loads(read("index.json"))["manifests"]
manifest = json.loads(blob(at))
configuration = json.loads(blob(manifest["config"]))
[layer_at] = manifest["layers"]
layer = blob(layer_at)
assert configuration["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(layer).hexdigest()]
assert (configuration["architecture"], configuration["os"]) == (arch, "linux") == tuple(at["platform"].values())
assert configuration["config"]["User"] == "65532:65532" and configuration["config"]["Entrypoint"] == ["/resttest"]
assert configuration["config"]["Labels"]["org.opencontainers.image.version"] == version
# What docker load reads says the same.
[docker] = json.loads(read("manifest.json"))
assert docker["RepoTags"] == [f"resttest:{version}"]
assert docker["Config"] == "blobs/sha256/" + manifest["config"]["digest"][7:]
assert docker["Layers"] == ["blobs/sha256/" + layer_at["digest"][7:]]
files = {name for name in names if name.startswith("blobs/sha256/")}
assert len(files) == 3, files
with open(out, "wb") as file:
    file.write(layer)
PYTHON
mkdir "$work/image"
tar -C "$work/image" -xf "$work/layer"
same "$work/image/resttest"
[ -d "$work/image/etc/ssl/certs" ] || die "there is no place for certificates"
if [ "$(id -u)" = 0 ] && [ ${#emulator[@]} = 0 ] && command -v chroot >/dev/null; then
    chmod 755 "$work" "$work/image"
    works chroot --userspec=65532:65532 "$work/image" /resttest
    ok "image: digests, both indexes; in its root as user 65532 the demo passes"
else
    works "${emulator[@]}" "$work/image/resttest"
    ok "image: digests, both indexes; the demo passes"
fi
if command -v skopeo >/dev/null; then
    skopeo --insecure-policy copy "oci-archive:$dist/resttest-$version$image" "dir:$work/copied" >"$work/out" 2>&1 || die "skopeo, oci-archive"
    skopeo --insecure-policy copy "docker-archive:$dist/resttest-$version$image" "dir:$work/loaded" >"$work/out" 2>&1 || die "skopeo, docker-archive"
    ok "image: skopeo reads it as oci-archive and as docker-archive"
else
    skip "image: no skopeo here"
fi

# --- bill of materials ------------------------------------------------------------------------------------
sbom=$dist/resttest-$version-$target.cdx.json
python3 - "$sbom" "$built" >"$work/out" 2>&1 <<'PYTHON' || die "bill of materials"
import hashlib, json, sys
sys.path.insert(0, ".ci")
import packages
bill = json.load(open(sys.argv[1]))
assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
own = bill["metadata"]["component"]
assert own["hashes"][0]["content"] == hashlib.sha256(open(sys.argv[2], "rb").read()).hexdigest()
locked = packages.checksums()
for one in bill["components"]:
    assert one["licenses"] and one["purl"].startswith("pkg:cargo/"), one
    assert one["hashes"][0]["content"] == locked[one["name"], one["version"]], one
names = {one["name"]: one["scope"] for one in bill["components"]}
assert len(names) > 80 and "rcgen" not in names, names
assert names["ring"] == "required" and names["cc"] == "excluded" and not any("windows" in name for name in names)
refs = {own["bom-ref"]} | {one["bom-ref"] for one in bill["components"]}
assert len(refs) == len(bill["components"]) + 1
assert {need["ref"] for need in bill["dependencies"]} == refs
assert all(set(need["dependsOn"]) <= refs for need in bill["dependencies"])
PYTHON
ok "bill of materials: names what Cargo.lock has, without what only tests need"
if python=$(tests/venv.sh cyclonedx 'cyclonedx-python-lib[json-validation]==11.12.0' 2>"$work/out"); then
    "$python" - "$sbom" >"$work/out" 2>&1 <<'PYTHON' || die "the bill of materials is not valid"
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read())
if wrong is not None:
    sys.exit(str(wrong)[:2000])
PYTHON
    ok "bill of materials: valid by the schema of CycloneDX 1.5"
else
    skip "bill of materials: cyclonedx-python-lib is not to be had"
fi

# --- source -----------------------------------------------------------------------------------------------
# What it needs of cargo's own folder it would have to fetch: it gets an empty one.
mkdir "$work/source" "$work/cargo"
tar -C "$work/source" -xzf "$dist/resttest-$version-vendored.tar.gz"
source=$work/source/resttest-$version-vendored
if ! (cd "$source" && CARGO_HOME=$work/cargo CARGO_NET_OFFLINE=true CARGO_TARGET_DIR=$work/source/target \
    cargo build --offline --locked) >"$work/out" 2>&1; then
    die "cargo build --offline"
fi
"$work/source/target/debug/resttest" demo >"$work/out" 2>&1 || die "the demo of what was built offline"
[ "$(find "$work/cargo" -name '*.crate' | wc -l)" = 0 ] || die "packages were fetched"
ok "source: cargo build --offline, with nothing in cargo's folder; the demo passes"

# --- twice the same ---------------------------------------------------------------------------------------
if [ ${#emulator[@]} = 0 ]; then
    cp "$dist/SHA256SUMS" "$work/first"
    # Other time, other rights, other folder for cargo's work: the same files.
    (umask 077 && TZ=Asia/Tokyo CARGO_TARGET_DIR=$work/other .ci/package "$target") >"$work/out" 2>&1 || die ".ci/package, again"
    diff "$work/first" "$dist/SHA256SUMS" >"$work/out" || die "packaged again, they differ"
    ok "packaged again: the same bytes"
fi
echo "packages: $passed passed, $skipped skipped, 0 failed"
