"""What the DataStax driver sees of the stand-in: it is the judge, and this says what it has to find.

    driver_checks.py PORT [survive | copy]

Every warning of Python's and of the driver's is a failure.
"""

import logging
import sys
import time
import uuid
import warnings
from datetime import datetime, timezone

import cassandra
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import ConstantReconnectionPolicy, RoundRobinPolicy
from cassandra.query import BatchStatement, SimpleStatement, ValueSequence

warnings.simplefilter("error")
PORT = int(sys.argv[1])
NAMES = ["Ada", "Zoë", "名前", "it's \u0000 \U0001F480", "e\u0301"]


class Strict(logging.Handler):
    """The driver's own complaints."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said = []

    def emit(self, record):
        self.said.append(record.getMessage())


strict = Strict()
logging.getLogger("cassandra").addHandler(strict)


def cluster(version=4, **more):
    profile = ExecutionProfile(load_balancing_policy=RoundRobinPolicy())
    given = {} if version is None else {"protocol_version": version}
    return Cluster(["127.0.0.1"], port=PORT, execution_profiles={EXEC_PROFILE_DEFAULT: profile}, **given, **more)


def sees_the_cluster(c):
    c.connect()
    meta = c.metadata
    assert meta.cluster_name == "guestbook", meta.cluster_name
    (host,) = meta.all_hosts()
    assert (host.datacenter, host.rack) == ("datacenter1", "rack1")
    assert host.release_version.endswith("stand-in")
    assert len(meta.token_map.ring) == 256
    assert set(meta.keyspaces) >= {"system", "system_schema"}


def writes_and_reads(s):
    s.execute("CREATE KEYSPACE g WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    s.set_keyspace("g")
    s.execute(
        "CREATE TABLE guests (book text, signed timestamp, id uuid, name text, tags set<text>, notes map<text, int>,"
        " PRIMARY KEY (book, signed, id)) WITH CLUSTERING ORDER BY (signed DESC, id ASC) AND comment = 'who was here'"
    )
    table = s.cluster.metadata.keyspaces["g"].tables["guests"]
    assert [column.name for column in table.primary_key] == ["book", "signed", "id"]
    assert table.columns["notes"].cql_type == "map<text, int>"
    assert table.columns["signed"].is_reversed
    assert "CLUSTERING ORDER BY (signed DESC, id ASC)" in table.as_cql_query()
    insert = s.prepare("INSERT INTO guests (book, signed, id, name, tags, notes) VALUES (?, ?, ?, ?, ?, ?)")
    rows = []
    for number, name in enumerate(NAMES):
        signed = datetime(2026, 11, 25, 10, number, 1, 234000, tzinfo=timezone.utc)
        rows.append((uuid.uuid4(), signed.replace(tzinfo=None), name, {"a", name}, {"visits": number}))
        insert.consistency_level = list(ConsistencyLevel.value_to_name)[number]
        s.execute(insert, ["b", signed, rows[-1][0], name, {"a", name}, {"visits": number}])
    found = [(r.id, r.signed, r.name, set(r.tags), dict(r.notes)) for r in s.execute("SELECT * FROM guests")]
    assert found == rows[::-1], found
    simple = SimpleStatement(
        "SELECT name FROM guests WHERE book = %s AND signed IN %s", consistency_level=ConsistencyLevel.QUORUM
    )
    assert [r.name for r in s.execute(simple, ("b", ValueSequence([rows[1][1]])))] == ["Zoë"]
    one = s.prepare("SELECT name FROM guests WHERE book = :b AND signed IN :s LIMIT :l")
    assert len(list(s.execute(one, {"b": "b", "s": [rows[0][1], rows[2][1]], "l": 5}))) == 2
    batch = BatchStatement()
    batch.add(insert, ["b2", rows[0][1], uuid.uuid4(), "Grace", None, None])
    batch.add(SimpleStatement("DELETE FROM guests WHERE book = 'b'"))
    s.execute(batch)
    assert [(r.book, r.tags) for r in s.execute("SELECT book, tags FROM guests")] == [("b2", None)]
    (many,) = s.execute(s.prepare("SELECT count(*) FROM guests"))
    assert many.count == 1
    applied = s.execute("UPDATE guests SET name = 'x' WHERE book = 'q' AND signed = 0 AND id = uuid() IF EXISTS")
    assert not applied.was_applied


def is_told_what_is_wrong(s):
    for statement, error in [
        ("SELEC", cassandra.protocol.SyntaxException), ("SELECT * FROM g.nothing", cassandra.InvalidRequest),
        ("CREATE TABLE g.guests (k int PRIMARY KEY)", cassandra.AlreadyExists),
        ("DROP KEYSPACE system", cassandra.Unauthorized),
    ]:
        try:
            s.execute(statement)
        except error:
            continue
        raise AssertionError(f"{statement} was not refused")


def hears_of_changes(c, s):
    s.execute("CREATE TABLE g.later (k int PRIMARY KEY)")
    deadline = time.time() + 20
    while "later" not in c.metadata.keyspaces["g"].tables:
        assert time.time() < deadline, "the change of another client was never heard of"
        time.sleep(0.02)


def survive():
    """Writes numbers, through every restart, until somebody writes 'stop'; then each number that was answered is there."""
    with cluster(reconnection_policy=ConstantReconnectionPolicy(0.1, None)) as c:
        s = c.connect("g")
        s.execute("CREATE TABLE IF NOT EXISTS numbers (k int PRIMARY KEY, stop text)")
        insert = s.prepare("INSERT INTO numbers (k) VALUES (?)")
        stop = s.prepare("SELECT stop FROM numbers WHERE k = -1")
        answered, failures, deadline = [], 0, time.time() + 60
        print("writing", flush=True)
        while time.time() < deadline:
            try:
                s.execute(insert, [len(answered)])
                answered.append(len(answered))
                if s.execute(stop).one():
                    break
            except cassandra.cluster.NoHostAvailable:
                failures += 1
                time.sleep(0.02)
            except (cassandra.OperationTimedOut, cassandra.connection.ConnectionException):
                failures += 1
        else:
            raise AssertionError("nobody said stop")
        found = {r.k for r in s.execute("SELECT k FROM numbers")}
        missing = set(answered) - found
        assert not missing, missing
        print(f"survived with {failures} failures", flush=True)


def copy():
    """On a copy: what was written to the original is there, and nothing else."""
    with cluster() as c:
        s = c.connect("g")
        assert sorted(c.metadata.keyspaces["g"].tables) == ["guests", "later"]
        found = [(r.book, r.signed, r.name, r.tags, r.notes) for r in s.execute("SELECT * FROM guests")]
        assert found == [("b2", datetime(2026, 11, 25, 10, 0, 1, 234000), "Grace", None, None)], found
        assert not list(s.execute("SELECT * FROM later"))
    assert not strict.said, strict.said
    print("the driver is content", flush=True)


if sys.argv[2:]:
    {"survive": survive, "copy": copy}[sys.argv[2]]()
    sys.exit(0)

with cluster() as c:
    sees_the_cluster(c)
    session = c.connect()
    writes_and_reads(session)
    is_told_what_is_wrong(session)
    with cluster() as other:
        hears_of_changes(c, other.connect())
with cluster(3) as c:
    assert [row.key for row in c.connect().execute("SELECT key FROM system.local")] == ["local"]
assert not strict.said, strict.said
# Left to itself the driver begins with a version that nobody but DataStax speaks, complains, and finds its way.
with cluster(None) as c:
    c.connect()
    assert c.protocol_version == 4, c.protocol_version
print("the driver is content")
