"""The packages that cargo builds resttest from, as `cargo metadata` and Cargo.lock tell of them.

Those that only tests need (dev-dependencies) are left out where nobody asks for them.
"""
import json
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def metadata(target=None):
    """What cargo knows; of one target, or of all."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    if target:
        command += ["--filter-platform", target]
    return json.loads(subprocess.check_output(command, cwd=ROOT))


def checksums():
    """What Cargo.lock says of every package that is fetched: name and version, SHA-256."""
    field = r'(name|version|checksum) = "([^"]*)"'
    with open(os.path.join(ROOT, "Cargo.lock"), encoding="utf-8") as lock:
        blocks = [dict(re.findall("(?m)^" + field, block)) for block in lock.read().split("[[package]]")[1:]]
    return {(one["name"], one["version"]): one["checksum"] for one in blocks if "checksum" in one}


class Tree:
    """The program's package, those in the program, and those that only its build (or its tests) need."""

    def __init__(self, target=None, with_tests=False):
        known = metadata(target)
        self.packages = {package["id"]: package for package in known["packages"]}
        self.nodes = {node["id"]: node for node in known["resolve"]["nodes"]}
        self.root = known["resolve"]["root"]
        self.inside = self._closure({None}, is_in_program=True)
        self.building = self._closure({None, "build"} | ({"dev"} if with_tests else set())) - self.inside
        self.version = self.packages[self.root]["version"]
        self.checksums = checksums()

    def needs(self, package, kinds):
        """The packages that one needs directly, in the order of their names."""
        of = self.nodes[package]["deps"]
        return sorted({need["pkg"] for need in of if any(kind["kind"] in kinds for kind in need["dep_kinds"])})

    def _closure(self, kinds, is_in_program=False):
        seen, rest = set(), [self.root]
        while rest:
            package = rest.pop()
            # A macro runs in the compiler, and so does all that it needs.
            is_macro = any("proc-macro" in target["kind"] for target in self.packages[package]["targets"])
            if package not in seen and not (is_macro and is_in_program):
                seen.add(package)
                rest += self.needs(package, kinds)
        return seen

    def all(self):
        """All but the program's own, in the order of names and versions."""
        others = [self.packages[one] for one in (self.inside | self.building) - {self.root}]
        return sorted(others, key=lambda package: (package["name"], package["version"]))


def expression(package):
    """The licence as SPDX writes it; older packages have a stroke between alternatives."""
    return (package["license"] or "NOASSERTION").replace("/", " OR ")
