"""Renders the Marathon app as Cosmos does: defaults, then options, then the resources."""

import base64
import json

import jsonschema
import pystache
from image_common import Fault
from pystache.common import MissingTags
from pystache.parser import ParsingError

from universe_package import Package, parse_text


class Flag:
    """A boolean that gates a block, and is written as JSON does."""

    def __init__(self, value):
        self.value = value

    def __bool__(self):
        return self.value

    def __str__(self):
        return "true" if self.value else "false"


def defaults(config):
    """What Cosmos makes of config.json for somebody who gives no options."""
    return {
        group: {name: option["default"] for name, option in schema["properties"].items() if "default" in option}
        for group, schema in config["properties"].items()
    }


def merged(base, over):
    """Objects are merged, all else is replaced by the later."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def validate(options, config):
    """Raises Fault with everything in which the options, defaults and all, do not fit config.json."""
    errors = sorted(jsonschema.Draft4Validator(config).iter_errors(options), key=lambda error: list(error.path))
    if errors:
        raise Fault("; ".join(f"{'.'.join(map(str, error.path)) or 'options'}: {error.message}" for error in errors))


def prepared(value):
    """A context in which strings are escaped for JSON already, as Cosmos escapes them."""
    if isinstance(value, dict):
        return {key: prepared(entry) for key, entry in value.items()}
    if isinstance(value, bool):
        return Flag(value)
    if isinstance(value, str):
        return json.dumps(value)[1:-1]
    return value


def rendered(package: Package, options, resource):
    """The app's document, of options that are merged with the defaults already."""
    renderer = pystache.Renderer(escape=lambda text: text, missing_tags=MissingTags.strict)
    context = prepared(options | {"resource": resource})
    try:
        words = renderer.render(package.template, context)
    except pystache.context.KeyNotFoundError as error:
        raise Fault(f"there is no {error.key}") from None
    except ParsingError as error:
        raise Fault(f"is no Mustache: {error}") from None
    return parse_text(words, "the app")


def cosmos_labels(package: Package, options, entry, source):
    """The labels that Cosmos puts over ours.

    options: those that were given, without defaults; entry: the package in its repository; source: its address.
    """

    def encoded(value):
        return base64.b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()

    return {
        "DCOS_PACKAGE_NAME": package.about["name"],
        "DCOS_PACKAGE_VERSION": package.about["version"],
        "DCOS_PACKAGE_SOURCE": source,
        "DCOS_PACKAGE_OPTIONS": encoded(options),
        "DCOS_PACKAGE_DEFINITION": encoded(entry),
    }
