"""The image's list of packages, as SPDX 2.3 in JSON, and a look whether it is one."""
import datetime
import hashlib
import json
import pathlib
import re
import subprocess

from image_common import ROOT, Fault, digest, run, version

INSIDE = "usr/share/doc/understudy"
OWN = "SPDXRef-understudy"
# Debian's short names of licences, where SPDX has another.
SPDX_NAMES = {
    "apache-2.0": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "curl": "curl",
    "expat": "MIT",
    "gpl-2+": "GPL-2.0-or-later",
    "isc": "ISC",
    "lgpl-2+": "LGPL-2.0-or-later",
    "lgpl-2.1+": "LGPL-2.1-or-later",
    "lgpl-3+": "LGPL-3.0-or-later",
    "mit": "MIT",
    "mpl-2.0": "MPL-2.0",
    "zlib": "Zlib",
}
NONE = "NOASSERTION"
# What copyboot has linked in: Debian's static archives.
HELPER_PACKAGES = ["libc6-dev", "libcrypt-dev"]


def write(parts, packages, binary, moment):
    """Writes the document beside the tree and into it, with the licences of what is linked in."""
    runtime = swift_runtime()
    swift = swift_packages(binary)
    own = package(OWN, "understudy", version(), "Apache-2.0", NONE)
    own["checksums"] = [{"algorithm": "SHA256", "checksumValue": digest(parts.root / "usr/local/bin/understudy")}]
    entries = [own, runtime] + [entry for entry, _ in swift]
    entries += [debian(name) for name in sorted(packages | set(HELPER_PACKAGES))]
    for entry, licence in swift:
        place = parts.root / INSIDE / "licenses" / entry["name"]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(licence.read_bytes())
    text = json.dumps(entries, sort_keys=True)
    label = hashlib.sha256(text.encode()).hexdigest()[:16]
    linked = {entry["SPDXID"] for entry in [runtime] + [entry for entry, _ in swift]}
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"understudy-{version()}-image",
        "documentNamespace": f"https://spdx.org/spdxdocs/understudy-{version()}-{label}",
        "creationInfo": {
            "created": datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: understudy-scripts-image"],
        },
        "packages": entries,
        "relationships": [relationship("SPDXRef-DOCUMENT", "DESCRIBES", OWN)]
        + [
            relationship(OWN, "STATIC_LINK" if entry["SPDXID"] in linked else "DEPENDS_ON", entry["SPDXID"])
            for entry in entries[1:]
        ],
    }
    validate(document)
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    parts.sbom.write_text(text)
    inside = parts.root / INSIDE / parts.sbom.name
    inside.write_text(text)
    for path in [parts.root / INSIDE, *(parts.root / INSIDE).rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def relationship(of, kind, to):
    return {"spdxElementId": of, "relationshipType": kind, "relatedSpdxElement": to}


def package(identifier, name, number, licence, place, locator=None):
    entry = {
        "SPDXID": identifier,
        "name": name,
        "versionInfo": number,
        "downloadLocation": place,
        "filesAnalyzed": False,
        "licenseConcluded": NONE,
        "licenseDeclared": licence,
        "copyrightText": NONE,
    }
    if locator:
        entry["externalRefs"] = [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}
        ]
    return entry


def identifier(kind, name):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def debian(name):
    """A Debian package that is installed here."""
    number, architecture = run("dpkg-query", "--show", "--showformat=${Version} ${Architecture}\n", name).split("\n")[0].split()
    escaped = number.replace("+", "%2B").replace(":", "%3A")
    locator = f"pkg:deb/debian/{name.replace('+', '%2B')}@{escaped}?arch={architecture}"
    return package(identifier("deb", name), name, number, debian_licence(name), NONE, locator)


def debian_licence(name):
    """What its copyright file declares for all files that it names no other licence for."""
    text = pathlib.Path(f"/usr/share/doc/{name}/copyright").read_text(errors="replace")
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", paragraph, re.MULTILINE))
        if fields.get("Files", "").strip() == "*":
            return SPDX_NAMES.get(fields.get("License", "").strip().lower(), NONE)
    return NONE


def swift_runtime():
    words = subprocess.run(["swift", "--version"], check=True, capture_output=True, text=True)
    found = re.search(r"Swift version (\S+)", words.stdout + words.stderr)
    if not found:
        raise Fault("swift --version names no version")
    licence = "Apache-2.0 WITH Swift-exception"
    return package("SPDXRef-swift-runtime", "swift-runtime", found[1], licence, "https://github.com/swiftlang/swift")


def swift_packages(binary):
    """The Swift packages of which something is linked into a program, each with the file of its licence."""
    checkouts = ROOT / ".build/checkouts"
    pins = {}
    for pin in json.loads((ROOT / "Package.resolved").read_text())["pins"]:
        pins[pathlib.PurePosixPath(pin["location"]).name.removesuffix(".git")] = pin
    found = []
    for name in sorted(linked_checkouts(binary)):
        pin = pins.get(name)
        if not pin:
            raise Fault(f"Package.resolved pins no {name}")
        licences = sorted((checkouts / name).glob("LICENSE*"))
        if not licences:
            raise Fault(f"{checkouts / name} has no licence")
        location = pin["location"].removesuffix(".git")
        number = pin["state"]["version"]
        locator = f"pkg:swift/{location.removeprefix('https://')}@{number}"
        entry = package(identifier("swift", name), name, number, licence_of(licences[0]), pin["location"], locator)
        found.append((entry, licences[0]))
    return found


def linked_checkouts(binary):
    """Names of the checkouts whose objects the linker was given."""
    objects = binary.resolve().parent / "understudy.product/Objects.LinkFileList"
    if not objects.is_file():
        raise Fault(f"{objects} is not there: it says what is in {binary}; build understudy with SwiftPM")
    names = set()
    for folder in sorted(set(re.findall(r"(/[^\n']+\.build)/", objects.read_text()))):
        sources = pathlib.Path(folder, "sources")
        # C has no such file; what its compiler read says the same.
        files = [sources] if sources.is_file() else sorted(pathlib.Path(folder).rglob("*.d"))
        for file in files:
            names |= set(re.findall(r"/\.build/checkouts/([^/]+)/", file.read_text()))
    if not names:
        raise Fault(f"nothing of {objects} comes from a package")
    return names


def licence_of(path):
    text = re.sub(r"\s+", " ", path.read_text(errors="replace"))
    if "Apache License Version 2.0, January 2004" in text:
        exception = "Runtime Library Exception" in text
        return "Apache-2.0 WITH Swift-exception" if exception else "Apache-2.0"
    if "Permission is hereby granted, free of charge, to any person obtaining a copy" in text:
        return "MIT"
    return NONE


def validate(document):
    """Refuses what SPDX 2.3 does not allow, as far as this document has it.

    - Source: the specification's clauses 6, 7 and 11.
    """

    def want(condition, what):
        if not condition:
            raise Fault(f"the list of packages is no SPDX 2.3: {what}")

    want(document.get("spdxVersion") == "SPDX-2.3", "spdxVersion")
    want(document.get("dataLicense") == "CC0-1.0", "dataLicense")
    want(document.get("SPDXID") == "SPDXRef-DOCUMENT", "SPDXID")
    want(document.get("name"), "name")
    want(re.fullmatch(r"https://[^\s#]+", document.get("documentNamespace", "")), "documentNamespace")
    about = document.get("creationInfo", {})
    want(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", about.get("created", "")), "creationInfo.created")
    makers = about.get("creators", [])
    want(makers and all(re.match(r"(Tool|Person|Organization): ?\S", maker) for maker in makers), "creationInfo.creators")
    known = {"SPDXRef-DOCUMENT"}
    for entry in document.get("packages", []):
        name = entry.get("SPDXID", "")
        want(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name), f"SPDXID {name}")
        want(name not in known, f"SPDXID {name} twice")
        known.add(name)
        want(entry.get("name"), f"{name} has no name")
        place = entry.get("downloadLocation", "")
        want(place in (NONE, "NONE") or re.fullmatch(r"https://\S+", place), f"{name}: downloadLocation")
        want(entry.get("filesAnalyzed") is False, f"{name}: filesAnalyzed without files")
        for field in ["licenseConcluded", "licenseDeclared"]:
            licences = set(SPDX_NAMES.values()) | {NONE, "Apache-2.0 WITH Swift-exception"}
            want(entry.get(field) in licences, f"{name}: {field} {entry.get(field)}")
        for sum in entry.get("checksums", []):
            want(sum.get("algorithm") == "SHA256", f"{name}: checksum's algorithm")
            want(re.fullmatch(r"[0-9a-f]{64}", sum.get("checksumValue", "")), f"{name}: checksum")
        for reference in entry.get("externalRefs", []):
            want(reference.get("referenceType") == "purl", f"{name}: referenceType")
            want(reference.get("referenceLocator", "").startswith("pkg:"), f"{name}: referenceLocator")
    described = [
        link["relatedSpdxElement"] for link in document.get("relationships", []) if link["relationshipType"] == "DESCRIBES"
    ]
    want(described == [OWN], "what it describes")
    for link in document["relationships"]:
        for end in [link["spdxElementId"], link["relatedSpdxElement"]]:
            want(end in known, f"a relationship with {end}, which it does not have")
