#!/usr/bin/python3
"""Tests of scripts/universe: what is in universe/ is good, each rule is noticed when it is broken, Cosmos is served."""

import base64
import copy
import json
import pathlib
import shutil
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
import universe_build  # noqa: E402
import universe_lint  # noqa: E402
import universe_render  # noqa: E402
import universe_serve  # noqa: E402
from image_common import Fault, digest, version  # noqa: E402
from universe_mutations import BROKEN_DOCUMENTS, BROKEN_TEXTS, DRIFT, GONE, SETTINGS, TEMPLATE  # noqa: E402
from universe_package import FOLDER, NO_DIGEST, Artifacts, Package, places  # noqa: E402


def put(document, place, value):
    """Changes one place of a document, named by its path."""
    *path, last = place.split(".")
    for part in path:
        document = document[int(part) if isinstance(document, list) else part]
    if value is GONE:
        del document[last]
    else:
        document[int(last) if isinstance(document, list) else last] = value


class Folder(unittest.TestCase):
    """Each test has a copy of the package to break, and a folder for what is built."""

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.scratch)
        self.package = self.scratch / "universe"
        shutil.copytree(FOLDER, self.package)

    def artifacts(self):
        """Something in the place of what other targets make."""
        for place in ("plugin/understudy-cli-linux.zip", "image/understudy.tar"):
            path = self.scratch / "build" / place
            path.parent.mkdir(parents=True)
            path.write_bytes(place.encode() * 1000)
        return Artifacts(self.scratch / "build")

    def repository(self, artifacts):
        return universe_build.document(Package(self.package), artifacts, "http://universe.invalid/", "registry.invalid")

    def assert_found(self, part, **options):
        lines = universe_lint.lint(self.package, **options).lines
        self.assertTrue(any(part in line for line in lines), f"no finding with {part!r} in {lines}")


class LintTests(Folder):
    def test_the_package_is_good(self):
        findings = universe_lint.lint(FOLDER)
        self.assertEqual(findings.lines, [])
        self.assertGreater(findings.checks, 1000)

    def test_each_broken_document_is_found(self):
        for file, place, value, part in BROKEN_DOCUMENTS:
            with self.subTest(file=file, place=place, value=str(value)):
                document = json.loads((FOLDER / file).read_text())
                put(document, place, value)
                (self.package / file).write_text(json.dumps(document))
                self.assert_found(part)
                shutil.copy(FOLDER / file, self.package / file)

    def test_each_broken_text_is_found(self):
        for file, old, new, part in BROKEN_TEXTS:
            with self.subTest(file=file, new=new):
                text = (FOLDER / file).read_text()
                self.assertIn(old, text)
                (self.package / file).write_text(text.replace(old, new), encoding="utf-8")
                self.assert_found(part)
                shutil.copy(FOLDER / file, self.package / file)

    def test_a_missing_file_is_found(self):
        for file in (*Package.FILES, TEMPLATE):
            with self.subTest(file=file):
                (self.package / file).unlink()
                self.assert_found(f"{file}: is not there")
                shutil.copy(FOLDER / file, self.package / file)

    def test_an_icon_of_another_size_is_found(self):
        icons = self.package / "icons"
        shutil.copy(icons / "understudy-small.png", icons / "understudy-large.png")
        self.assert_found("icons/understudy-large.png: has to be a PNG of 256 by 256")
        (icons / "understudy-small@2x.png").write_bytes(b"GIF89a")
        self.assert_found("icons/understudy-small@2x.png: has to be a PNG of 96 by 96")

    def test_a_variable_of_another_option_is_found(self):
        path = self.package / TEMPLATE
        path.write_text(path.read_text().replace('"{{mesos.role}}"', '"{{mesos.master}}-{{mesos.role}}"'))
        self.assert_found("env.UNDERSTUDY_ROLE does not follow mesos.role", settings=SETTINGS)

    @unittest.skipUnless(universe_lint.SCHEMAS.is_dir(), "the published schemas are not beside the project")
    def test_what_the_published_schemas_refuse_is_found(self):
        self.assertEqual(universe_lint.lint(self.package, schemas=universe_lint.SCHEMAS).lines, [])
        template = self.package / TEMPLATE
        template.write_text(template.read_text().replace('"requirePorts": false', '"requirePorts": "no"'))
        self.assert_found("by AppDefinition.json", schemas=universe_lint.SCHEMAS)
        document = json.loads((FOLDER / "package.json").read_text())
        (self.package / "package.json").write_text(json.dumps(document | {"stage": "left"}))
        self.assert_found("by package-schema.json", schemas=universe_lint.SCHEMAS)
        self.assert_found("by v4-repo-schema.json", schemas=universe_lint.SCHEMAS)

    def test_drift_from_the_settings_is_found(self):
        for place, value, part in DRIFT:
            with self.subTest(place=place, value=str(value)):
                settings = copy.deepcopy(SETTINGS)
                put(settings, place, value)
                self.assert_found(part, settings=settings)

    def test_settings_that_agree_are_not_found(self):
        lines = universe_lint.lint(self.package, settings=SETTINGS).lines
        names = {setting["option"] for setting in SETTINGS["settings"]}
        about = [line for line in lines if any(f" {name}: " in line for name in names) or "does not follow" in line]
        self.assertEqual(about, [])

    def test_a_repository_of_other_files_is_found(self):
        artifacts = self.artifacts()
        repository = self.repository(artifacts)
        self.assertEqual(universe_lint.lint(self.package, repository=repository, artifacts=artifacts).lines, [])
        artifacts.path("understudy-cli-linux.zip").write_bytes(b"another")
        self.assert_found("another SHA-256", repository=repository, artifacts=artifacts)
        put(repository, "packages.0.description", "Another.")
        self.assert_found("is not of this package", repository=repository, artifacts=artifacts)


class RenderTests(Folder):
    def app(self, options):
        package = Package(self.package)
        together = universe_render.merged(universe_render.defaults(package.config), options)
        universe_render.validate(together, package.config)
        resource = package.filled(places("http://universe.invalid", "registry.invalid"), lambda _: NO_DIGEST)
        return universe_render.rendered(package, together, resource)

    def test_users_are_not_told_to_a_scheduler_that_asks_nobody(self):
        self.assertEqual(self.app({})["env"]["UNDERSTUDY_USERS"], "*=view")
        self.assertNotIn("UNDERSTUDY_USERS", self.app({"api": {"insecure_no_auth": True}})["env"])

    def test_the_service_account_is_the_principal(self):
        options = {"mesos": {"principal": "other"}, "service": {"service_account": "understudy"}}
        self.assertEqual(self.app(options)["env"]["UNDERSTUDY_PRINCIPAL"], "understudy")
        del options["service"]
        self.assertEqual(self.app(options)["env"]["UNDERSTUDY_PRINCIPAL"], "other")

    def test_a_folder_is_part_of_every_name(self):
        app = self.app({"service": {"name": "team/understudy"}})
        self.assertEqual(app["id"], "/team/understudy")
        self.assertEqual(app["labels"]["DCOS_SERVICE_NAME"], "team/understudy")

    def test_bad_options_are_refused_all_at_once(self):
        options = {"service": {"name": "/understudy", "nosuch": 1}, "limits": {"runs": 0}, "state": {"session": "soon"}}
        with self.assertRaises(Fault) as caught:
            self.app(options)
        for part in ("service.name", "nosuch", "limits.runs", "state.session"):
            self.assertIn(part, str(caught.exception))

    def test_the_labels_of_cosmos_carry_the_options_that_were_given(self):
        package = Package(self.package)
        labels = universe_render.cosmos_labels(package, {"limits": {"runs": 5}}, {"name": "understudy"}, "http://a")
        self.assertEqual(json.loads(base64.b64decode(labels["DCOS_PACKAGE_OPTIONS"])), {"limits": {"runs": 5}})
        self.assertEqual(labels["DCOS_PACKAGE_VERSION"], version())


class BuildTests(Folder):
    def test_hashes_are_those_of_the_files(self):
        artifacts = self.artifacts()
        package = self.repository(artifacts)["packages"][0]
        command = package["resource"]["cli"]["binaries"]["linux"]["x86-64"]
        self.assertEqual(command["contentHash"][0]["value"], digest(artifacts.path("understudy-cli-linux.zip")))
        self.assertEqual(command["url"], "http://universe.invalid/artifacts/understudy-cli-linux.zip")
        template = base64.b64decode(package["marathon"]["v2AppMustacheTemplate"]).decode()
        self.assertEqual(template, (self.package / TEMPLATE).read_text())

    def test_what_is_not_built_is_named_with_its_target(self):
        with self.assertRaisesRegex(Fault, "make plugin"):
            self.repository(Artifacts(self.scratch / "nothing"))

    def test_the_same_tree_gives_the_same_document(self):
        artifacts = self.artifacts()
        target = self.scratch / "out" / universe_build.DOCUMENT
        universe_build.write(self.repository(artifacts), target)
        universe_build.sums(artifacts, target)
        self.assertEqual(target.read_bytes(), universe_build.encoded(self.repository(artifacts)))
        lines = (target.parent / "SHA256SUMS").read_text().splitlines()
        self.assertEqual([line.rsplit("/", 1)[-1].split()[-1] for line in lines],
                         ["stub-universe.json", "understudy-cli-linux.zip", "understudy.tar"])


class ServeTests(Folder):
    def setUp(self):
        super().setUp()
        artifacts = self.artifacts()
        self.expected = self.repository(artifacts)
        found = universe_serve.routes(Package(self.package), artifacts, self.expected)
        server = universe_serve.server("127.0.0.1", 0, found)
        # One line for each request would hide what the tests say.
        server.RequestHandlerClass.log_message = lambda *_: None
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.address = f"http://127.0.0.1:{server.server_port}"

    def get(self, path, method="GET"):
        with urllib.request.urlopen(urllib.request.Request(self.address + path, method=method), timeout=30) as answer:
            return answer.headers, answer.read()

    def test_the_document_has_the_type_that_cosmos_reads(self):
        headers, body = self.get("/stub-universe.json")
        self.assertEqual(headers["Content-Type"], "application/vnd.dcos.universe.repo+json;charset=utf-8;version=v4")
        self.assertEqual(int(headers["Content-Length"]), len(body))
        self.assertEqual(json.loads(body), self.expected)

    def test_everything_that_the_document_names_is_there(self):
        resource = self.expected["packages"][0]["resource"]
        urls = [*resource["images"].values(), resource["cli"]["binaries"]["linux"]["x86-64"]["url"]]
        for url in urls:
            headers, body = self.get(url.removeprefix("http://universe.invalid"))
            self.assertEqual(int(headers["Content-Length"]), len(body))
            self.assertGreater(len(body), 0)

    def test_a_head_has_no_body(self):
        headers, body = self.get("/artifacts/understudy.tar", "HEAD")
        self.assertGreater(int(headers["Content-Length"]), 0)
        self.assertEqual(body, b"")

    def test_nothing_else_is_served(self):
        for path in ("/", "/icons/draw.py", "/icons/../package.json", "/artifacts/", "/nosuch"):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                self.get(path)
            self.assertEqual(caught.exception.code, 404)
            caught.exception.close()


if __name__ == "__main__":
    unittest.main()
