"""Renders the package in every way that matters, and holds the app against Marathon's rules and the scheduler's."""

import itertools
import json

import jsonschema
from image_common import ROOT, Fault

from universe_render import defaults, merged, rendered, validate

PLAIN_APP = ROOT / "marathon" / "scheduler.json"
# Where the package's app and the one for people without it have to say the same.
ALIKE = (
    "args", "networks", "portDefinitions", "requirePorts", "instances", "cpus", "mem", "disk", "labels", "healthChecks",
    "check", "upgradeStrategy", "unreachableStrategy", "taskKillGracePeriodSeconds",
)
LABELS = {
    "DCOS_SERVICE_SCHEME": "http",
    "DCOS_SERVICE_PORT_INDEX": "0",
    "DCOS_SERVICE_WEB_PATH": "/",
    "DCOS_SERVICE_REQUEST_BUFFERING": "false",
    "DCOS_COMMONS_API_VERSION": "v1",
    "DCOS_COMMONS_UNINSTALL": "true",
    "MARATHON_SINGLE_INSTANCE_APP": "true",
}
# Later than the last JSON Schema of Marathon's apps: checked by our own rules, as are volumes that hold a secret.
LATER = ("check", "role", "resourceLimits", "tty")
HOSTILE = 'a "quoted" \\ backslash\nline\ttab <&> {{mustache}} \'single\''


def check(package, resource, findings, schemas=None):
    validator = schema_validator(schemas, findings) if schemas else None
    base = defaults(package.config)
    findings.attempt(named, "config.json", validate, base, package.config)
    for words, options in variants(package, base):
        app = findings.attempt(named, f"{package.TEMPLATE}, {words}", rendered, package, options, resource)
        if app is None:
            continue
        check_app(app, options, resource, f"{package.TEMPLATE}, {words}", findings)
        if validator:
            by_schema(app, validator, f"{package.TEMPLATE}, {words}", findings)
    check_hostile(package, resource, base, findings)
    check_alike(package, resource, base, findings)


def named(name, action, *arguments):
    """A fault says where it was met."""
    try:
        return action(*arguments)
    except Fault as fault:
        raise Fault(f"{name}: {fault}") from None


def samples(package):
    """For each option a value that is not its default, and good."""
    for group, name, option in package.properties():
        yield group, name, sample(option, f"{group}-{name}".replace("_", "-"))


def sample(option, word):
    default = option.get("default")
    if "enum" in option:
        return next(choice for choice in option["enum"] if choice != default)
    if option["type"] == "boolean":
        return not default
    if option["type"] in ("integer", "number"):
        return default + 1
    for text in (word, "3h", f"http://{word}.example.com:1234", f"zk://{word}:2181"):
        if not list(jsonschema.Draft4Validator(option).iter_errors(text)):
            return text
    raise Fault(f"config.json: no sample fits {word}: its pattern is new to the lint")


def variants(package, base):
    """The options of every rendering, with words for it: none, all, each alone, each group, each set of secrets."""
    others = list(samples(package))
    yield "with defaults", base
    everything = {}
    for group, name, value in others:
        everything.setdefault(group, {})[name] = value
        yield f"with {group}.{name} alone", merged(base, {group: {name: value}})
    for group, values in everything.items():
        yield f"with the group {group}", merged(base, {group: values})
    yield "with every option", merged(base, everything)
    empty = {}
    for group, name, option in package.properties():
        if option["type"] == "string" and jsonschema.Draft4Validator(option).is_valid(""):
            empty.setdefault(group, {})[name] = ""
    yield "with every text empty that may be", merged(base, empty)
    secrets = [one for one in others if one[1].endswith("_secret")]
    for count in range(2, len(secrets) + 1):
        for chosen in itertools.combinations(secrets, count):
            options = base
            for group, name, value in chosen:
                options = merged(options, {group: {name: value}})
            yield "with " + " and ".join(f"{group}.{name}" for group, name, _ in chosen), options


def check_app(app, options, resource, file, findings):
    """Our own rules, which need no schema."""
    name = options["service"]["name"]
    want = findings.want
    want(app.get("id") == f"/{name}", file, f"id has to be /{name}")
    want(app.get("instances") == 1, file, "instances has to be 1")
    want("cmd" not in app and app.get("args") == ["scheduler"], file, 'args has to be ["scheduler"], without cmd')
    strategy = {"minimumHealthCapacity": 0, "maximumOverCapacity": 0}
    want(app.get("upgradeStrategy") == strategy, file, "upgradeStrategy has to be 0 and 0: the old one ends first")
    container = app.get("container", {})
    want(container.get("type") == "MESOS", file, "container.type has to be MESOS: no other puts secrets into files")
    image = resource["assets"]["container"]["docker"].get("understudy")
    want(container.get("docker", {}).get("image") == image, file, f"container.docker.image has to be {image}")
    labels = app.get("labels", {})
    for label, value in LABELS.items():
        want(labels.get(label) == value, file, f"labels.{label} has to be {value}")
    for label in ("DCOS_PACKAGE_FRAMEWORK_NAME", "DCOS_SERVICE_NAME"):
        want(labels.get(label) == name, file, f"labels.{label} has to be the service's name")
    environment = app.get("env", {})
    want(environment.get("UNDERSTUDY_NAME") == name, file, "env.UNDERSTUDY_NAME has to be the service's name")
    for kind, texts in (("labels", labels), ("env", environment)):
        for key, value in texts.items():
            want(isinstance(value, str), file, f"{kind}.{key} has to be a text")
            want(kind == "labels" or value != "", file, f"env.{key} is empty: leave it out")
    ports = app.get("portDefinitions", [])
    want([port.get("name") for port in ports] == ["api"], file, "portDefinitions has to be one, named api")
    asks_nobody = options["api"]["insecure_no_auth"]
    users_fit = not asks_nobody or "UNDERSTUDY_USERS" not in environment
    want(users_fit, file, "env.UNDERSTUDY_USERS cannot be together with api.insecure_no_auth")
    check_health(app, file, want)
    check_secrets(app, options, file, want)


def check_health(app, file, want):
    checks = app.get("healthChecks", [])
    want(len(checks) == 1, file, "healthChecks has to be one")
    for health in checks:
        want(health.get("protocol") == "MESOS_HTTP", file, "healthChecks: protocol has to be MESOS_HTTP")
        # Whoever waits for a master is alive.
        want(health.get("path") == "/v1/alive", file, "healthChecks: path has to be /v1/alive")
        # With 0 Mesos kills at the first.
        failures = health.get("maxConsecutiveFailures", 0)
        want(failures >= 3, file, "healthChecks: maxConsecutiveFailures has to be 3 or more")
    status = app.get("check", {}).get("http", {})
    want(status.get("path") == "/v1/service-status", file, "check: path has to be /v1/service-status")


def check_secrets(app, options, file, want):
    """Each secret that is named is declared, put into one file, and read by one variable; no other is."""
    wanted = {
        value for values in options.values() for name, value in values.items() if name.endswith("_secret") and value
    }
    declared = {name: secret.get("source") for name, secret in app.get("secrets", {}).items()}
    want(set(declared.values()) == wanted, file, "secrets has to declare those of the options")
    files = {}
    for volume in app.get("container", {}).get("volumes", []):
        secret, path = volume.get("secret"), volume.get("containerPath", "/")
        want(secret in declared, file, f"container.volumes: {secret} is no secret of the app")
        want("/" not in path, file, "container.volumes: containerPath has to be in the sandbox")
        files[path] = secret
    want(sorted(files.values()) == sorted(declared), file, "container.volumes has to hold each secret once")
    values = list(app.get("env", {}).values())
    for path in files:
        want(values.count(path) == 1, file, f"env: one variable has to name {path}")


def check_hostile(package, resource, base, findings):
    """Whatever stands in a text, the app is JSON, and has that very text."""
    for group, name, option in package.properties():
        if option["type"] != "string":
            continue
        file = f"{package.TEMPLATE}, with quotes, backslashes and newlines in {group}.{name}"
        options = merged(base, {group: {name: HOSTILE}})
        app = findings.attempt(named, file, rendered, package, options, resource)
        # Without the attribute nobody asks for its value.
        if app is not None and name != "placement_value":
            findings.want(any(HOSTILE in text for text in texts(app)), file, "the text is not in the app as it is")


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from texts(entry)


def check_alike(package, resource, base, findings):
    """What people have who install without the package is the same scheduler."""
    if not PLAIN_APP.is_file():
        return
    plain = json.loads(PLAIN_APP.read_text())
    app = findings.attempt(named, package.TEMPLATE, rendered, package, base, resource)
    for field in ALIKE if app else ():
        findings.want(app.get(field) == plain.get(field), package.TEMPLATE, f"{field} is not as in {PLAIN_APP.name}")
    for variable in plain.get("env", {}):
        is_known = f'"{variable}"' in package.template
        findings.want(is_known, package.TEMPLATE, f"{PLAIN_APP.name} sets {variable}, which no option does")


def schema_validator(folder, findings):
    path = folder / "marathon" / "AppDefinition.json"
    if not path.is_file():
        findings.add("AppDefinition.json", f"is not in {path.parent}")
        return None
    return jsonschema.Draft4Validator(json.loads(path.read_text()))


def by_schema(app, validator, file, findings):
    known = {name: value for name, value in app.items() if name not in LATER}
    volumes = [volume for volume in app["container"]["volumes"] if "secret" not in volume]
    known["container"] = app["container"] | {"volumes": volumes}
    findings.checks += 1
    for error in validator.iter_errors(known):
        where = ".".join(map(str, error.absolute_path)) or "the document"
        findings.add(file, f"{where}: {error.message[:200]} (by AppDefinition.json)")
