"""The image's root filesystem: the program, its helper, and what they need at run time."""
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile

from image_common import ROOT, USER, Fault, digest, needed, run

PROGRAMS = "usr/local/bin"
ACCOUNTS = {
    "etc/passwd": f"""\
root:x:0:0:root:/root:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
understudy:x:{USER}:{USER}:understudy:/nonexistent:/usr/sbin/nologin
""",
    "etc/group": f"root:x:0:\nnogroup:x:65534:\nunderstudy:x:{USER}:\n",
    # Both modules are in libc itself since glibc 2.34: nothing more is loaded to resolve a name.
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
ZONES = "/usr/share/zoneinfo"
# The same zones once more, in another way of counting, which no C library reads by default; and this machine's own.
OTHER_ZONES = re.compile(rf"{ZONES}/(right|posix|localtime)(/|$)")
AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"


def assemble(parts, binary, helper):
    """Makes the tree anew.

    Returns the Debian packages in it, by name.
    """
    check_libc()
    if parts.root.exists():
        shutil.rmtree(parts.root)
    parts.root.mkdir(parents=True)
    programs = parts.root / PROGRAMS
    programs.mkdir(parents=True)
    for source, name in [(binary, "understudy"), (helper, "copyboot")]:
        if not source.is_file():
            raise Fault(f"{source} is not there: build it first")
        shutil.copyfile(source, programs / name)
        (programs / name).chmod(0o755)
    # What is for a debugger is nearly half of the file; the build keeps it.
    run("strip", "--strip-all", str(programs / "understudy"))
    if any(needed(programs / "copyboot")):
        raise Fault(f"{helper} is not static: it has to run in any image")
    files = libraries(binary)
    for path in files:
        copy(path, parts.root)
    files += zones(parts.root)
    authorities(parts.root)
    for path, text in ACCOUNTS.items():
        put(parts.root / path, text)
    (parts.root / "tmp").mkdir()
    packages = owners(files) | {"ca-certificates"}
    for package in sorted(packages):
        words = pathlib.Path(f"/usr/share/doc/{package}/copyright")
        put(parts.root / words.relative_to("/"), words.read_text())
    put(parts.root / "usr/share/doc/understudy/LICENSE", (ROOT / "LICENSE").read_text())
    settle(parts.root)
    return packages


def check_libc():
    number = tuple(int(part) for part in run("getconf", "GNU_LIBC_VERSION").split()[1].split(".")[:2])
    if number < (2, 34):
        raise Fault(f"glibc {number} loads further modules to resolve names, which would be missing")


def libraries(program):
    """Paths of all that the loader maps for a program, itself included, as on this machine."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
    text = run("ldd", str(program), env=environment)
    missing = re.findall(r"^\s+(\S+) => not found", text, re.MULTILINE)
    if missing:
        raise Fault(f"{program} needs libraries that are not here: {', '.join(missing)}")
    return sorted(set(re.findall(r"(?:^|=>)\s+(/\S+) \(0x", text, re.MULTILINE)))


def copy(path, root):
    """Copies a file under the path by which it is looked for, with every link on the way there."""
    rest = pathlib.PurePosixPath(path).parts[1:]
    done = pathlib.PurePosixPath("/")
    while rest:
        here, rest = done / rest[0], rest[1:]
        there = root / here.relative_to("/")
        if os.path.islink(here):
            target = os.readlink(here)
            there.parent.mkdir(parents=True, exist_ok=True)
            if not there.is_symlink():
                there.symlink_to(target)
            resolved = pathlib.PurePosixPath(os.path.normpath(os.path.join(here.parent, target)))
            rest, done = resolved.parts[1:] + rest, pathlib.PurePosixPath("/")
        elif rest:
            there.mkdir(parents=True, exist_ok=True)
            done = here
        elif not there.exists():
            shutil.copyfile(here, there)
            there.chmod(0o755 if os.access(here, os.X_OK) else 0o644)


def zones(root):
    """Time zones, as Debian's tzdata has them. The scheduler counts in UTC; times that it is asked to read may not."""
    paths = [path for path in run("dpkg-query", "--listfiles", "tzdata").splitlines() if path.startswith(ZONES + "/")]
    kept = [path for path in paths if not OTHER_ZONES.match(path) and not os.path.isdir(path)]
    for path in kept:
        copy(path, root)
    return kept[:1]


def authorities(root):
    """The authorities that Debian's package trusts: not those that were added to this machine.

    A slim machine may keep the package's bundle alone, which has those as well: then the package is fetched.
    """
    names = [name for name in run("dpkg-query", "--listfiles", "ca-certificates").splitlines() if name.endswith(".crt")]
    if not names:
        raise Fault("the package ca-certificates has no certificates")
    with tempfile.TemporaryDirectory() as folder:
        # Whoever unpacks there may be another user than root.
        os.chmod(folder, 0o755)
        if not all(os.path.isfile(name) for name in names):
            number = run("dpkg-query", "--show", "--showformat=${Version}", "ca-certificates")
            run("apt-get", "download", f"ca-certificates={number}", cwd=folder)
            (package,) = pathlib.Path(folder).glob("*.deb")
            run("dpkg-deb", "--extract", str(package), folder)
        else:
            folder = "/"
        put(root / AUTHORITIES, "".join(pathlib.Path(folder, name[1:]).read_text() for name in sorted(names)))


def owners(files):
    """The Debian packages that files come from; a debug build has Swift's own libraries from elsewhere."""
    found = set()
    for path in files:
        names = {path, os.path.realpath(path)}
        # Debian records some under /lib that are in /usr/lib.
        names |= {name.removeprefix("/usr") for name in names}
        for name in sorted(names):
            try:
                found |= {line.split(":")[0] for line in run("dpkg-query", "--search", name).splitlines()}
                break
            except subprocess.CalledProcessError:
                continue
        else:
            if not path.startswith("/opt/swift/"):
                raise Fault(f"no Debian package owns {path}")
    return found


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def settle(root):
    """Modes that do not depend on who builds."""
    for folder, folders, files in os.walk(root):
        os.chmod(folder, 0o755)
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                executable = os.stat(path).st_mode & stat.S_IXUSR
                os.chmod(path, 0o755 if executable else 0o644)
    os.chmod(root / "tmp", 0o1777)


def listing(root):
    """Every path of a tree, with what it is: for comparison."""
    entries = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = pathlib.Path(folder, name)
            about = path.lstat()
            if path.is_symlink():
                entries[str(path.relative_to(root))] = ("link", os.readlink(path))
            elif path.is_dir():
                entries[str(path.relative_to(root))] = ("folder", stat.S_IMODE(about.st_mode))
            else:
                entries[str(path.relative_to(root))] = ("file", stat.S_IMODE(about.st_mode), about.st_size, digest(path))
    return entries
