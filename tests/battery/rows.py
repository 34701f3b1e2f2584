"""The rows of the card: each with what is done, what passes, and how it is run, in full and quickly."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.battery import runs
from tests.battery.runs import Figure

ROOT = Path(__file__).parents[2]
SILENT = ("no choice", "refused", "unreadable", "DNT", "GPC")

# Of what a battery of its own says.
LONGEST = 400

# What may be delivered twice where a crash follows the other so soon that little is delivered between, on a machine that
# does much else: what waits there is sent in large requests.
HURRIED = 0.5


class Row(NamedTuple):
    """A check. `quick` is its form for the tests of every change; without one those have a test of it elsewhere."""

    name: str
    done: str
    passes: str
    full: Callable[[], Figure]
    quick: Callable[[], Figure] | None = None


class Provoked:
    """A fault that tests of the suite provoke."""

    def __init__(self, *nodes: str) -> None:
        self.nodes = nodes

    def __call__(self) -> Figure:
        """Run them apart; how many passed."""
        command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider", *self.nodes]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        last = done.stdout.strip().rpartition("\n")[2]
        counts = re.findall(r"(\d+) (passed|failed|error)", last)
        said = ", ".join(f"{number} {word}" for number, word in counts) or "did not run"
        return Figure(f"tests: {said}", done.returncode == 0)


def command(module: str, *words: str) -> Callable[[], Figure]:
    """A battery of its own, which says itself what it found."""

    def run() -> Figure:
        done = subprocess.run(
            [sys.executable, "-m", module, *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        said = " ".join(done.stdout.split()) or "did not run"
        return Figure(said[:LONGEST].replace("|", "/"), done.returncode == 0)

    return run


_LOSES_NOTHING = "0 lost, 0 forbidden, at most {} twice, each with the same id"
_REDIS = "tests/store/redis"
_FAULTS = f"{_REDIS}/test_faults.py::test_"
_ENGINE = f"{_REDIS}/test_engine.py::test_"
_WRITER = "tests/store/sqlite/test_writer.py::test_"

ROWS = (
    Row("kills, embedded", "100 × `kill -9` under 500 hits/s", _LOSES_NOTHING.format("1 %"),
        lambda: runs.kills(100), lambda: runs.kills(1, HURRIED)),
    Row("kills, Redis", "100 × `kill -9` of collector, worker and server in turn", _LOSES_NOTHING.format("1 %"),
        lambda: runs.kills_on_a_server(100)),
    Row("power, embedded", "50 losses of power: what was not flushed is taken back, all, a part or torn", _LOSES_NOTHING.format("1 %"),
        lambda: runs.power(50), lambda: runs.power(2, HURRIED)),
    Row("power, Redis", "the same with server and gateway, `appendfsync always`", _LOSES_NOTHING.format("1 %"),
        lambda: runs.power_on_a_server(50)),
    Row("canaries", "a value in every place of hits that are refused in five ways", "0 found in files, log, pages, captures",
        lambda: runs.canaries(SILENT), lambda: runs.canaries(SILENT[1:2])),
    Row("residue", "3,000 hits delivered, the gateway stopped, its files searched", "0 left",
        lambda: runs.residue(3000), lambda: runs.residue(200)),
    Row("latency", "500 hits/s for a minute, two vendors", "p99 at most 25 ms, at most 160 MiB, 0 lost",
        lambda: runs.load(500, 60, 0.025)),
    Row("sustained", "3,000 hits/s for ten minutes, two vendors, all on one machine", "p99 at most 25 ms, at most 160 MiB, 0 lost",
        lambda: runs.load(3000, 600, 0.025)),
    Row("overload", "three times as many hits as can be taken, from two processors that the load shares", "90 % of the capacity or more is still taken, each refusal 503 with `Retry-After`, 99 in 100 within 20 ms, none 5 s after, 0 lost",
        command("tests.blackbox.overload")),
    Row("slow connections", "1,000 of four kinds for two minutes", "cut within 10 s, an ordinary client's p99 at most 100 ms, at most 32 MiB more",
        lambda: runs.slow(1000, 120)),
    Row("withdrawals", "50 at one of two replicas, each or the server killed at that moment", "0 delivered after the answer by the same, 0 after a second by the other",
        lambda: runs.withdrawn(50)),
    Row("erasure, undisturbed", "10,000 events of 200 persons wait, were given up or stand in files; 100 are erased",
        "0 bytes of them left 60 s after the last request was taken, 0 delivered, the others whole",
        command("tests.blackbox.erasing", "residue", "--kills", "0")),
    Row("erasure, embedded", "10,000 events of 200 persons wait, were given up or stand in files; 100 are erased, the gateway is killed 8 times meanwhile",
        "0 bytes of them left 60 s after the requests have ended, 0 delivered, the others whole", command("tests.blackbox.erasing", "residue")),
    Row("erasure, Redis", "the same with a server, which is away meanwhile too", "the same, also in its AOF and RDB",
        command("tests.blackbox.erasing", "residue", "--engine", "redis")),
    Row("erasure, races", "50 persons whose events two replicas are delivering; either or the server is killed", "0 delivered when the keys are destroyed, by the other replica a second later",
        command("tests.blackbox.erasing", "races")),
    Row("erasure, backup", "the data directory from before 100 erasures comes back", "not ready and 0 sent while the journal cannot be read, 0 delivered, 0 held, 0 left, the others whole",
        command("tests.blackbox.erasing", "restore")),
    Row("erasure, full disk", "no file may grow while 100 of 200 persons are erased, then there is room again", "all requests held up and ended then, 0 left, the others whole",
        command("tests.blackbox.erasing", "full", "--events", "10")),
    Row("F3 damaged file", "random bytes, torn pages, no database at all", "starts, sets aside, delivers the rest",
        Provoked("tests/store/sqlite/test_quarantine.py")),
    Row("F4 the disk refuses to write", "writes and commits fail", "503, nothing acknowledged is lost",
        Provoked(f"{_WRITER}a_disk_that_refuses_to_write_loses_no_acknowledged_event_and_stops_nothing_for_good",
              f"{_WRITER}a_failed_commit_answers_everybody_in_it_and_a_new_connection_goes_on")),
    Row("F5 Redis down", "refused, gone, restarted", "kept aside or 503 at once, handed over in order of age",
        Provoked(f"{_FAULTS}what_a_server_cannot_take_is_kept_here_and_handed_over_the_oldest_first",
              f"{_FAULTS}without_a_spool_a_server_that_is_down_is_told_at_once",
              f"{_FAULTS}a_restart_of_the_server_is_not_noticed")),
    Row("F5 Redis slow or stalled", "silence, one way only, a byte at a time", "one wait of `store.timeout`, then none",
        Provoked(f"{_FAULTS}a_server_that_says_nothing_costs_one_wait_and_then_nobody_waits")),
    Row("F5 a reply is lost", "cut before the answer; cancelled under way", "one event, nobody's answer to another",
        Provoked(f"{_FAULTS}a_lost_reply_makes_no_second_event", f"{_FAULTS}cancelled_requests_get_nobody_elses_answer")),
    Row("F5 Redis out of memory", "`maxmemory` reached", "nothing lost, delivery goes on",
        Provoked(f"{_ENGINE}a_full_server_takes_no_event_and_still_delivers_refuses_and_buries",
              f"{_FAULTS}a_full_server_costs_nothing_where_there_is_a_spool")),
    Row("F5 Redis evicts", "settings that lose silently, at the start and later", "refused",
        Provoked(f"{_REDIS}/test_fitness.py")),
    Row("F5 Redis failed over", "a replica takes over, `store.wait_replicas`", "what was acknowledged is there",
        Provoked(f"{_ENGINE}an_event_counts_as_kept_when_so_many_replicas_have_it", f"{_REDIS}/test_servers.py")),
    Row("F5 Redis emptied", "FLUSHALL, withdrawals lost, group deleted, stream trimmed",
        "noticed, counted, used again; what was received before the withdrawals were lost is refused, after a restart too",
        Provoked(f"{_ENGINE}a_server_that_was_emptied_is_noticed_counted_and_used_again",
              f"{_ENGINE}forgotten_withdrawals_are_nobodys_permission",
              f"{_ENGINE}what_was_received_before_a_loss_is_refused_by_those_who_start_after_it_too",
              f"{_ENGINE}a_server_that_knew_less_for_longer_is_trusted_from_now_on_only",
              f"{_ENGINE}a_group_that_was_deleted_is_made_again_and_loses_nothing",
              f"{_ENGINE}entries_that_somebody_trimmed_are_counted_and_hold_nobody_up")),
    Row("F6 disk full", "the store at its mark; the file can grow no more", "503, the queue drains, taken again",
        Provoked("tests/blackbox/test_full_store.py", "tests/store/sqlite/test_space.py",
              f"{_WRITER}above_the_mark_puts_are_refused_while_the_queue_drains_and_then_taken_again")),
    Row("F7 the file can grow no more", "`RLIMIT_FSIZE`; a directory without rights", "refused, deletes make room; an error and no hang",
        Provoked(f"{_WRITER}when_the_file_can_grow_no_more_puts_are_refused_and_deletes_make_room",
              f"{_WRITER}it_opens_a_directory_it_may_not_write_to_with_an_error_and_no_hang")),
    Row("F8 no descriptors left", "at most 96 descriptors, 200 connections that stay", "up again when they are gone, 0 lost",
        lambda: runs.descriptors(200), lambda: runs.descriptors(150)),
    Row("F9 a vendor down", "an hour under 100 hits/s", "0 lost, 0 twice, caught up at three times the rate",
        lambda: runs.vendor_down(3600)),
    Row("F10 misbehaving vendors", "every misbehaviour, at each request and at three in ten", "0 lost, classified as documented, the others at most 2 s later",
        command("tests.blackbox.misbehaviours")),
    Row("F11 a poisoned event", "one of 500 spoils its request", "it alone is given up",
        Provoked("tests/blackbox/test_dead_letters.py",
              "tests/test_lane.py::test_a_mapper_that_crashes_on_one_event_buries_only_that_one")),
    Row("F12 the clock is set", "by hours, days, to 2038, back", "no pause changes, nothing lost, no salt comes back",
        Provoked("tests/test_lane.py::test_a_clock_that_is_set_puts_no_lane_to_sleep_and_loses_nothing",
              "tests/test_pace.py::test_who_sets_the_clock_changes_no_pause",
              "tests/bootstrap/test_salt.py::test_a_clock_that_goes_back_brings_no_salt_back")),
    Row("F13 policies change", "1,000 changes under 500 hits/s", "each event is one version's, 0 lost", command("tests.blackbox.reloads")),
    Row("F14 keys and tokens change", "a root key rotated, a token renewed", "what they sealed counts, until they are retired",
        Provoked("tests/test_bearer.py", "tests/cli/test_keys.py")),
    Row("F15 rolling restart", "two replicas, 20 times each, behind a balancer, 300 hits/s", "every answer 200 or 204, 0 lost, at most 0.1 % twice",
        lambda: runs.rolled(20)),
    Row("F16 stops", "50 × SIGTERM under load with slow vendors, once, twice, with SIGKILL after it", "0 lost, within 12 s",
        lambda: runs.stopped(50)),
    Row("F17 pauses", "workers and the server stopped for longer than their leases, ten times", "0 lost, 0 forbidden, at most 2 % twice",
        lambda: runs.stops_on_a_server(10)),
    Row("F18 two gateways, one directory", "a second one is started", "it ends, naming the first",
        Provoked("tests/blackbox/test_restart.py::test_a_second_gateway_on_the_same_directory_is_refused",
              "tests/store/sqlite/test_lock.py")),
)  # fmt: skip
