"""The package in universe/: read strictly, and with the places filled that only a build knows."""

import json
import re

from image_common import ROOT, Fault, digest, version

FOLDER = ROOT / "universe"
# Where scripts/plugin and scripts/image put what they make, under build/, and the make target that does.
ARTIFACTS = {
    "understudy-cli-linux.zip": ("plugin/understudy-cli-linux.zip", "plugin"),
    "understudy.tar": ("image/understudy.tar", "image"),
}
# In resource.json: {{registry}}, {{base-url}}, {{package-version}}, {{sha256:FILE}}.
PLACE = re.compile(r"\{\{([a-z0-9:.-]+)\}\}")
# Stands in for what is not built, where only the shape of the package is looked at.
NO_DIGEST = "0" * 64


class Package:
    """Of the four files, which of them there are, as they are parsed."""

    FILES = ("package.json", "config.json", "resource.json")
    TEMPLATE = "marathon.json.mustache"

    def __init__(self, folder=FOLDER):
        self.folder = folder
        self.about, self.config, self.resource = (parse(folder / name) for name in self.FILES)
        self.template = text(folder / self.TEMPLATE)

    def properties(self):
        """Every option, as (group, name, schema)."""
        for group, schema in self.config.get("properties", {}).items():
            for name, option in schema.get("properties", {}).items():
                yield group, name, option

    def icons(self):
        """The names of the icons' files, each with the one for dense screens."""
        for url in self.resource["images"].values():
            name = url.rsplit("/", 1)[-1]
            yield name
            yield name.replace(".png", "@2x.png")

    def filled(self, places, digest_of):
        """resource.json with its places filled.

        places: values by name; digest_of: gives the SHA-256 of an artefact by its name.
        """

        def fill(match):
            name = match[1]
            if name.startswith("sha256:"):
                return digest_of(name.removeprefix("sha256:"))
            if name not in places:
                raise Fault(f"resource.json: nobody knows what {match[0]} is")
            return places[name]

        return json.loads(PLACE.sub(fill, json.dumps(self.resource)))


class Artifacts:
    """What is built, by the names that the package gives it."""

    def __init__(self, folder=ROOT / "build"):
        self.folder = folder

    def path(self, name):
        if name not in ARTIFACTS:
            raise Fault(f"resource.json: no target makes {name}")
        place, target = ARTIFACTS[name]
        path = self.folder / place
        if not path.is_file():
            raise Fault(f"{path} is not there: 'make {target}' makes it")
        return path

    def digest(self, name):
        return digest(self.path(name))


def places(base_url, registry):
    """What resource.json leaves open, beside hashes."""
    return {"base-url": base_url.rstrip("/"), "registry": registry.rstrip("/"), "package-version": version()}


def text(path):
    """ASCII alone, and nothing that an old Cosmos cannot read."""
    if not path.is_file():
        raise Fault(f"{path.name}: is not there")
    data = path.read_bytes()
    if not data.isascii():
        line = next(number for number, line in enumerate(data.split(b"\n"), 1) if not line.isascii())
        raise Fault(f"{path.name}: line {line} is not ASCII")
    found = re.search(rb"\\u[0-9A-Fa-f]{4}", data)
    if found:
        raise Fault(f"{path.name}: has {found[0].decode()}, which Universe refuses")
    return data.decode()


def parse(path):
    """One JSON object without duplicate keys."""
    return parse_text(text(path), path.name)


def parse_text(words, name):
    def pairs(items):
        names = [key for key, _ in items]
        twice = sorted({key for key in names if names.count(key) > 1})
        if twice:
            raise Fault(f"{name}: {', '.join(twice)} is there twice in one object")
        return dict(items)

    try:
        document = json.loads(words, object_pairs_hook=pairs)
    except ValueError as error:
        raise Fault(f"{name}: is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise Fault(f"{name}: has to be one object")
    return document
