import resource
import subprocess
import sys

import pytest

from gateway.bootstrap.descriptors import RESERVED, connections

SCRIPT = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
from gateway.bootstrap.descriptors import affordable
from gateway.web.limits import Limits
print(affordable(Limits(connections=1024)).connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("wanted", "files", "allowed"),
    [
        (1024, 1024 + RESERVED, 1024),
        (1024, 100_000, 1024),
        (1024, resource.RLIM_INFINITY, 1024),
        (1024, 1024, 1024 - RESERVED),
        (1024, 128, 64),
        (16, 128, 16),
    ],
)
def test_there_are_no_more_connections_than_files_are_left_for(wanted, files, allowed):
    assert connections(wanted, files) == allowed


@pytest.mark.parametrize(
    ("soft", "hard", "allowed", "files"),
    [(256, 4096, 1024, 1024 + RESERVED), (256, 512, 256, 512), (4096, 4096, 1024, 4096)],
    ids=["more may be asked for", "as much as there may be", "there is enough"],
)
def test_a_process_asks_for_the_files_it_needs(soft, hard, allowed, files):
    command = [sys.executable, "-c", SCRIPT, str(soft), str(hard)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.split() == [str(allowed), str(files)]
