"""Answers of a FHIR server, and a real one that is slow: what a live server does not do on demand."""

import socket
import threading
from contextlib import contextmanager

from service.store.fhir_address import Limits

BASE = "https://fhir.example.com/r4"
QUICK = Limits(connect=0.5, read=0.5, whole=0.8, size=100_000, retries=2, backoff=0.0, wait=3)
FHIR_JSON = "application/fhir+json"


def patient(id_="7"):
    return {"resourceType": "Patient", "id": id_}


def searchset(*resources, following=None):
    links = [{"relation": "self", "url": BASE}]
    if following:
        links.append({"relation": "next", "url": following})
    entries = [{"fullUrl": f"{BASE}/{r['resourceType']}/{r.get('id')}", "resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}


def responded(*statuses):
    return {
        "resourceType": "Bundle",
        "type": "transaction-response",
        "entry": [{"response": {"status": status} if status else {}} for status in statuses],
    }


def outcome(code="processing", severity="error", **more):
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code, **more}]}


@contextmanager
def sends(*parts, pause=0.0):
    """A server that sends these bytes to whoever connects, with a pause before each; yields its base URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()
    connections = []

    def answer(connection):
        with connection:
            connection.recv(65536)
            for part in parts:
                if ended.wait(pause):
                    return
                connection.sendall(part)

    def accept():
        while not ended.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connections.append(connection)
            threading.Thread(target=_quietly, args=(answer, connection), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/r4", connections
    finally:
        ended.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def _quietly(answer, connection):
    try:
        answer(connection)
    except OSError:
        return
