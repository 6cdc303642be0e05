"""How the package can be broken, each in one way, and what the lint has to say: for universe_test.py."""

from universe_package import Package

GONE = object()
TEMPLATE = Package.TEMPLATE
OPTIONS = "properties.service.properties"
UNREAD = {"description": "Nothing.", "type": "string", "default": ""}
OTHER_HASH = [{"algo": "sha256", "value": "00"}]
# (file, where, what is put there, a part of the finding)
BROKEN_DOCUMENTS = [
    ("package.json", "packagingVersion", "5.0", "packagingVersion has to be 4.0"),
    ("package.json", "name", "Understudy", "name cannot be"),
    ("package.json", "version", "9.9.9", "version has to be the program's"),
    ("package.json", "version", "0.1.0+1", "a character that Cosmos refuses"),
    ("package.json", "framework", False, "framework has to be true"),
    ("package.json", "licenses", GONE, "licenses is missing"),
    ("package.json", "licenses", [{"name": "ours"}], "a licence needs"),
    ("package.json", "tags", ["two words"], "has a space"),
    ("package.json", "upgradesFrom", [], "upgradesFrom lacks"),
    ("package.json", "preInstallNotes", "Welcome.", "preInstallNotes has to begin"),
    ("package.json", "minDcosReleaseVersion", GONE, "minDcosReleaseVersion"),
    ("config.json", "properties.limits", GONE, "the groups have to be"),
    ("config.json", "properties.service.additionalProperties", True, "takes what is no option"),
    ("config.json", "properties.service.description", GONE, "service has no description"),
    ("config.json", "properties.service.required", ["nosuch"], "requires nosuch"),
    ("config.json", f"{OPTIONS}.name.required", True, "is not of type 'array'"),
    ("config.json", f"{OPTIONS}.name.description", "", "service.name has no description"),
    ("config.json", f"{OPTIONS}.user.default", GONE, "service.user has no default"),
    ("config.json", f"{OPTIONS}.log_level.default", "loud", "does not satisfy it"),
    ("config.json", f"{OPTIONS}.service_account.media", GONE, "media.type has to be"),
    ("config.json", f"{OPTIONS}.service_account_secret.media", GONE, "media.type has to be"),
    ("config.json", f"{OPTIONS}.service_account_secret.default", "a/b", "has to be empty by default"),
    ("config.json", f"{OPTIONS}.idle", UNREAD, "nobody reads service.idle"),
    ("config.json", f"{OPTIONS}.ca_file", GONE, "there is no"),
    ("resource.json", "assets.container.docker", {"other": "a"}, "docker.understudy is not in resource.json"),
    ("resource.json", "assets.uris", {"spare": "{{base-url}}/spare"}, "spare is used by nobody"),
    ("resource.json", "assets.container.docker.understudy", "{{nosuch}}/understudy", "nobody knows what"),
    ("resource.json", "images.icon-medium", GONE, "images.icon-medium"),
    ("resource.json", "cli.binaries.linux.x86-64.url", "{{base-url}}/other.zip", "no target makes other.zip"),
    ("resource.json", "cli.binaries.linux.x86-64.kind", "executable", "kind has to be zip"),
    ("resource.json", "cli.binaries.linux.x86-64.contentHash", OTHER_HASH, "contentHash has to"),
]
# (file, what stands there, what is put in its place, a part of the finding)
BROKEN_TEXTS = [
    ("package.json", "seconds old", "seconds \u00e4lter", "is not ASCII"),
    ("package.json", "seconds old", "seconds \\u00e4lter", "which Universe refuses"),
    ("package.json", '"framework": true', '"framework": true, "framework": true', "is there twice"),
    ("package.json", '"framework": true,', '"framework": true', "is no JSON"),
    (TEMPLATE, '"args": ["scheduler"]', '"cmd": "understudy scheduler"', "args has to be"),
    (TEMPLATE, '"{{resource.assets.container.docker.understudy}}"', '"understudy:latest"', "image has to be"),
    (TEMPLATE, '"forcePullImage"', '"a": "https://example.com/a", "forcePullImage"', "has an address"),
    (TEMPLATE, '"{{service.user}}"', '"{{service.user}}{{service.usr}}"', "there is no service.usr"),
    (TEMPLATE, '"type": "MESOS"', '"type": "DOCKER"', "container.type has to be MESOS"),
    (TEMPLATE, '"instances": 1', '"instances": 2', "instances has to be 1"),
    (TEMPLATE, '"maximumOverCapacity": 0', '"maximumOverCapacity": 1', "upgradeStrategy"),
    (TEMPLATE, '"DCOS_SERVICE_WEB_PATH": "/"', '"DCOS_SERVICE_WEB_PATH": ""', "DCOS_SERVICE_WEB_PATH"),
    (TEMPLATE, '"DCOS_SERVICE_PORT_INDEX": "0"', '"DCOS_SERVICE_PORT_INDEX": 0', "PORT_INDEX has to be a text"),
    (TEMPLATE, '"DCOS_SERVICE_NAME": "{{service.name}}"', '"DCOS_SERVICE_NAME": "a"', "has to be the service's name"),
    (TEMPLATE, '"UNDERSTUDY_NAME": "{{service.name}}"', '"UNDERSTUDY_NAME": "a"', "env.UNDERSTUDY_NAME"),
    (TEMPLATE, '"id": "/{{service.name}}"', '"id": "/understudy"', "id has to be /"),
    (TEMPLATE, '"name": "api"', '"name": "http"', "named api"),
    (TEMPLATE, '"path": "/v1/alive"', '"path": "/v1/health"', "path has to be /v1/alive"),
    (TEMPLATE, '"path": "/v1/service-status"', '"path": "/v1/alive"', "/v1/service-status"),
    (TEMPLATE, '"protocol": "MESOS_HTTP"', '"protocol": "HTTP"', "MESOS_HTTP"),
    (TEMPLATE, '"maxConsecutiveFailures": 5', '"maxConsecutiveFailures": 0', "maxConsecutiveFailures"),
    (TEMPLATE, '"taskKillGracePeriodSeconds": 30', '"taskKillGracePeriodSeconds": 3', "not as in scheduler.json"),
    (TEMPLATE, '"{{limits.runs}}"', "{{limits.runs}}", "env.UNDERSTUDY_RUNS_MAX has to be a text"),
    (TEMPLATE, '"UNDERSTUDY_SOURCES"', '"UNDERSTUDY_SOURCE"', "scheduler.json sets UNDERSTUDY_SOURCES"),
    (TEMPLATE, "{{#service.ca_file}}", "{{^service.nosuch}}{{/service.nosuch}}{{#service.ca_file}}", "there is no"),
    (TEMPLATE, "{{#portworx.agent_nodes}}", "{{#portworx.url}}", "is no Mustache"),
    (TEMPLATE, '"source": "{{api.tokens_secret}}"', '"source": "fixed"', "secrets has to declare"),
    (TEMPLATE, '"secret": "tokens"', '"secret": "x"', "x is no secret of the app"),
    (TEMPLATE, '"containerPath": "tokens.json"', '"containerPath": "other.json"', "has to name other.json"),
    (TEMPLATE, '"containerPath": "tokens.json"', '"containerPath": "/tokens.json"', "has to be in the sandbox"),
    (TEMPLATE, '{{#mesos.credentials_secret}},{{/mesos.credentials_secret}}', "", "is no JSON"),
    (TEMPLATE, '"{{service.user}}"', '"{{#service.user}}a{{/service.user}}"', "the text is not in the app as it is"),
    (TEMPLATE, "api.insecure_no_auth}}\n", "service.ca_file}}\n", "together with api.insecure_no_auth"),
]
# What `understudy settings` prints, of some settings: (where, what is put there, a part of the finding)
SETTINGS = {
    "settings": [
        {
            "name": "runs-max", "variable": "UNDERSTUDY_RUNS_MAX", "option": "limits.runs", "kind": "integer",
            "choices": None, "minimum": 1, "maximum": 10_000, "default": "200", "secret": False,
            "summary": "How many runs of all sources are under way at a time.",
        },
        {
            "name": "log-level", "variable": "UNDERSTUDY_LOG_LEVEL", "option": "service.log_level", "kind": "choice",
            "choices": ["trace", "debug", "info", "notice", "warning", "error"], "minimum": None, "maximum": None,
            "default": "info", "secret": False, "summary": "The least level of what is logged.",
        },
        {
            "name": "history-kept", "variable": "UNDERSTUDY_HISTORY_KEPT", "option": "limits.history_kept",
            "kind": "span", "choices": None, "minimum": 1, "maximum": 31_536_000, "default": "7d", "secret": False,
            "summary": "How long ended runs are remembered.",
        },
        {
            "name": "tokens", "variable": "UNDERSTUDY_TOKENS", "option": "api.tokens_secret", "kind": "file",
            "choices": None, "minimum": None, "maximum": None, "default": None, "secret": True,
            "summary": "The file of tokens that callers of the API need; read again when it changes.",
        },
        {
            "name": "role", "variable": "UNDERSTUDY_ROLE", "option": "mesos.role", "kind": "text",
            "choices": None, "minimum": None, "maximum": None, "default": "*", "secret": False,
            "summary": "The Mesos role; auto is the group's where DC/OS enforces it",
        },
    ]
}
DRIFT = [
    ("settings.0.default", "300", "limits.runs: the default has to be 300"),
    ("settings.0.maximum", 5, "limits.runs: has to be from 1 to 5"),
    ("settings.0.summary", "Another sentence.", "limits.runs: the description has to contain"),
    ("settings.0.kind", "text", "limits.runs: type has to be string"),
    ("settings.0.option", "limits.nosuch", "limits.nosuch is missing"),
    ("settings.0.option", None, "env.UNDERSTUDY_RUNS_MAX is set by nobody's option"),
    ("settings.0.variable", "UNDERSTUDY_OTHER", "env.UNDERSTUDY_OTHER does not follow limits.runs"),
    ("settings.0.variable", "UNDERSTUDY_OTHER", "env.UNDERSTUDY_RUNS_MAX is no setting"),
    ("settings.0.kind", "colour", "which is new to the lint"),
    ("settings.0.summary", GONE, "lacks summary"),
    ("settings.1.choices", ["info"], "service.log_level: enum has to be info"),
    ("settings.2.secret", True, "limits.history_kept: a secret's option"),
    ("settings.3.secret", False, "api.tokens_secret: a secret's option"),
    ("settings.4.default", "auto", "mesos.role: the default is the program's"),
]
