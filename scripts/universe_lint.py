"""Holds the package against Universe's rules, Cosmos', Marathon's and our own."""

import json
import re
import struct

import jsonschema
import pystache
from image_common import ROOT, Fault, digest, version

import universe_lint_app
import universe_lint_settings
from universe_build import entry
from universe_package import ARTIFACTS, NO_DIGEST, Package, places

SCHEMAS = ROOT.parent / "shared" / "schemas"
PACKAGING = "4.0"
REQUIRED = ("packagingVersion", "name", "version", "maintainer", "description", "tags", "licenses", "framework")
PREVIEW = "This DC/OS Service is currently in preview."
GROUPS = ("service", "mesos", "portworx", "sources", "limits", "api", "state")
PICKERS = {"service_account": "application/x-service-account+string"}
SECRET_PICKER = "application/x-secret+string"
ICONS = {"small": 48, "medium": 96, "large": 256}
RESOURCE = re.compile(r"\{\{\{?[#^/]?\s*resource\.([A-Za-z0-9_.-]+)\s*\}?\}\}")
ADDRESS = re.compile(r"https?://(?!\{\{)")


class Findings:
    """What is wrong, and how many looks it took."""

    def __init__(self):
        self.lines = []
        self.checks = 0
        self.known = set()

    def want(self, is_good, file, words):
        self.checks += 1
        if not is_good:
            self.add(file, words)

    def add(self, file, words):
        # What is wrong in one rendering is in others too: the first says enough.
        key = (file.partition(",")[0], words)
        if key not in self.known:
            self.known.add(key)
            self.lines.append(f"{file}: {words}")

    def attempt(self, action, *arguments):
        """What it returns; None when it is at fault, which is noted."""
        self.checks += 1
        try:
            return action(*arguments)
        except Fault as fault:
            file, _, words = str(fault).partition(": ")
            self.add(file, words)
            return None


def lint(folder, schemas=None, settings=None, repository=None, artifacts=None):
    """Every finding of the package in a folder.

    schemas: the folder of the published schemas; settings: what `understudy settings` lists; repository: the built
    document, held against the package and, with artifacts, against the files that it names.
    """
    findings = Findings()
    package = findings.attempt(Package, folder)
    if package is None:
        return findings
    about(package, findings)
    config(package, findings)
    addresses = places("http://universe.invalid", "registry.invalid")
    resource = findings.attempt(package.filled, addresses, lambda _: NO_DIGEST)
    resource_names(package, findings)
    icons(package, findings)
    # The rest renders what is well-formed alone.
    if resource is None or findings.lines:
        return findings
    universe_lint_app.check(package, resource, findings, schemas)
    if settings is not None:
        universe_lint_settings.check(package, resource, findings, settings)
    if schemas is not None:
        by_schemas(package, resource, findings, schemas)
    if repository is not None:
        built(package, repository, artifacts, findings)
    return findings


def about(package, findings):
    file, document = "package.json", package.about
    for name in REQUIRED:
        findings.want(document.get(name) not in (None, "", []), file, f"{name} is missing")
    findings.want(document.get("packagingVersion") == PACKAGING, file, f"packagingVersion has to be {PACKAGING}")
    name = str(document.get("name"))
    findings.want(re.fullmatch(r"[a-z][a-z0-9-]*[a-z0-9]", name), file, f"name cannot be {name}")
    findings.want(
        document.get("version") == version(), file, f"version has to be the program's, which is {version()}"
    )
    plain = re.fullmatch(r"[-a-zA-Z0-9.]+", str(document.get("version")))
    findings.want(plain, file, "version has a character that Cosmos refuses")
    findings.want(document.get("framework") is True, file, "framework has to be true")
    # A changed option of an installed service is an upgrade to the very same version.
    itself = {"*", document.get("version")} & set(document.get("upgradesFrom", []))
    findings.want(itself, file, "upgradesFrom lacks its own version")
    notes = document.get("preInstallNotes", "")
    findings.want(notes.startswith(PREVIEW), file, f'preInstallNotes has to begin with "{PREVIEW}"')
    dotted = re.fullmatch(r"\d+(\.\d+)+", document.get("minDcosReleaseVersion", ""))
    findings.want(dotted, file, "minDcosReleaseVersion has to be numbers with dots between")
    for tag in document.get("tags", []):
        findings.want(not re.search(r"\s", tag), file, f"the tag {tag!r} has a space in it")
    for licence in document.get("licenses", []):
        good = licence.get("name") and re.match(r"https?://", licence.get("url", ""))
        findings.want(good, file, "a licence needs a name and a url")


def config(package, findings):
    file = "config.json"
    try:
        jsonschema.Draft4Validator.check_schema(package.config)
        findings.checks += 1
    except jsonschema.SchemaError as error:
        findings.add(file, f"{'.'.join(map(str, error.path)) or 'the document'}: {error.message}")
        return
    groups = tuple(package.config.get("properties", {}))
    findings.want(groups == GROUPS, file, f"the groups have to be {', '.join(GROUPS)}")
    for group, schema in package.config.get("properties", {}).items():
        findings.want(schema.get("description"), file, f"{group} has no description")
        # Cosmos lets a misspelt option pass otherwise, and the scheduler starts without it.
        findings.want(schema.get("additionalProperties") is False, file, f"{group} takes what is no option")
        for name in schema.get("required", []):
            findings.want(name in schema["properties"], file, f"{group} requires {name}, which is no option")
    for group, name, option in package.properties():
        path = f"{group}.{name}"
        findings.want(option.get("description"), file, f"{path} has no description")
        findings.want("default" in option, file, f"{path} has no default")
        if "default" in option:
            for error in jsonschema.Draft4Validator(option).iter_errors(option["default"]):
                findings.add(file, f"{path}: its default does not satisfy it: {error.message}")
        picker = SECRET_PICKER if name.endswith("_secret") else PICKERS.get(name)
        if picker:
            findings.want(option.get("media", {}).get("type") == picker, file, f"{path}: media.type has to be {picker}")
            findings.want(option.get("default") == "", file, f"{path}: has to be empty by default")
    # A tag like {{service.name}} is no option of the template when no group has it: rendering says so. The other way:
    for group, name, _ in package.properties():
        findings.want(f"{group}.{name}}}}}" in package.template, package.TEMPLATE, f"nobody reads {group}.{name}")


def resource_names(package, findings):
    """Every resource that is used exists, every one that exists is used, and no address is anywhere else."""
    assets = package.resource.get("assets", {})
    there = {f"assets.uris.{name}" for name in assets.get("uris", {})}
    there |= {f"assets.container.docker.{name}" for name in assets.get("container", {}).get("docker", {})}
    used = set(RESOURCE.findall(package.template))
    for name in sorted(used - there):
        findings.add(package.TEMPLATE, f"resource.{name} is not in resource.json")
    for name in sorted(there - used):
        findings.add("resource.json", f"{name} is used by nobody")
    findings.checks += len(there | used)
    # Mirrors for clusters without the internet look into resource.json alone.
    address = ADDRESS.search(package.template)
    findings.want(not address, package.TEMPLATE, "has an address, which belongs into resource.json")
    findings.want(
        not re.search(r'"image":\s*"(?!\{\{)', package.template), package.TEMPLATE, "image has to be a resource"
    )
    try:
        pystache.parse(package.template)
        findings.checks += 1
    except pystache.parser.ParsingError as error:
        findings.add(package.TEMPLATE, f"is no Mustache: {error}")
    for system, kinds in package.resource.get("cli", {}).get("binaries", {}).items():
        command = kinds.get("x86-64", {})
        where = f"cli.binaries.{system}.x86-64"
        name = command.get("url", "").rsplit("/", 1)[-1]
        findings.want(name in ARTIFACTS, "resource.json", f"{where}.url: no target makes {name}")
        findings.want(command.get("kind") == "zip", "resource.json", f"{where}.kind has to be zip")
        hashes = [one.get("value") for one in command.get("contentHash", []) if one.get("algo") == "sha256"]
        expected = f"{{{{sha256:{name}}}}}"
        findings.want(hashes == [expected], "resource.json", f"{where}.contentHash has to be {expected}")


def icons(package, findings):
    images = package.resource.get("images", {})
    for size, pixels in ICONS.items():
        url = images.get(f"icon-{size}", "")
        is_png = url.endswith(".png")
        findings.want(is_png, "resource.json", f"images.icon-{size} has to be a PNG: the UI wants all three")
        if not is_png:
            continue
        name = url.rsplit("/", 1)[-1]
        for file, edge in ((name, pixels), (name.replace(".png", "@2x.png"), 2 * pixels)):
            path = package.folder / "icons" / file
            good = path.is_file() and png_size(path.read_bytes()) == (edge, edge)
            findings.want(good, f"icons/{file}", f"has to be a PNG of {edge} by {edge}")


def png_size(data):
    """Width and height; None for what is no PNG."""
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        return None
    return struct.unpack(">II", data[16:24])


def by_schemas(package, resource, findings, folder):
    """By Universe's published schemas: the files, and the repository's document made of them."""
    folder = folder / "universe"
    store = {}
    for path in folder.glob("*.json"):
        store[path.name] = json.loads(path.read_text())
    repository = {"packages": [entry(package, resource, 0)]}
    for file, name, document in (
        ("package.json", "package-schema.json", package.about),
        ("config.json", "config-schema.json", package.config),
        ("resource.json", "v3-resource-schema.json", resource),
        ("the repository", "v4-repo-schema.json", repository),
    ):
        if name not in store:
            findings.add(file, f"the schema {name} is not in {folder}")
            continue
        # The references are to files beside it, whatever address the schema gives itself.
        schema = {key: value for key, value in store[name].items() if key != "id"}
        resolver = jsonschema.RefResolver("", schema, store=store)
        findings.checks += 1
        for error in jsonschema.Draft4Validator(schema, resolver=resolver).iter_errors(document):
            closest = jsonschema.exceptions.best_match([error])
            where = ".".join(map(str, closest.absolute_path)) or "the document"
            findings.add(file, f"{where}: {closest.message[:200]} (by {name})")


def built(package, repository, artifacts, findings):
    """The document that was built is of this package, and its hashes are of the files."""
    file = "the repository"
    packages = repository.get("packages", [])
    findings.want(len(packages) == 1, file, "has to hold one package")
    if len(packages) != 1:
        return
    one = packages[0]
    expected = entry(package, one.get("resource"), one.get("lastUpdated"))
    findings.want(one == expected, file, "is not of this package: 'make universe' builds it")
    for system, kinds in one.get("resource", {}).get("cli", {}).get("binaries", {}).items():
        command = kinds["x86-64"]
        name = command["url"].rsplit("/", 1)[-1]
        path = findings.attempt(artifacts.path, name)
        told = command["contentHash"][0]["value"]
        findings.want(path is None or digest(path) == told, file, f"cli for {system}: {name} has another SHA-256")

