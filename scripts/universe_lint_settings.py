"""Holds the package's options and environment against the scheduler's own table of settings."""

import re

from image_common import Fault

from universe_lint_app import named, sample
from universe_render import defaults, merged, rendered

# Where the package begins with another value than the program does, and why.
DIFFERENT = {
    "service.task_user": "root: a user that images and volumes know; the scheduler's own, nobody, can write no copy",
    "mesos.master": "leader.mesos:5050: DC/OS' own name for it; the program cannot guess one",
    "mesos.role": "auto: DC/OS enforces groups' roles, and strict clusters want a role of the service's own",
    "portworx.url": "http://127.0.0.1:9021: where every agent with Portworx has its gateway",
    "state.address": "zk://master.mesos:2181: DC/OS' own ZooKeeper, in which others may stand by",
    "api.dcos_url": "https://master.mesos: Admin Router is there on every DC/OS",
    "api.users": "*=view: whom Admin Router lets through may look, and change nothing",
}
# Options that are the package's alone: of the app, or a variable's second source.
PACKAGE_ONLY = {
    "service.user", "service.service_account", "service.placement_attribute", "service.placement_value",
    "service.cpus", "service.mem", "service.disk",
}
TYPES = {
    "text": "string",
    "file": "string",
    "span": "string",
    "choice": "string",
    "integer": "integer",
    "boolean": "boolean",
}
FIELDS = {"name", "variable", "option", "kind", "choices", "minimum", "maximum", "default", "secret", "summary"}
VARIABLE = re.compile(r'"(UNDERSTUDY_[A-Z_]+)"\s*:')


def check(package, resource, findings, document):
    """document: what `understudy settings --format json` prints."""
    settings = findings.attempt(read, document)
    if settings is None:
        return
    options = {f"{group}.{name}": schema for group, name, schema in package.properties()}
    known = {setting["option"]: setting for setting in settings if setting["option"]}
    for path in sorted(options.keys() - known.keys() - PACKAGE_ONLY):
        findings.add("config.json", f"{path} is no setting of the scheduler")
    for path in sorted(DIFFERENT.keys() - known.keys()):
        findings.add("universe_lint_settings.py", f"DIFFERENT has {path}, which is no setting any more")
    for path, setting in known.items():
        findings.want(path in options, "config.json", f"{path} is missing ({setting['variable']})")
        if path in options:
            check_option(path, options[path], setting, findings)
    check_variables(package, settings, findings)
    for path in known.keys() & options.keys():
        check_reading(package, resource, known[path], options[path], findings)


def read(document):
    settings = document.get("settings") if isinstance(document, dict) else None
    if not isinstance(settings, list) or not settings:
        raise Fault("the settings: have to be an object with settings, a list")
    for setting in settings:
        missing = sorted(FIELDS - setting.keys())
        if missing:
            raise Fault(f"the settings: {setting.get('name')} lacks {', '.join(missing)}")
        if setting["kind"] not in TYPES:
            raise Fault(f"the settings: {setting['name']} is of the kind {setting['kind']}, which is new to the lint")
    return settings


def check_option(path, option, setting, findings):
    def want(is_good, words):
        findings.want(is_good, "config.json", f"{path}: {words}")

    kind = setting["kind"]
    want(setting["summary"] in option["description"], f'the description has to contain "{setting["summary"]}"')
    want(option["type"] == TYPES[kind], f"type has to be {TYPES[kind]}")
    want(path.endswith("_secret") == setting["secret"], "a secret's option, and no other, ends with _secret")
    expected = as_option(setting)
    if path in DIFFERENT:
        # The reason begins with the value that it is for.
        want(DIFFERENT[path].startswith(f"{option['default']}: "), "the default is not the one that DIFFERENT explains")
        want(option["default"] != expected, "the default is the program's: DIFFERENT need not have it")
    else:
        want(option["default"] == expected, f"the default has to be {expected!r}")
    if kind == "choice":
        want(option.get("enum") == setting["choices"], f"enum has to be {', '.join(setting['choices'])}")
    if kind == "integer":
        bounds = (setting["minimum"], setting["maximum"])
        want((option.get("minimum"), option.get("maximum")) == bounds, f"has to be from {bounds[0]} to {bounds[1]}")
    if kind == "span":
        pattern = re.compile(option.get("pattern", ""))
        good = [setting["default"], f"{setting['minimum']}s", f"{setting['maximum']}s", "2w", "3d", "4h", "5m"]
        bad = ["", "5", "m", "5 m", "5y", "-5m", "5m "]
        want(all(pattern.search(text) for text in good), "pattern refuses a good length of time")
        want(not any(pattern.search(text) for text in bad), "pattern takes what is no length of time")


def as_option(setting):
    """The table's default as the option has it."""
    text = setting["default"]
    if setting["kind"] == "integer":
        return int(text)
    if setting["kind"] == "boolean":
        return text == "true"
    return text or ""


def check_variables(package, settings, findings):
    """No variable that nobody reads, and none that the package must not set."""
    used = set(VARIABLE.findall(package.template))
    for name in sorted(used - {setting["variable"] for setting in settings}):
        findings.add(package.TEMPLATE, f"env.{name} is no setting of the scheduler")
    for setting in settings:
        if setting["option"] is None:
            variable = setting["variable"]
            findings.want(variable not in used, package.TEMPLATE, f"env.{variable} is set by nobody's option")


def check_reading(package, resource, setting, option, findings):
    """With the option set, its variable says that, or names the file with that secret."""
    path, variable = setting["option"], setting["variable"]
    group, name = path.split(".")
    value = sample(option, path.replace(".", "-").replace("_", "-"))
    options = merged(defaults(package.config), {group: {name: value}})
    app = findings.attempt(named, f"{package.TEMPLATE}, with {path}", rendered, package, options, resource)
    if app is None:
        return
    told = app["env"].get(variable)
    if setting["secret"]:
        secrets = {volume["containerPath"]: volume["secret"] for volume in app["container"]["volumes"]}
        told = app["secrets"].get(secrets.get(told), {}).get("source")
    expected = str(value).lower() if isinstance(value, bool) else str(value)
    findings.want(told == expected, package.TEMPLATE, f"env.{variable} does not follow {path}")
