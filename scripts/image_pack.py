"""Packs the root filesystem: a layer that is the same whoever builds it, an OCI layout, a Docker archive."""
import json
import os
import pathlib
import re
import shlex
import shutil
import tarfile
import time

from image_common import ROOT, Fault, run, version

# Debian's names, and those of images.
ARCHITECTURES = {"amd64": "amd64", "arm64": "arm64"}


def dockerfile(path=ROOT / "Dockerfile"):
    """The configuration that the Dockerfile gives: the one place where it is written down."""
    wanted = {"user": "", "env": [], "entrypoint": [], "labels": {}}
    text = re.sub(r"\\\n", " ", path.read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if lines[:2] != ["FROM scratch", "COPY build/image/root /"]:
        raise Fault("the Dockerfile has to begin with FROM scratch and COPY build/image/root /")
    for line in lines[2:]:
        word, rest = line.split(maxsplit=1)
        if word == "USER":
            wanted["user"] = rest.strip()
        elif word == "ENV":
            wanted["env"] += shlex.split(rest)
        elif word == "ENTRYPOINT":
            wanted["entrypoint"] = json.loads(rest)
        elif word == "LABEL":
            wanted["labels"] |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        else:
            raise Fault(f"the Dockerfile says {word}, which the image's configuration is not made from")
    if wanted["labels"].get("org.opencontainers.image.version") != version():
        raise Fault(f"the Dockerfile's label version is not {version()}, as VersionCommand has it")
    return wanted


def layer(root, path, moment):
    """One archive of a tree, in the order of its names, everything root's and of one moment.

    Returns the size of its files in bytes.
    """
    size = 0
    # GNU's format: PAX would note times and names again.
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for entry in sorted(root.rglob("*"), key=lambda entry: entry.relative_to(root).parts):
            about = archive.gettarinfo(str(entry), str(entry.relative_to(root)))
            # Two files that happen to be one on the disk are two all the same.
            if about.islnk():
                raise Fault(f"{entry} is a hard link")
            about.uid = about.gid = 0
            about.uname = about.gname = ""
            about.mtime = moment
            if about.isfile():
                size += about.size
                with open(entry, "rb") as content:
                    archive.addfile(about, content)
            else:
                archive.addfile(about)
    return size


def pack(parts, moment):
    """Makes both forms anew; the size of the layer's files in bytes."""
    for old in [parts.layout, parts.archive]:
        if old.is_dir():
            shutil.rmtree(old)
        elif old.exists():
            old.unlink()
    wanted = dockerfile()
    debian = run("dpkg", "--print-architecture").strip()
    if debian not in ARCHITECTURES:
        raise Fault(f"an image for {debian} has no name")
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    made = parts.folder / "layer.tar"
    size = layer(parts.root, made, moment)
    image = f"{parts.layout}:{version()}"
    run("umoci", "init", "--layout", str(parts.layout))
    run("umoci", "new", "--image", image)
    history = ["--history.created", when, "--history.created_by", "scripts/image"]
    run("umoci", "raw", "add-layer", "--image", image, *history, str(made))
    options = ["--config.user", wanted["user"], "--architecture", ARCHITECTURES[debian], "--os", "linux", "--created", when]
    for variable in wanted["env"]:
        options += ["--config.env", variable]
    for word in wanted["entrypoint"]:
        options += ["--config.entrypoint", word]
    for name, value in sorted(wanted["labels"].items()):
        options += ["--config.label", f"{name}={value}"]
    run("umoci", "config", "--image", image, "--no-history", *options)
    run("umoci", "gc", "--layout", str(parts.layout))
    made.unlink()
    name = f"understudy:{version()}"
    run("skopeo", "copy", f"oci:{image}", f"docker-archive:{parts.archive}:{name}", cwd=parts.folder)
    return size


def unpack_archive(path, target):
    """Unpacks a Docker archive; its configuration."""
    with tarfile.open(path) as archive:
        (manifest,) = json.load(archive.extractfile("manifest.json"))
        for name in manifest["Layers"]:
            extract(archive.extractfile(name), target)
        return json.load(archive.extractfile(manifest["Config"]))


def unpack_layout(path, target):
    """Unpacks the one image of an OCI layout; its configuration."""

    def blob(descriptor):
        algorithm, name = descriptor["digest"].split(":")
        return path / "blobs" / algorithm / name

    (entry,) = json.loads((path / "index.json").read_text())["manifests"]
    manifest = json.loads(blob(entry).read_text())
    for descriptor in manifest["layers"]:
        with open(blob(descriptor), "rb") as stream:
            extract(stream, target)
    return json.loads(blob(manifest["config"]).read_text())


def extract(stream, target):
    """One layer, whose entries have to stay inside and to be root's."""
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for entry in archive:
            path = pathlib.PurePosixPath(entry.name)
            if path.is_absolute() or ".." in path.parts or path.name.startswith(".wh."):
                raise Fault(f"the layer has an entry {entry.name}")
            if not (entry.isfile() or entry.isdir() or entry.issym()):
                raise Fault(f"{entry.name} is no file, folder or link")
            if (entry.uid, entry.gid) != (0, 0):
                raise Fault(f"{entry.name} is {entry.uid}:{entry.gid}'s, and not root's")
            place = target / path
            if not place.parent.resolve().is_relative_to(target.resolve()):
                raise Fault(f"{entry.name} leads out of the image")
            if entry.isdir():
                place.mkdir(exist_ok=True)
            elif entry.issym():
                place.symlink_to(entry.linkname)
            else:
                with open(place, "wb") as file:
                    shutil.copyfileobj(archive.extractfile(entry), file)
            if not entry.issym():
                os.chmod(place, entry.mode)
