"""What scripts/fuzz-api checks beside what schemathesis knows: that a refused request changes nothing.

As a schemathesis hook module it has the check `refused_changes_nothing`; as a program it ends every run and fails when
copies are left that nothing holds. UNDERSTUDY_URL and UNDERSTUDY_TOKEN say where, FUZZ_ROLE whose calls are checked:
`run`, `view`, or `none` for calls without a token.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

URL = os.environ["UNDERSTUDY_URL"]
TOKEN = os.environ["UNDERSTUDY_TOKEN"]
ROLE = os.environ.get("FUZZ_ROLE", "run")
LOOKS = ("GET", "HEAD")
# A copy that is kept for a shorter time may go between two looks.
KEPT_FOR = timedelta(seconds=5)
CLEAN_UP_SECONDS = 120


def call(method, path):
    request = urllib.request.Request(URL + path, method=method, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def all_runs():
    runs, page = {}, call("GET", "/v1/runs?limit=500")
    while True:
        runs.update((run["id"], run) for run in page["runs"])
        if page["next"] is None:
            return runs
        page = call("GET", f"/v1/runs?limit=500&after={page['next']}")


def look():
    copies = {copy["name"]: copy for copy in call("GET", "/v1/snapshots")["snapshots"]}
    sources = call("GET", "/v1/sources")["sources"]
    for source in sources:
        # How much of a quota is used changes as runs go on.
        source["runs"].pop("used")
        source["snapshots"].pop("used")
    return {"runs": all_runs(), "copies": copies, "sources": sources}


def changes_of_run(old, new):
    """What only a request changes; phases, tasks and what follows from them change by themselves."""
    for field in ("key", "owner", "source", "service"):
        if old[field] != new[field]:
            yield f"{field} was {old[field]}, is {new[field]}"
    if old["result"] != new["result"] and (old["result"] or new["result"] in ("cancelled", "released")):
        yield f"result was {old['result']}, is {new['result']}"
    ends = old["lease"]["ends"], new["lease"]["ends"]
    if None not in ends and ends[0] != ends[1]:
        yield f"lease ended at {ends[0]}, ends at {ends[1]}"
    if old["phase"] == "ended" and new["keptUntil"] not in (None, old["keptUntil"]):
        yield f"was kept until {old['keptUntil']}, is until {new['keptUntil']}"
    if old["phase"] == "ready" and new["phase"] not in ("ready", "ending", "ended"):
        yield f"was ready, is {new['phase']}"


def changes(old, new):
    if old["sources"] != new["sources"]:
        yield "the sources"
    for id in old["runs"].keys() ^ new["runs"].keys():
        yield f"run {id} is {'there' if id in new['runs'] else 'gone'}"
    for id in old["runs"].keys() & new["runs"].keys():
        yield from (f"run {id}: {change}" for change in changes_of_run(old["runs"][id], new["runs"][id]))
    for name in new["copies"].keys() - old["copies"].keys():
        if new["copies"][name]["run"] not in old["runs"]:
            yield f"copy {name} is of no run that there was"
    soon = datetime.now(timezone.utc) + KEPT_FOR
    for name, copy in old["copies"].items():
        kept = copy["keptUntil"] and datetime.fromisoformat(copy["keptUntil"].replace("Z", "+00:00")) > soon
        if kept and copy["state"] == "present" and new["copies"].get(name, {}).get("state") != "present":
            yield f"copy {name}, which is kept until {copy['keptUntil']}, is condemned or gone"


def end_everything():
    """Ends every run; fails when they do not end, or when copies are left that nobody keeps."""
    for id, run in all_runs().items():
        if run["phase"] != "ended":
            call("DELETE", f"/v1/runs/{id}")
    deadline = time.monotonic() + CLEAN_UP_SECONDS
    while True:
        state = look()
        busy = [id for id, run in state["runs"].items() if run["phase"] != "ended"]
        left = [name for name, copy in state["copies"].items() if copy["keptUntil"] is None]
        if not busy and not left:
            print(f"{len(state['runs'])} runs, all ended; {len(state['copies'])} copies, all kept")
            return 0
        if time.monotonic() > deadline:
            print(f"left after {CLEAN_UP_SECONDS} s: runs {busy}, copies {left}", file=sys.stderr)
            return 1
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(end_everything())

import schemathesis  # noqa: E402 - the program above needs none of it

last = look()


@schemathesis.check
def refused_changes_nothing(ctx, response, case):
    """Compares what there is with what there was after the call before."""
    global last
    accepted = response.status_code < 400
    if ROLE == "none" and case.path != "/v1/health":
        assert response.status_code in (401, 431), f"{response.status_code} without a token"
    if ROLE == "view" and case.method.upper() not in LOOKS and case.path != "/v1/forecast":
        assert not accepted, f"{response.status_code} for a token that may only look"
    if case.method.upper() in LOOKS:
        return
    before, last = last, look()
    if not accepted:
        found = list(changes(before, last))
        assert not found, f"answered {response.status_code}, and yet: {'; '.join(found)}"
