from contextlib import closing

import pytest

from gateway.api_keys.grant import LOCAL
from gateway.audit.note import is_name
from gateway.audit.sqlite import FILE, read
from gateway.bootstrap.admission import doorman_of, log_of, write_down
from gateway.bootstrap.machine import FILE as MACHINE_KEY
from gateway.bootstrap.plan import read_plan
from gateway.errors import LogUnavailable
from gateway.settings.read import load
from tests.bootstrap.configuration import GATEWAY, write


@pytest.mark.parametrize("host", ["shop.example", '"[2001:db8::1]"', "127.0.0.1"])
def test_a_log_is_named_for_its_site_whatever_that_is_called(tmp_path, host):
    configured = load(write(tmp_path, GATEWAY.replace("[shop.example]", f"[{host}]")))
    write_down(configured, "stopped")
    with closing(log_of(configured)) as log:
        log.append(b"{}")
    assert is_name(read(tmp_path / "data" / FILE).origin)


def test_without_a_key_of_the_machine_nothing_is_written(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / MACHINE_KEY).write_text("none")
    with pytest.raises(LogUnavailable):
        write_down(load(write(tmp_path)), "stopped")
    assert not (tmp_path / "data" / FILE).exists()


def test_without_a_key_of_the_machine_nobody_is_local_and_that_is_a_fault(tmp_path):
    faults = []
    doorman = doorman_of(read_plan(write(tmp_path)), faults.append)
    assert [grant.id for grant in doorman.grants()] == [LOCAL]
    (tmp_path / "data" / MACHINE_KEY).chmod(0o644)
    other = doorman_of(read_plan(write(tmp_path)), faults.append)
    assert (other.grants(), len(faults)) == ((), 1)


def test_the_use_of_a_key_that_cannot_be_kept_refuses_nobody(tmp_path):
    faults = []
    doorman = doorman_of(read_plan(write(tmp_path)), faults.append)
    doorman.used("AbCdEf123_-x", "2026-11-26")  # there is no data directory yet
    assert [type(fault) for fault in faults] == [FileNotFoundError]
    doorman.used(LOCAL, "2026-11-26")
    assert len(faults) == 1
