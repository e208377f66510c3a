"""Writes a wheel that holds nothing but the program, and a module for `python -m resttest`.

    python3 .ci/wheel.py TARGET PROGRAM VERSION FOLDER

The distribution is called resttest-cli: on PyPI, resttest is a stranger's, which a mirror would deliver.
"""
import base64
import hashlib
import os
import sys
import zipfile

# A static program meets all three: any glibc since 2014, and Alpine.
TAGS = ["manylinux_2_17", "manylinux2014", "musllinux_1_1"]

MODULE = '''\
"""python -m resttest: runs the program that was installed with this module."""
import os
import sys
import sysconfig

site = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
places = [
    os.path.join(site, "..", "..", "..", "bin"),
    os.path.join(site, "bin"),
    sysconfig.get_path("scripts"),
    sysconfig.get_path("scripts", os.name + "_user"),
]
for place in places:
    program = os.path.normpath(os.path.join(place, "resttest"))
    if os.access(program, os.X_OK):
        os.execv(program, [program] + sys.argv[1:])
sys.exit("resttest: its program is in none of " + ", ".join(map(os.path.normpath, places)))
'''

METADATA = """\
Metadata-Version: 2.1
Name: resttest-cli
Version: {version}
Summary: REST API tests and micro-benchmarks written in YAML, run by one small static binary
License: Apache-2.0
Keywords: rest,api,testing,benchmark,pyresttest
Platform: linux
Classifier: Environment :: Console
Classifier: Intended Audience :: Developers
Classifier: License :: OSI Approved :: Apache Software License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Rust
Classifier: Topic :: Software Development :: Testing
Requires-Python: >=3.6
Description-Content-Type: text/markdown

"""


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(target, program, version, folder):
    machine = target.split("-")[0]
    tags = [f"{tag}_{machine}" for tag in TAGS]
    name = f"resttest_cli-{version}"
    info = f"{name}.dist-info"
    wheel = "Wheel-Version: 1.0\nGenerator: resttest\nRoot-Is-Purelib: false\n"
    wheel += "".join(f"Tag: py3-none-{tag}\n" for tag in tags)
    files = {
        f"{name}.data/scripts/resttest": (0o755, read(program)),
        "resttest/__init__.py": (0o644, b'"""The module behind python -m resttest."""\n'),
        "resttest/__main__.py": (0o644, MODULE.encode()),
        f"{info}/LICENSE": (0o644, read("LICENSE")),
        f"{info}/THIRD-PARTY.txt": (0o644, read("src/guides/licenses.txt")),
        f"{info}/METADATA": (0o644, METADATA.format(version=version).encode() + read("README.md")),
        f"{info}/WHEEL": (0o644, wheel.encode()),
    }
    record = ""
    for path, (_, content) in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(content)}\n"
    record += f"{info}/RECORD,,\n"
    # Installers want the list of files at the end.
    members = sorted(files.items()) + [(f"{info}/RECORD", (0o644, record.encode()))]
    with zipfile.ZipFile(os.path.join(folder, f"{name}-py3-none-{'.'.join(tags)}.whl"), "w") as archive:
        for path, (mode, content) in members:
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=9)


if len(sys.argv) != 5:
    sys.exit("usage: python3 .ci/wheel.py TARGET PROGRAM VERSION FOLDER")
main(*sys.argv[1:])
