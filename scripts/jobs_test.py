#!/usr/bin/env python3
"""Tests of scripts/check-jobs: what is in marathon/ is good, and each rule is noticed when it is broken."""

import copy
import importlib.util
import json
import pathlib
import sys
import unittest
from importlib.machinery import SourceFileLoader

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
loader = SourceFileLoader("check_jobs", str(HERE / "check-jobs"))
check_jobs = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_jobs", loader))
loader.exec_module(check_jobs)

GONE = object()
# (where, what is put there, a part of the finding)
BROKEN_JOBS = [
    ("id", "Nightly", "id has"),
    ("id", "understudy..nightly", "id has"),
    ("dependencies", [], "dependencies is dropped"),
    ("run", [], "run has to be an object"),
    ("run.networks", [{"mode": "host"}], "run.networks is dropped"),
    ("run.taskKillGracePeriodSeconds", 5, "run.taskKillGracePeriodSeconds is dropped"),
    ("run.ucr.privileged", False, "run.ucr.privileged is dropped"),
    ("run.ucr.image.labels", {}, "run.ucr.image.labels is dropped"),
    ("run.restart.backoff", 1, "run.restart.backoff is dropped"),
    ("run.cpus", 0, "run.cpus"),
    ("run.cpus", True, "run.cpus"),
    ("run.mem", 31, "run.mem"),
    ("run.mem", 64.5, "run.mem has to be whole"),
    ("run.disk", GONE, "run.disk"),
    ("run.cmd", "understudy run --wait", "run.cmd has to go"),
    ("run.docker", {"image": "a", "parameters": []}, "run.docker has to go"),
    ("run.ucr", GONE, "run.ucr.image.id"),
    ("run.ucr.image.id", "", "run.ucr.image.id"),
    ("run.ucr.image.kind", "appc", "run.ucr.image.kind"),
    ("run.args", GONE, "run.args has to be a list"),
    ("run.args", ["run", 1], "run.args has to be a list"),
    ("run.args", ["scheduler"], "run.args has to begin"),
    ("run.args", ["run"], "--wait"),
    ("run.args", ["run", "--wait", "--key", "nightly"], "--key"),
    ("run.env", GONE, "run.env is missing"),
    ("run.env.UNDERSTUDY_URL", GONE, "UNDERSTUDY_URL"),
    ("run.env.UNDERSTUDY_TOKEN", "0123456789abcdef", "shows the token"),
    ("run.env.UNDERSTUDY_TOKEN", {"secret": "nosuch"}, "run.env.UNDERSTUDY_TOKEN"),
    ("run.env.UNDERSTUDY_KEY", "nightly", "--key"),
    ("run.env.UNDERSTUDY_SOURCE", GONE, "UNDERSTUDY_SOURCE"),
    ("run.env.UNDERSTUDY_SUITE_IMAGE", GONE, "UNDERSTUDY_SUITE_IMAGE"),
    ("run.env.UNDERSTUDY_COMMAND", "", "UNDERSTUDY_COMMAND"),
    ("run.env.UNDERSTUDY_LEASE", "3 hours", "UNDERSTUDY_LEASE"),
    ("run.env.UNDERSTUDY_TIMEOUT", "3h", "activeDeadlineSeconds has to be longer"),
    ("run.restart", GONE, "run.restart.policy"),
    ("run.restart.policy", "ON_FAILURE", "run.restart.policy"),
    ("run.restart.activeDeadlineSeconds", GONE, "activeDeadlineSeconds is missing"),
    ("run.maxLaunchDelay", GONE, "run.maxLaunchDelay"),
    ("run.maxLaunchDelay", 86_400, "run.maxLaunchDelay"),
    ("schedules", {}, "schedules has to be a list"),
    ("schedules.0.timezone", "Europe/Berlin", "schedule.timezone is dropped"),
    ("schedules.0.id", "n", "schedule.id"),
    ("schedules.0.cron", "30 2 * *", "schedule.cron"),
    ("schedules.0.concurrencyPolicy", "ALLOW", "schedule.concurrencyPolicy"),
    ("schedules.0.enabled", GONE, "schedule.enabled"),
]
BROKEN_APPS = [
    ("cmd", "understudy scheduler", "args has to begin"),
    ("args", ["run"], "args has to begin"),
    ("args", GONE, "args is missing"),
    ("labels", GONE, "labels is missing"),
    ("instances", 2, "instances has to be 1"),
    ("upgradeStrategy.maximumOverCapacity", 1, "upgradeStrategy"),
    ("labels.DCOS_SERVICE_WEB_PATH", GONE, "labels.DCOS_SERVICE_WEB_PATH"),
    ("labels.DCOS_SERVICE_PORT_INDEX", 0, "DCOS_SERVICE_PORT_INDEX has to be a text"),
    ("env.UNDERSTUDY_NAME", "other", "one name"),
    ("env.UNDERSTUDY_MASTER", GONE, "env.UNDERSTUDY_MASTER"),
    ("env.UNDERSTUDY_TOKENS", GONE, "who may call"),
    ("env.UNDERSTUDY_INSECURE_NO_AUTH", "true", "who may call"),
    ("healthChecks.0.path", "/v1/health", "/v1/alive"),
    ("healthChecks.0.maxConsecutiveFailures", 0, "maxConsecutiveFailures"),
]


def text(name):
    return (check_jobs.FOLDER / name).read_text()


def broken(document, place, value):
    """A copy with another value at a place, or none."""
    document = copy.deepcopy(document)
    *path, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    inner = document
    for part in path:
        inner = inner[part]
    if value is GONE:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(document)


class JobTests(unittest.TestCase):
    def test_every_file_is_good(self):
        names = {path.name for path in check_jobs.FOLDER.glob("*.json")}
        self.assertLessEqual(
            {"scheduler.json", "nightly.json", "on-demand.json", "sweep-report.json", "guestbook.json"}, names
        )
        for name in names:
            with self.subTest(name):
                self.assertEqual(check_jobs.check(text(name)), [])

    def test_every_file_is_good_by_the_published_schemas(self):
        if not check_jobs.SCHEMAS.is_dir() or importlib.util.find_spec("jsonschema") is None:
            self.skipTest("the schemas, or python3-jsonschema, are not here")
        for path in check_jobs.FOLDER.glob("*.json"):
            with self.subTest(path.name):
                self.assertEqual(check_jobs.check(path.read_text(), check_jobs.SCHEMAS), [])
        self.assertTrue(
            any("by metronome" in what for what in check_jobs.check(
                broken(json.loads(text("nightly.json")), "run.mem", 1), check_jobs.SCHEMAS
            ))
        )
        self.assertTrue(
            any("by marathon" in what for what in check_jobs.check(
                broken(json.loads(text("scheduler.json")), "mem", "much"), check_jobs.SCHEMAS
            ))
        )

    def test_each_rule_of_a_job_is_noticed(self):
        nightly = json.loads(text("nightly.json"))
        for place, value, part in BROKEN_JOBS:
            with self.subTest(place=place, part=part):
                findings = check_jobs.check(broken(nightly, place, value))
                self.assertTrue(any(part in what for what in findings), findings)

    def test_each_rule_of_the_app_is_noticed(self):
        app = json.loads(text("scheduler.json"))
        for place, value, part in BROKEN_APPS:
            with self.subTest(place=place, part=part):
                findings = check_jobs.check(broken(app, place, value))
                self.assertTrue(any(part in what for what in findings), findings)

    def test_a_second_schedule_is_noticed(self):
        nightly = json.loads(text("nightly.json"))
        nightly["schedules"] *= 2
        findings = check_jobs.check(json.dumps(nightly))
        self.assertIn("schedules has to be one: dcos job add sends the first alone", findings)

    def test_a_token_may_be_a_secret(self):
        job = json.loads(text("nightly.json"))
        job["run"]["env"]["UNDERSTUDY_TOKEN"] = {"secret": "token"}
        job["run"]["secrets"] = {"token": {"source": "understudy/ci-token"}}
        self.assertEqual(check_jobs.check(json.dumps(job)), [])

    def test_what_is_no_document_is_said(self):
        for bad, part in [
            ("", "Expecting value"), ("[]", "one object"), ('{"id": "a", "id": "b"}', "twice"),
            ('{"id": "\u00e9"}', "ASCII"),
        ]:
            with self.subTest(bad):
                self.assertIn(part, " ".join(check_jobs.check(bad)))


if __name__ == "__main__":
    unittest.main()
