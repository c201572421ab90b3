"""The ledger: every answer given, and the claims that stand, in one SQL database.

Three promises. The same study, at the same places of its Bundle, under the same practice, rulebook and
engine finds its answer again, byte for byte. One study, by business key, has one set of claims, however many
doors post it at once. Claims and the answer with findings and explanation are written in one transaction or
not at all. SQLite today (write-ahead log, every commit on disk); see docs/decisions for the way to
PostgreSQL. Nothing here logs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import date
from errno import ENOENT
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
    make_url,
    select,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import ArgumentError, DatabaseError

from service.errors import Fault
from service.store.kept import AnswerKey, KeptAnswer, KeptService, Standing

SCHEMA_VERSION = 1
BUSY_SECONDS = 10.0
MOST_FOUND = 100
"""A search by business identifier has one or two claims; more than this is another question."""

_tables = MetaData()
_schema = Table("ledger_schema", _tables, Column("version", Integer, primary_key=True, autoincrement=False))
_answers = Table(
    "answers",
    _tables,
    Column("id", Integer, primary_key=True),
    Column("study", String(64), nullable=False),
    Column("practice", String(64), nullable=False),
    Column("rulebook", String(64), nullable=False),
    Column("engine", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("entries", LargeBinary, nullable=False),
    UniqueConstraint("study", "practice", "rulebook", "engine", name="one_answer"),
)
_studies = Table(
    "studies",
    _tables,
    Column("business_key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
)
_claims = Table(
    "claims",
    _tables,
    Column("id", String(64), primary_key=True),
    Column("business_key", ForeignKey("studies.business_key"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("resource", LargeBinary, nullable=False),
    Column("answer", ForeignKey("answers.id"), nullable=False),
)
_identifiers = Table(
    "claim_identifiers",
    _tables,
    Column("value", String, primary_key=True),
    Column("system", String, primary_key=True),
    Column("claim", ForeignKey("claims.id"), primary_key=True),
)


_services = Table(
    "services",
    _tables,
    Column("patient", String(64), primary_key=True),
    Column("procedure", String(8), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("claim", ForeignKey("claims.id"), primary_key=True),
)


_readings = Table(
    "readings",
    _tables,
    Column("business_key", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
)


class Ledger:
    """The one way to the database. Opened before a server forks; each worker then has its own connections."""

    def __init__(self, url: str, *, must_exist: bool = False) -> None:
        """`url` is the path of a SQLite file, which is made unless it must exist, or its SQLAlchemy URL.

        Raises Fault for another database, OSError where the file cannot be made or found.
        """
        self._engine = _engine(url, must_exist)
        self._for_reading = self._engine.execution_options(begin="BEGIN")
        self._for_writing = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        with _transaction(self._for_writing) as connection:
            if not inspect(connection).has_table(_schema.name):
                _tables.create_all(connection)
                connection.execute(insert(_schema).values(version=SCHEMA_VERSION))
            for added in (_services, _readings):
                added.create(connection, checkfirst=True)
        self.check_ready()
        self._engine.dispose()

    def check_ready(self) -> None:
        """Raises a retryable Fault if the database does not answer, a lasting one if it is not ours."""
        with _transaction(self._for_reading) as connection:
            versions = connection.scalars(select(_schema.c.version)).all()
        if versions != [SCHEMA_VERSION]:
            raise Fault("FAULT-LEDGER-VERSION")

    def answer(self, key: AnswerKey) -> bytes | None:
        """The entries answered before under these four digests."""
        with _transaction(self._for_reading) as connection:
            return _entries(connection, key)

    def standing(self, business_key: str) -> Standing | None:
        """The claims that stand for a study, if it was billed."""
        with _transaction(self._for_reading) as connection:
            return _standing(connection, business_key)

    def earlier(self, patient: str, before: date) -> tuple[KeptService, ...]:
        """The services claimed for a patient (by digest) on days before, the oldest first."""
        found = select(_services).filter_by(patient=patient).order_by(_services.c.day, _services.c.procedure)
        with _transaction(self._for_reading) as connection:
            rows = connection.execute(found.where(_services.c.day < before.isoformat())).all()
        return tuple(
            KeptService(
                patient=row.patient,
                procedure=row.procedure,
                day=date.fromisoformat(row.day),
                claim=row.claim,
            )
            for row in rows
        )

    def reading_days(self, business_key: str) -> tuple[date, ...]:
        """The days that a study was said to be read on, whenever it was answered; no day twice."""
        found = select(_readings.c.day).filter_by(business_key=business_key).order_by(_readings.c.day)
        with _transaction(self._for_reading) as connection:
            return tuple(map(date.fromisoformat, connection.scalars(found)))

    def keep(self, answer: KeptAnswer, seen: Standing | None) -> bytes | None:
        """Keeps an answer with its claims; returns the entries that hold (an equal post may have been first).

        `seen` is the standing the answer was decided with. None: somebody billed the study since then and
        nothing was kept; look at the standing again and decide again.
        """
        with _transaction(self._for_writing) as connection:
            row = {**_columns(answer.key), "state": answer.state, "entries": answer.entries}
            new = insert(_answers).values(row).on_conflict_do_nothing().returning(_answers.c.id)
            number = connection.scalar(new)
            if number is None:
                return _entries(connection, answer.key)
            if answer.business_key and _standing(connection, answer.business_key) != seen:
                connection.rollback()
                return None
            if answer.claims and seen is None:
                _keep_claims(connection, answer, number)
            if answer.business_key and answer.reading_day:
                read = {"business_key": answer.business_key, "day": answer.reading_day.isoformat()}
                connection.execute(insert(_readings).values(read).on_conflict_do_nothing())
        return answer.entries

    def claim(self, claim_id: str) -> bytes | None:
        """The Claim resource as it was sent out."""
        with _transaction(self._for_reading) as connection:
            return connection.scalar(select(_claims.c.resource).where(_claims.c.id == claim_id))

    def answer_with(self, claim_id: str) -> bytes | None:
        """The entries of the study that the Claim was first sent out with: its findings and explanation."""
        with _transaction(self._for_reading) as connection:
            found = select(_answers.c.entries).join(_claims).where(_claims.c.id == claim_id)
            return connection.scalar(found)

    def find_claims(self, value: str, system: str | None = None) -> tuple[bytes, ...]:
        """Claims with this business identifier, by id; `system` None means any, "" means none given."""
        found = select(_claims.c.resource).distinct().order_by(_claims.c.id).limit(MOST_FOUND)
        found = found.join(_identifiers).where(_identifiers.c.value == value)
        if system is not None:
            found = found.where(_identifiers.c.system == system)
        with _transaction(self._for_reading) as connection:
            return tuple(connection.scalars(found))


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except DatabaseError:
        # Neither the statement nor its values may reach a log: they are the patient's.
        raise Fault("FAULT-LEDGER", retryable=True) from None


def _engine(url: str, must_exist: bool) -> Engine:
    if "://" not in url:
        url = f"sqlite:///{url}"
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Fault("FAULT-LEDGER-ADDRESS") from None
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise Fault("FAULT-LEDGER-ADDRESS")
    file = Path(parsed.database)
    if must_exist and not file.exists():
        raise FileNotFoundError(ENOENT, "there is no such ledger", url)
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
    engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _: object) -> None:
    # Python's driver would begin a deferred transaction by itself, which can fail where it should wait.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _columns(key: AnswerKey) -> dict[str, str]:
    return dict(zip(("study", "practice", "rulebook", "engine"), astuple(key), strict=True))


def _entries(connection: Connection, key: AnswerKey) -> bytes | None:
    return connection.scalar(select(_answers.c.entries).filter_by(**_columns(key)))


def _standing(connection: Connection, business_key: str) -> Standing | None:
    fingerprint = connection.scalar(select(_studies.c.fingerprint).filter_by(business_key=business_key))
    if fingerprint is None:
        return None
    claims = select(_claims.c.resource).filter_by(business_key=business_key).order_by(_claims.c.position)
    return Standing(fingerprint=fingerprint, claims=tuple(connection.scalars(claims)))


def _keep_claims(connection: Connection, answer: KeptAnswer, number: int) -> None:
    study = {"business_key": answer.business_key, "fingerprint": answer.fingerprint}
    connection.execute(insert(_studies).values(study))
    for position, claim in enumerate(answer.claims):
        connection.execute(
            insert(_claims).values(
                id=claim.id,
                business_key=answer.business_key,
                position=position,
                resource=claim.resource,
                answer=number,
            )
        )
        rows = [
            {"value": value, "system": system, "claim": claim.id}
            for system, value in dict.fromkeys(claim.identifiers)
        ]
        if rows:
            connection.execute(insert(_identifiers), rows)
    services = [
        {
            "patient": one.patient,
            "procedure": one.procedure,
            "day": one.day.isoformat(),
            "claim": one.claim,
        }
        for one in dict.fromkeys(answer.services)
    ]
    if services:
        connection.execute(insert(_services), services)
