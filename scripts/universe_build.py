"""Makes one repository document of the package, which Cosmos reads, and the list of hashes of what it names."""

import base64
import json
import os

from image_common import Fault, digest, last_commit

from universe_package import ARTIFACTS, Artifacts, Package, places

# Which of the revisions of this version it is, as Universe counts them.
RELEASE = 1
DOCUMENT = "stub-universe.json"


def entry(package: Package, resource, moment):
    """The package as it stands in a repository of version 4."""
    template = base64.b64encode(package.template.encode()).decode()
    return package.about | {
        "releaseVersion": RELEASE,
        "lastUpdated": moment,
        "config": package.config,
        "resource": resource,
        "marathon": {"v2AppMustacheTemplate": template},
    }


def resource_of(package: Package, artifacts: Artifacts, base_url, registry, with_cli=True):
    """resource.json, filled; without the plugin where that is not built."""
    if with_cli:
        return package.filled(places(base_url, registry), artifacts.digest)
    resource = package.filled(places(base_url, registry), lambda name: "")
    del resource["cli"]
    return resource


def document(package: Package, artifacts: Artifacts, base_url, registry, with_cli=True):
    """The whole repository: one package."""
    resource = resource_of(package, artifacts, base_url, registry, with_cli)
    return {"packages": [entry(package, resource, last_commit())]}


def encoded(repository):
    return (json.dumps(repository, indent=2) + "\n").encode()


def write(repository, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".new")
    unfinished.write_bytes(encoded(repository))
    unfinished.replace(target)


def sums(artifacts: Artifacts, target):
    """Lines as sha256sum writes them: of the document, and of each artefact that is built."""
    paths = [target]
    for name in ARTIFACTS:
        try:
            paths.append(artifacts.path(name))
        except Fault:
            # --without-cli lets one be missing; those that the document needs were asked for before.
            continue
    lines = [f"{digest(path)}  {os.path.relpath(path, target.parent)}\n" for path in paths]
    (target.parent / "SHA256SUMS").write_text("".join(lines))
