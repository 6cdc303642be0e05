"""What the parts of scripts/image and scripts/universe share."""
import hashlib
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
# In bytes: what the image may take uncompressed.
SIZE_MAX = 120_000_000
USER = 65532


class Fault(Exception):
    """What is wrong, in words."""


class Parts:
    """Where things are, under one folder."""

    def __init__(self, folder):
        self.folder = folder.resolve()
        self.root = self.folder / "root"
        self.layout = self.folder / "oci"
        self.archive = self.folder / "understudy.tar"
        self.sbom = self.folder / "understudy.spdx.json"
        self.unpacked = self.folder / "unpacked"


def run(*command, **options):
    """Runs a program and returns what it printed."""
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def version():
    """Of understudy, as it says itself."""
    text = (ROOT / "Sources/understudy/VersionCommand.swift").read_text()
    found = re.search(r'static let version = "([0-9][0-9A-Za-z.+-]*)"', text)
    if not found:
        raise Fault("VersionCommand.swift names no version")
    return found[1]


def last_commit():
    """Seconds since the epoch of the last commit, or what SOURCE_DATE_EPOCH says: the same for the same tree."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if told:
        return int(told)
    # Who builds may be another user than the one whose folder it is.
    command = ["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "log", "-1", "--format=%ct"]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        raise Fault("there is no commit to take a time from: set SOURCE_DATE_EPOCH")
    return int(answer.stdout)


def digest(path):
    """SHA-256 of a file, in lower-case hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def needed(path):
    """The shared libraries that a program or library names, and the loader it asks for."""
    text = run("readelf", "--wide", "--dynamic", "--program-headers", str(path))
    libraries = re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", text)
    loaders = re.findall(r"\[Requesting program interpreter: ([^\]]+)\]", text)
    return libraries, loaders
