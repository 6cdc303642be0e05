"""The guestbook's table in Cassandra."""

import os
import uuid
from datetime import datetime, timezone

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import RoundRobinPolicy
from cassandra.query import dict_factory

KEYSPACE = """
    CREATE KEYSPACE IF NOT EXISTS guestbook
    WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"""
TABLE = """
    CREATE TABLE IF NOT EXISTS guestbook.guests (
        book text, signed timestamp, id uuid, name text, message text,
        PRIMARY KEY (book, signed, id)
    ) WITH CLUSTERING ORDER BY (signed DESC, id ASC)"""


class Store:
    """Guests, the latest first."""

    BOOK = "lobby"

    def __init__(self, host=None, port=None):
        profile = ExecutionProfile(load_balancing_policy=RoundRobinPolicy(), row_factory=dict_factory)
        self.cluster = Cluster(
            [host or os.environ.get("CASSANDRA_HOST", "127.0.0.1")],
            port=int(port or os.environ.get("CASSANDRA_PORT", "9042")),
            protocol_version=4,
            auth_provider=self._login(),
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        )
        self.session = self.cluster.connect()
        self.session.execute(KEYSPACE)
        self.session.execute(TABLE)
        self._select = self.session.prepare("SELECT signed, name, message FROM guestbook.guests WHERE book = ?")
        self._insert = self.session.prepare(
            "INSERT INTO guestbook.guests (book, signed, id, name, message) VALUES (?, ?, ?, ?, ?)"
        )

    @staticmethod
    def _login():
        user = os.environ.get("CASSANDRA_USER")
        return PlainTextAuthProvider(user, os.environ["CASSANDRA_PASSWORD"]) if user else None

    def guests(self):
        return list(self.session.execute(self._select, [self.BOOK]))

    def sign(self, name, message):
        self.session.execute(self._insert, [self.BOOK, datetime.now(timezone.utc), uuid.uuid4(), name, message])

    def close(self):
        self.cluster.shutdown()
