"""The Dockerfile, built and started for real without a Docker engine: who runs it, what it answers."""

import json
import os
import shutil
import signal
import socket
import subprocess
from contextlib import contextmanager

import pytest
import requests

from service import json_text
from tests.house.tree import ROOT

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

CHECK = ROOT / "tests" / "container" / "image-check"
IMAGE = "vfa-claims-check"
PRACTICE = f"{ROOT}/examples/practice.yaml:/etc/vfa-claims/practice.yaml:ro"
BRIEF = ROOT / "examples" / "brief" / "bundle.json"
SMALL_ENOUGH = 130 * 2**20
"""Bytes that the service and its libraries may add to the base image; measured 100 MiB."""


@pytest.fixture(scope="module")
def image():
    lacking = [name for name in ("buildah", "debootstrap") if not shutil.which(name)]
    lacking += [] if os.geteuid() == 0 else ["root"]
    if lacking:
        message = f"no {' and no '.join(lacking)} to build an image with"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    built = subprocess.run([CHECK, "build", ROOT, IMAGE], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-4000:]
    return IMAGE


def buildah(*words):
    environment = {"STORAGE_DRIVER": "vfs"} | dict(os.environ)
    ran = subprocess.run(
        ["buildah", *words], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return ran.stdout


@pytest.fixture(scope="module")
def said_of_itself(image):
    """The configuration in the image, in Docker's own form."""
    return json.loads(buildah("inspect", "--type", "image", image))["Docker"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def running(image, *options):
    """The image's own command in a container: its first lines, up to the one that says where it listens."""
    process = subprocess.Popen(
        [CHECK, "run", image, "-v", PRACTICE, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout
    said = []
    try:
        for line in process.stdout:
            said.append(line.decode())
            if '"serving"' in said[-1]:
                break
        else:
            pytest.fail(f"the container ended with {process.wait()}: {''.join(said)}")
        yield [json.loads(line) for line in said if line.startswith("{")]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def inside(image, *command):
    return subprocess.run(
        [CHECK, "run", image, "--", *command], capture_output=True, text=True, check=False, timeout=120
    )


def test_the_image_runs_the_service_as_a_user_without_rights_and_is_watched(said_of_itself):
    config = said_of_itself["config"]
    assert config["Cmd"] == ["vfa-claims", "serve"]
    assert config["User"] not in ("", "root", "0")
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert list(config["Volumes"]) == ["/var/lib/vfa-claims"]


def test_the_user_owns_the_ledgers_folder_and_nothing_of_the_program(image):
    says = inside(
        image,
        "sh",
        "-c",
        "id -u; stat -c %U /var/lib/vfa-claims; find /opt /etc/vfa-claims -writable | wc -l",
    )
    assert says.stdout.split() == ["10001", "vfa", "0"], says.stderr


def test_the_image_holds_what_the_service_needs_and_no_tool_of_the_developers(image):
    says = inside(
        image, "sh", "-c", "du -sb /opt/vfa-claims; ls /opt/vfa-claims/lib/python3.11/site-packages"
    )
    size, _, *names = says.stdout.split()
    assert {"service", "flask", "fhir"} <= set(names)
    assert set(names) & {"pytest", "mypy", "hypothesis", "pip", "uv", "tests", "examples"} == set()
    assert int(size) < SMALL_ENOUGH


def test_the_example_posted_to_the_container_comes_back_as_its_claim_and_is_kept(image, said_of_itself):
    port = free_port()
    with running(image, "-e", f"VFA_PORT={port}") as said:
        assert said[-1]["at"] == [f"http://127.0.0.1:{port}"]
        assert "container alone" in said[0]["event"]
        address = f"http://127.0.0.1:{port}"
        answer = requests.post(
            f"{address}/fhir/Claim/$derive",
            data=BRIEF.read_bytes(),
            headers={"Content-Type": "application/fhir+json"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        resources = [entry["resource"] for entry in json_text.read(answer.content)["entry"]]
        (claim,) = (each for each in resources if each["resourceType"] == "Claim")
        kept = requests.get(f"{address}/fhir/Claim/{claim['id']}", timeout=60)
        assert json_text.read(kept.content) == claim
        watched = subprocess.run(
            watcher(said_of_itself), env=os.environ | {"VFA_PORT": str(port)}, timeout=60, check=False
        )
        assert watched.returncode == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/readyz", timeout=10)
    gone = subprocess.run(
        watcher(said_of_itself), env=os.environ | {"VFA_PORT": str(port)}, capture_output=True, check=False
    )
    assert gone.returncode != 0


def watcher(said_of_itself):
    """The health check of the image as a command of this machine; the container shares its network."""
    _, program, *words = said_of_itself["config"]["Healthcheck"]["Test"]
    return [shutil.which(f"{program}3") or program, *words]


def test_every_interface_is_bound_only_when_the_environment_allows_it(image):
    port = free_port()
    with running(image, "-e", f"VFA_PORT={port}", "-e", "VFA_ALLOW_UNAUTHENTICATED=1") as said:
        assert said[-1]["at"] == [f"http://0.0.0.0:{port}"]
        assert (said[0]["level"], said[0]["event"][-29:]) == ("warning", " nobody is asked who they are")


def test_a_container_without_a_practice_file_says_so_and_ends(image):
    ran = subprocess.run([CHECK, "run", image], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode != 0
    assert "practice.yaml" in ran.stdout + ran.stderr
