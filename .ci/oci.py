"""Writes a container image without a container tool: one layer with the program and nothing else.

    python3 .ci/oci.py TARGET PROGRAM VERSION OUT

The file has both forms of index: index.json for skopeo, podman, ctr and registries (oci-archive), manifest.json for
`docker load`. Both name the same configuration and the same layer.
"""
import datetime
import hashlib
import io
import json
import os
import sys
import tarfile

# Nobody in particular: an empty image has no /etc/passwd.
USER = 65532
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))


def member(path, mode, content=None):
    entry = tarfile.TarInfo(path)
    entry.mode, entry.mtime = mode, EPOCH
    entry.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
    entry.size = len(content or b"")
    return entry, io.BytesIO(content or b"")


def tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for entry, content in members:
            archive.addfile(entry, content)
    return out.getvalue()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def main(target, program, version, out):
    with open(program, "rb") as file:
        content = file.read()
    with open("src/guides/licenses.txt", "rb") as file:
        licences = file.read()
    layer = tar([
        # Certificates may be mounted here; without any, the program's own roots count.
        member("etc", 0o755),
        member("etc/ssl", 0o755),
        member("etc/ssl/certs", 0o755),
        member("resttest", 0o755, content),
        member("usr", 0o755),
        member("usr/share", 0o755),
        member("usr/share/doc", 0o755),
        member("usr/share/doc/resttest", 0o755),
        member("usr/share/doc/resttest/THIRD-PARTY.txt", 0o644, licences),
    ])
    created = datetime.datetime.fromtimestamp(EPOCH, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    labels = {
        "org.opencontainers.image.created": created,
        "org.opencontainers.image.description": "REST API tests and micro-benchmarks written in YAML",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.title": "resttest",
        "org.opencontainers.image.version": version,
    }
    if os.environ.get("RESTTEST_COMMIT"):
        labels["org.opencontainers.image.revision"] = os.environ["RESTTEST_COMMIT"]
    blobs = {}

    def blob(kind, content):
        digest = hashlib.sha256(content).hexdigest()
        blobs[digest] = content
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content)}

    # Not compressed: the digest of the layer is then the one of its content, in both forms.
    layer_at = blob("application/vnd.oci.image.layer.v1.tar", layer)
    configuration_at = blob("application/vnd.oci.image.config.v1+json", compact({
        "created": created,
        "architecture": ARCHITECTURES[target.split("-")[0]],
        "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "Env": ["PATH=/"],
            "Entrypoint": ["/resttest"],
            "Cmd": ["help"],
            "WorkingDir": "/",
            "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [layer_at["digest"]]},
        "history": [{"created": created, "created_by": "resttest: .ci/oci.py"}],
    }))
    manifest_at = blob("application/vnd.oci.image.manifest.v1+json", compact({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": configuration_at,
        "layers": [layer_at],
        "annotations": labels,
    }))
    manifest_at["platform"] = {"architecture": ARCHITECTURES[target.split("-")[0]], "os": "linux"}
    manifest_at["annotations"] = {
        "io.containerd.image.name": f"docker.io/library/resttest:{version}",
        "org.opencontainers.image.ref.name": version,
    }
    path = {one["digest"]: "blobs/sha256/" + one["digest"].split(":")[1] for one in (layer_at, configuration_at)}
    files = [
        member("oci-layout", 0o644, compact({"imageLayoutVersion": "1.0.0"})),
        member("index.json", 0o644, compact({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [manifest_at],
        })),
        member("manifest.json", 0o644, compact([{
            "Config": path[configuration_at["digest"]],
            "RepoTags": [f"resttest:{version}"],
            "Layers": [path[layer_at["digest"]]],
        }])),
        member("blobs", 0o755),
        member("blobs/sha256", 0o755),
    ]
    files += [member(f"blobs/sha256/{digest}", 0o644, content) for digest, content in sorted(blobs.items())]
    with open(out, "wb") as file:
        file.write(tar(files))


if len(sys.argv) != 5:
    sys.exit("usage: python3 .ci/oci.py TARGET PROGRAM VERSION OUT")
main(*sys.argv[1:])
