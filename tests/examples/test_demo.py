"""What `make demo` prints, and that it works from its start to its end."""

import socket
import subprocess
import sys

from examples import demo
from tests.house.tree import ROOT


def test_a_taken_port_is_left_alone_and_another_one_found():
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        assert demo.free_port(taken) not in {taken, 0}


def test_the_demo_prints_the_claim_of_the_brief_and_ends():
    ran = subprocess.run(
        [sys.executable, "examples/demo.py", "--once", "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "place of service 11, 77086, no modifier" in ran.stdout
    assert "M80.08XA" in ran.stdout
    assert "$explain" not in ran.stdout, "the server is gone when the reader would open the address"
    assert "make demo" in ran.stdout
