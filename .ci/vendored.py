"""Writes the source with all packages that it is built from, for those who may only build offline.

    python3 .ci/vendored.py FOLDER

FOLDER/resttest-V-vendored is made; `cargo build --release` in it asks no network. Packages that no target but Windows
builds keep their names and nothing else: they are 90 MB of import libraries.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys

import packages

UNIX = ["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "aarch64-unknown-linux-gnu",
        "aarch64-unknown-linux-musl", "aarch64-apple-darwin", "x86_64-apple-darwin"]

SETTINGS = """
# Nothing is fetched: all packages are in vendor/.
[source.crates-io]
replace-with = "vendored-sources"

[source.vendored-sources]
directory = "vendor"

[net]
offline = true
"""


def own_files():
    """Those of the repository; in an unpacked archive, all but what a build makes."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=packages.ROOT, capture_output=True, check=True).stdout
        names = [name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = []
    if names:
        return [name for name in names if os.path.isfile(os.path.join(packages.ROOT, name))]
    names = []
    for place, folders, files in os.walk(packages.ROOT):
        if place == packages.ROOT:
            folders[:] = [one for one in folders if one not in ("target", "vendor")]
        names += [os.path.relpath(os.path.join(place, name), packages.ROOT) for name in files]
    return sorted(names)


def empty(folder):
    """Leaves the manifest, and a library without anything in it."""
    with open(os.path.join(folder, ".cargo-checksum.json"), encoding="utf-8") as file:
        of_package = json.load(file)["package"]
    with open(os.path.join(folder, "Cargo.toml"), encoding="utf-8") as file:
        manifest = file.read()
    shutil.rmtree(folder)
    kept = {"Cargo.toml": manifest, "src/lib.rs": "", "build.rs": "fn main() {}\n"}
    for name, text in kept.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    files = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in kept.items()}
    with open(os.path.join(folder, ".cargo-checksum.json"), "w", encoding="utf-8") as file:
        json.dump({"files": files, "package": of_package}, file)


def main(folder):
    out = os.path.join(folder, f"resttest-{packages.Tree().version}-vendored")
    shutil.rmtree(out, ignore_errors=True)
    for name in own_files():
        os.makedirs(os.path.dirname(os.path.join(out, name)), exist_ok=True)
        shutil.copy(os.path.join(packages.ROOT, name), os.path.join(out, name))
    command = ["cargo", "vendor", "--quiet", "--locked", "--versioned-dirs", "vendor"]
    subprocess.run(command, cwd=out, check=True, stdout=subprocess.DEVNULL)
    needed = {one["id"] for target in UNIX for one in packages.Tree(target, with_tests=True).all()}
    for package in packages.metadata()["packages"]:
        place = os.path.join(out, "vendor", f"{package['name']}-{package['version']}")
        if package["id"] not in needed and os.path.isdir(place):
            empty(place)
    with open(os.path.join(out, ".cargo/config.toml"), "a", encoding="utf-8") as file:
        file.write(SETTINGS)


if len(sys.argv) != 2:
    sys.exit("usage: python3 .ci/vendored.py FOLDER")
main(os.path.abspath(sys.argv[1]))
