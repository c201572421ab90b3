"""The ledger keeps one answer per question and one set of claims per study, whoever asks at the same time."""

import multiprocessing
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from service.errors import Fault
from service.store.kept import AnswerKey, KeptAnswer, KeptClaim, Standing
from service.store.ledger import Ledger

WRITERS = 6


def key(study="s", rulebook="r"):
    return AnswerKey(study=study * 64, practice="p" * 64, rulebook=rulebook * 64, engine="e" * 64)


def claim(claim_id="vfa-1", resource=b'{"total":150.00}'):
    return KeptClaim(
        id=claim_id,
        identifiers=(("urn:sys", f"{claim_id}-number"), ("urn:accession", "A-1")),
        resource=resource,
    )


def answer(entries=b"[1]", claims=None, fingerprint="f", business_key="b", **digests):
    return KeptAnswer(
        key=key(**digests),
        state="clean",
        entries=entries,
        business_key=business_key,
        fingerprint=fingerprint,
        claims=(claim(),) if claims is None else claims,
    )


def rows(path, table):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"select count(*) from {table}").fetchone()[0]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "ledger.sqlite3"


@pytest.fixture
def ledger(path):
    return Ledger(str(path))


def test_an_answer_is_found_again_under_its_four_digests_and_no_other(ledger):
    ledger.keep(answer(entries=b'[{"n":150.00}]'), None)
    assert ledger.answer(key()) == b'[{"n":150.00}]'
    assert ledger.answer(key(rulebook="x")) is None


def test_the_same_question_twice_keeps_the_first_answer(ledger, path):
    assert ledger.keep(answer(entries=b"[1]"), None) == b"[1]"
    assert ledger.keep(answer(entries=b"[2]"), None) == b"[1]"
    assert (rows(path, "answers"), rows(path, "claims")) == (1, 1)


def test_a_claim_is_read_with_the_answer_it_came_in_and_found_by_its_identifiers(ledger):
    ledger.keep(answer(claims=(claim("vfa-1"), claim("vfa-2", b"{}"))), None)
    assert ledger.claim("vfa-1") == b'{"total":150.00}'
    assert ledger.answer_with("vfa-1") == ledger.answer_with("vfa-2") == b"[1]"
    assert ledger.find_claims("A-1") == (b'{"total":150.00}', b"{}")
    assert ledger.find_claims("vfa-2-number", "urn:sys") == (b"{}",)
    assert ledger.find_claims("A-1", "urn:sys") == ()
    assert ledger.claim("vfa-3") is None
    assert ledger.answer_with("vfa-3") is None


def test_a_study_stands_with_its_fingerprint_and_its_claims_in_order(ledger):
    assert ledger.standing("b") is None
    ledger.keep(answer(claims=(claim("vfa-9", b"{9}"), claim("vfa-1", b"{1}"))), None)
    assert ledger.standing("b") == Standing(fingerprint="f", claims=(b"{9}", b"{1}"))


def test_a_second_answer_for_a_billed_study_adds_no_claims(ledger, path):
    ledger.keep(answer(), None)
    seen = ledger.standing("b")
    assert ledger.keep(answer(entries=b"[2]", study="t"), seen) == b"[2]"
    assert (rows(path, "answers"), rows(path, "claims")) == (2, 1)


def test_an_answer_decided_before_somebody_else_billed_the_study_is_not_kept(ledger, path):
    ledger.keep(answer(), None)
    assert ledger.keep(answer(entries=b"[2]", study="t", claims=(claim("vfa-2"),)), None) is None
    assert (rows(path, "answers"), rows(path, "claims")) == (1, 1)
    assert ledger.answer(key(study="t")) is None


def test_claims_and_answer_are_kept_together_or_not_at_all(ledger, path):
    with pytest.raises(Fault, match="FAULT-LEDGER"):
        ledger.keep(answer(claims=(claim("vfa-1"), claim("vfa-1"))), None)
    assert [rows(path, table) for table in ("answers", "studies", "claims", "claim_identifiers")] == [0] * 4


def test_a_ledger_opened_again_still_has_what_was_kept(ledger, path):
    ledger.keep(answer(), None)
    assert Ledger(f"sqlite:///{path}").answer(key()) == b"[1]"


def test_every_commit_is_on_disk_before_it_is_answered(ledger):
    with ledger._for_reading.begin() as connection:
        settings = [
            connection.exec_driver_sql(f"pragma {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert settings == ["wal", 2, 1, 10_000]


def test_only_the_owner_may_read_the_file(ledger, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_ledger_of_another_version_is_not_touched(ledger, path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update ledger_schema set version = 99")
        connection.execute("drop table claim_identifiers")
    with pytest.raises(Fault, match="FAULT-LEDGER-VERSION"):
        Ledger(str(path))
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
    assert ("claim_identifiers",) not in tables
    assert rows(path, "ledger_schema") == 1
    with pytest.raises(Fault, match="FAULT-LEDGER-VERSION"):
        ledger.check_ready()


def test_a_file_that_is_no_database_is_a_fault_that_says_nothing_of_its_content(tmp_path):
    file = tmp_path / "ledger.sqlite3"
    file.write_bytes(b"Marrow, Ada" * 500)
    with pytest.raises(Fault) as caught:
        Ledger(str(file))
    assert caught.value.retryable
    assert "Marrow" not in str(caught.value.outcome())


def test_a_ledger_that_must_exist_is_not_made(path):
    with pytest.raises(FileNotFoundError):
        Ledger(str(path), must_exist=True)
    assert not path.parent.exists()


@pytest.mark.parametrize("url", ["postgresql://host/db", "sqlite://", ":memory:", "://"])
def test_a_database_of_another_kind_is_refused_at_once(url):
    with pytest.raises(Fault, match="FAULT-LEDGER-ADDRESS"):
        Ledger(url if "://" in url else f"sqlite:///{url}")


def keep_at_once(path, barrier, queue, entries, study):
    ledger = Ledger(path)
    barrier.wait()
    seen = ledger.standing("b")
    queue.put(ledger.keep(answer(entries=entries, study=study), seen))


@pytest.mark.parametrize("same_study", [True, False])
def test_processes_that_bill_one_study_at_once_make_one_claim(path, same_study):
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(2), context.Queue()
    writers = [
        context.Process(
            target=keep_at_once,
            args=(str(path), barrier, queue, b"[%d]" % n, "s" if same_study else str(n)),
        )
        for n in range(2)
    ]
    for writer in writers:
        writer.start()
    answers = [queue.get(timeout=60) for _ in writers]
    for writer in writers:
        writer.join(timeout=60)
    assert rows(path, "claims") == rows(path, "studies") == 1
    if same_study:
        assert answers[0] == answers[1] == Ledger(str(path)).answer(key())
        assert rows(path, "answers") == 1


def test_threads_of_one_worker_that_post_the_same_study_get_the_same_answer(ledger, path):
    with ThreadPoolExecutor(WRITERS) as pool:
        answers = list(pool.map(lambda n: ledger.keep(answer(entries=b"[%d]" % n), None), range(WRITERS)))
    assert len(set(answers)) == 1
    assert (rows(path, "answers"), rows(path, "claims")) == (1, 1)
