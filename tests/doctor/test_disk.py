import os

import pytest

from gateway.doctor.disk import disk, file_system, journal
from gateway.settings.read import load
from tests.bootstrap.configuration import GATEWAY, write

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:25 / /srv rw - tmpfs tmpfs rw
31 30 0:26 / /srv/data rw - nfs4 server:/export rw
32 22 0:27 / /with\\040space rw - overlay overlay rw
"""


@pytest.fixture
def mounts(tmp_path):
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTS)
    return path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/etc", "ext4"),
        ("/srv/x", "tmpfs"),
        ("/srv/data/x", "nfs4"),
        ("/srv/database", "tmpfs"),
        ("/with space", "overlay"),
    ],
)
def test_a_path_is_on_the_nearest_mount(mounts, path, kind):
    assert file_system(type(mounts)(path), mounts) == kind


def test_without_a_table_of_mounts_nothing_is_told(tmp_path):
    assert file_system(tmp_path, tmp_path / "none") == ""


def verdicts(config, kind, tmp_path):
    path = tmp_path / "table"
    path.write_text(f"22 1 8:1 / / rw - {kind} x rw\n")
    return [result.verdict for result in disk(load(config), path)]


@pytest.mark.parametrize(("kind", "verdict"), [("ext4", []), ("overlay", ["doubtful"]), ("nfs4", ["wrong"])])
def test_a_queue_on_a_network_is_wrong_and_in_a_container_doubtful(tmp_path, kind, verdict):
    config = write(tmp_path, GATEWAY.replace("{drain: 0.1}", "{drain: 0.1, most_waiting: 1MiB}"))
    assert verdicts(config, kind, tmp_path) == ["fine", *verdict]


def test_a_mark_that_the_disk_cannot_hold_is_doubtful(tmp_path):
    state = os.statvfs(tmp_path)
    config = write(
        tmp_path,
        GATEWAY.replace("{drain: 0.1}", f"{{drain: 0.1, most_waiting: {state.f_blocks * state.f_frsize * 2}}}"),
    )
    (found,) = disk(load(config), tmp_path / "none")
    assert found.verdict == "doubtful" and "delivery.most_waiting" in found.says


def test_a_directory_that_others_look_into_is_doubtful(tmp_path):
    config = write(tmp_path)
    (tmp_path / "data").mkdir(mode=0o700)
    assert "doubtful" not in [
        each.verdict for each in disk(load(config), tmp_path / "none") if "look into" in each.says
    ]
    (tmp_path / "data").chmod(0o755)
    assert [each.do for each in disk(load(config), tmp_path / "none") if "look into" in each.says] == [
        f"chmod 700 {tmp_path / 'data'}"
    ]


@pytest.mark.parametrize(
    ("place", "verdict"),
    [("erasures.jsonl", "fine"), ("data/erasures.jsonl", "wrong"), ("nowhere/erasures.jsonl", "wrong")],
)
def test_the_journal_of_erasures_can_be_written_apart_from_the_data(tmp_path, place, verdict):
    (tmp_path / "data").mkdir()
    (told,) = journal(load(write(tmp_path, GATEWAY + f"rights: {{journal: {place}}}\n")))
    assert told.verdict == verdict and bool(told.do) == (verdict != "fine")
    assert not (tmp_path / place).exists()
