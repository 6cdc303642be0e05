"""Unpacks what was packed, looks whether it is what it should be, and runs it."""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess

import image_sbom
from image_common import SIZE_MAX, Fault, digest, needed, run, version
from image_pack import dockerfile, unpack_archive, unpack_layout
from image_root import ACCOUNTS, AUTHORITIES, ZONES, listing

SHELLS = {"sh", "ash", "bash", "dash", "ksh", "zsh", "csh", "tcsh", "fish", "busybox", "toybox"}
PROGRAMS = {"usr/local/bin/understudy", "usr/local/bin/copyboot"}
DEVICES = ["null", "zero", "urandom"]
DEMO_SECONDS = 300


def check_size(size, any_size=False):
    if size > SIZE_MAX and not any_size:
        raise Fault(f"{size} bytes are more than {SIZE_MAX}")


def check(parts, first_port, any_size):
    if not parts.archive.is_file() or not parts.layout.is_dir():
        raise Fault(f"there is no image in {parts.folder}: scripts/image build makes it")
    if parts.unpacked.exists():
        shutil.rmtree(parts.unpacked)
    root = parts.unpacked / "archive"
    other = parts.unpacked / "layout"
    configurations = [unpack_archive(parts.archive, root), unpack_layout(parts.layout, other)]
    entries = listing(root)
    if entries != listing(other) or entries != listing(parts.root):
        raise Fault("the Docker archive, the OCI layout and the tree that they were made from are not the same")
    for configuration in configurations:
        check_configuration(configuration)
    size = sum(entry[2] for entry in entries.values() if entry[0] == "file")
    check_size(size, any_size)
    check_entries(root, entries)
    check_packages(root, parts)
    say(f"{len(entries)} entries, {size} bytes: the archive and the layout have the same, and no shell")
    check_runs(root, first_port)
    shutil.rmtree(parts.unpacked)


def say(text):
    print(f"image          {text}", flush=True)


def check_configuration(configuration):
    wanted = dockerfile()
    about = configuration["config"]
    found = {
        "user": about.get("User"),
        "env": about.get("Env"),
        "entrypoint": about.get("Entrypoint"),
        "labels": about.get("Labels"),
    }
    for name, value in wanted.items():
        if found[name] != value:
            raise Fault(f"the image's {name} is {found[name]}, and the Dockerfile's {value}")
    if about.get("Cmd") or configuration.get("os") != "linux" or len(configuration["rootfs"]["diff_ids"]) != 1:
        raise Fault("the image has a command, another system, or more than one layer")


def check_entries(root, entries):
    """Everything in it is known, and nothing is more than it has to be."""
    mapped = closure(root)
    known = PROGRAMS | mapped | set(ACCOUNTS) | {AUTHORITIES}
    data = (ZONES.lstrip("/") + "/", "usr/share/doc/")
    for path, entry in entries.items():
        kind, rest = entry[0], entry[1:]
        if kind == "folder":
            if rest[0] != (0o1777 if path == "tmp" else 0o755):
                raise Fault(f"the folder /{path} has the mode {rest[0]:o}")
            continue
        if path not in known and not path.startswith(data):
            raise Fault(f"/{path} is in it, and nothing needs it")
        if pathlib.PurePosixPath(path).name in SHELLS:
            raise Fault(f"/{path} is a shell")
        if kind == "link":
            if not os.path.lexists(inside(root, path)):
                raise Fault(f"/{path} leads nowhere")
            continue
        mode = rest[0]
        if mode not in (0o644, 0o755) or (mode & stat.S_IXUSR and path.startswith(data)):
            raise Fault(f"/{path} has the mode {mode:o}")
    for path in known:
        if path not in entries:
            raise Fault(f"/{path} is missing")


def walk(root, path):
    """The links that a path of the image goes through, and the parts of where it ends; our own links do not count."""
    links, done, rest = set(), [], list(pathlib.PurePosixPath(path).parts)
    for _ in range(100):
        if not rest:
            return links, done
        part = rest.pop(0)
        if part == "/":
            done = []
        elif part == "..":
            done = done[:-1]
        elif root.joinpath(*done, part).is_symlink():
            links.add("/".join([*done, part]))
            rest = list(pathlib.PurePosixPath(os.readlink(root.joinpath(*done, part))).parts) + rest
        else:
            done = [*done, part]
    raise Fault(f"/{path} is a circle of links")


def inside(root, path):
    """Where a path of the image is on this machine."""
    return root.joinpath(*walk(root, path)[1])


def closure(root):
    """Paths of the loader and of all libraries that the program needs, links on the way there included."""
    program = root / "usr/local/bin/understudy"
    folders = [f"{folder}/{triple()}" for folder in ["lib", "usr/lib"]] + ["lib", "usr/lib", "lib64"]
    folders += re.findall(r"RUNPATH.*\[([^:\]]+)", run("readelf", "--wide", "--dynamic", str(program)))
    found, waiting = set(), set()
    libraries, loaders = needed(program)
    waiting |= set(libraries) | set(loaders)
    seen = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        places = [name.lstrip("/")] if name.startswith("/") else [f"{folder.strip('/')}/{name}" for folder in folders]
        place = next((place for place in places if inside(root, place).is_file()), None)
        if place is None:
            raise Fault(f"{name} is needed, and is not in it")
        steps = trail(root, place)
        found |= steps
        libraries, _ = needed(inside(root, place))
        waiting |= set(libraries)
    return found


def trail(root, path):
    """The links that a path goes through, and the file at its end."""
    links, done = walk(root, path)
    return links | {"/".join(done)}


def triple():
    return run("gcc", "-print-multiarch").strip() if shutil.which("gcc") else f"{os.uname().machine}-linux-gnu"


def check_packages(root, parts):
    text = (root / image_sbom.INSIDE / parts.sbom.name).read_text()
    if text != parts.sbom.read_text():
        raise Fault("the list of packages in the image is another than the one beside it")
    document = json.loads(text)
    image_sbom.validate(document)
    own = next(entry for entry in document["packages"] if entry["SPDXID"] == image_sbom.OWN)
    if own["versionInfo"] != version():
        raise Fault(f"the list of packages speaks of understudy {own['versionInfo']}")
    if own["checksums"][0]["checksumValue"] != digest(root / "usr/local/bin/understudy"):
        raise Fault("the list of packages is of another build of understudy")
    say(f"{len(document['packages'])} packages are listed in {parts.sbom.name}")


def check_runs(root, first_port):
    # As a container's runtime makes them.
    for name in ["proc", "dev"]:
        (root / name).mkdir()
    said = inside_it(root, "version").strip()
    if said != f"understudy {version()}":
        raise Fault(f"the program in it says that it is {said}")
    say(f"{said}, in it")
    print(inside_it(root, "demo", "--once", "--first-port", str(first_port)), end="")
    if os.listdir(root / "tmp"):
        raise Fault("demo --once left something in /tmp")


# Mounts are seen by this process alone, and gone with it. A user without rights is root of a name space of his own.
INSIDE = """
set -eu
root=$1 user=$2
shift 2
mount --rbind /proc "$root/proc"
for device in %s; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
exec chroot $user "$root" "$@"
""" % " ".join(DEVICES)


def inside_it(root, *arguments):
    """Runs the image's entry point with the image's environment, as its user, and returns what it printed."""
    wanted = dockerfile()
    is_root = os.geteuid() == 0
    user = f"--userspec={wanted['user']} --groups={wanted['user'].split(':')[1]}" if is_root else ""
    space = ["unshare", "--mount"] + ([] if is_root else ["--user", "--map-root-user"])
    environment = dict(variable.split("=", 1) for variable in wanted["env"])
    # The machine's own programs come first, and are gone behind chroot: nothing of them is there.
    command = [*space, "/bin/sh", "-c", INSIDE, "image", str(root), user, "/usr/local/bin/understudy", *arguments]
    environment["PATH"] += ":/usr/sbin:/usr/bin:/sbin:/bin"
    try:
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEMO_SECONDS)
    except subprocess.TimeoutExpired:
        raise Fault(f"understudy {' '.join(arguments)} took longer than {DEMO_SECONDS} s in it") from None
    if answer.returncode != 0:
        words = (answer.stdout + answer.stderr).strip()
        raise Fault(f"understudy {' '.join(arguments)} ended with {answer.returncode} in it:\n{words}")
    return answer.stdout
