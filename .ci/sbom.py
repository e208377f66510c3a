"""Writes the bill of materials of one target, CycloneDX 1.5 in JSON, from what cargo knows; no network, no time of day.

    python3 .ci/sbom.py TARGET PROGRAM OUT

What only tests need is left out; what only the build needs is marked as excluded from the program.
"""
import datetime
import hashlib
import json
import os
import sys
import uuid

import packages


def name_of(package):
    return f"pkg:cargo/{package['name']}@{package['version'].replace('+', '%2B')}"


def licence(package):
    return [{"expression": packages.expression(package)}] if package["license"] else []


def component(tree, package):
    made = {
        "type": "library",
        "bom-ref": name_of(package),
        "name": package["name"],
        "version": package["version"],
        "scope": "required" if package["id"] in tree.inside else "excluded",
        "licenses": licence(package),
        "purl": name_of(package),
    }
    if package["description"]:
        made["description"] = " ".join(package["description"].split())
    checksum = tree.checksums.get((package["name"], package["version"]))
    if checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if (package["repository"] or "").startswith("https://"):
        made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return made


def main(target, program, out):
    tree = packages.Tree(target)
    own = tree.packages[tree.root]
    with open(program, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    time = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    members = {tree.root} | tree.inside | tree.building
    needs = []
    for package in sorted(members, key=lambda one: name_of(tree.packages[one])):
        needed = [name_of(tree.packages[one]) for one in tree.needs(package, {None, "build"}) if one in members]
        needs.append({"ref": name_of(tree.packages[package]), "dependsOn": sorted(set(needed))})
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name_of(own)}?target={target}&sha256={digest}')}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": name_of(own),
                "name": own["name"],
                "version": own["version"],
                "description": own["description"],
                "licenses": licence(own),
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "purl": name_of(own),
                "properties": [{"name": "resttest:target", "value": target}],
            },
        },
        "components": [component(tree, package) for package in tree.all()],
        "dependencies": needs,
    }
    with open(out, "w", encoding="utf-8") as file:
        json.dump(bill, file, indent=2, ensure_ascii=False)
        file.write("\n")


if len(sys.argv) != 4:
    sys.exit("usage: python3 .ci/sbom.py TARGET PROGRAM OUT")
main(*sys.argv[1:])
