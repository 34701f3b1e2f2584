import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "anonymise" / "ipcrypt.jsonl").read_text().splitlines()[1:]
]


def ip(*words, lines=""):
    return CliRunner().invoke(main, ["ip", *map(str, words)], input=lines)


@pytest.fixture
def root(tmp_path):
    file = tmp_path / "root.key"
    CliRunner().invoke(main, ["keys", "new", str(file)])
    return file


@pytest.mark.parametrize("mode", ["det", "pfx", "ndx"])
def test_it_encrypts_and_decrypts_as_the_draft_does(mode, tmp_path):
    for number, vector in enumerate(each for each in VECTORS if each["mode"] == mode):
        key = tmp_path / f"{number}.hex"
        key.write_text(vector["key"])
        tweak = ["--tweak", vector["tweak"]] if mode == "ndx" else []
        done = ip("encrypt", "--mode", mode, "--hex-key", key, *tweak, vector["ip"])
        assert (done.exit_code, done.output) == (0, vector["gives"] + "\n")
        back = ip("decrypt", "--mode", mode, "--hex-key", key, vector["gives"])
        assert back.output.strip() == vector["ip"].removeprefix("::ffff:")


@pytest.mark.parametrize("mode", ["det", "pfx", "ndx"])
def test_who_holds_the_root_key_gets_the_addresses_back(mode, root):
    addresses = ["203.0.113.77", "2001:db8::1", "198.51.100.1"]
    sealed = ip("encrypt", "--mode", mode, "--key", root, lines="\n".join(addresses)).output
    assert not any(address in sealed for address in addresses)
    assert ip("decrypt", "--mode", mode, "--key", root, lines=sealed).output.split() == addresses


def test_ndx_never_writes_the_same_address_the_same_way(root):
    assert ip("encrypt", "--key", root, "203.0.113.7").output != ip("encrypt", "--key", root, "203.0.113.7").output


def test_what_is_no_address_is_an_empty_line_and_exit_code_1(root):
    done = ip("encrypt", "--mode", "det", "--key", root, lines="shop.example\n[2001:db8::1]:443\n\n")
    assert done.exit_code == 1
    assert done.output.splitlines()[0] == "" and ":" in done.output.splitlines()[1]
    assert ip("decrypt", "--key", root, "zz").exit_code == 1
    assert ip("decrypt", "--mode", "pfx", "--key", root, "1.2.3").exit_code == 1


@pytest.mark.parametrize("word", ["monkey", "tweak", "a key: 203.0.113.7"])
@pytest.mark.parametrize("mode", ["det", "pfx", "ndx"])
def test_what_cannot_be_decrypted_is_an_empty_line_whatever_it_says(root, mode, word):
    sealed = ip("encrypt", "--mode", mode, "--key", root, "203.0.113.7").output
    done = ip("decrypt", "--mode", mode, "--key", root, lines=f"{word}\n{sealed}")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "\n203.0.113.7\n", "")


@pytest.mark.parametrize("tweak", ["00" * 15, "00" * 17, "zz"])
def test_a_tweak_that_is_none_is_misuse(root, tweak):
    assert ip("encrypt", "--key", root, "--tweak", tweak, "203.0.113.7").exit_code == 2


@pytest.mark.parametrize("bad", [bytes(32), b"ab" * 16])
def test_a_root_key_that_is_not_random_is_not_used(root, bad):
    root.write_text(base64.b64encode(bad).decode())
    done = ip("encrypt", "--key", root, "203.0.113.7")
    assert done.exit_code == 2 and "not random" in done.stderr


def test_truncated_addresses_are_networks():
    assert ip("truncate", "203.0.113.77", "2001:db8:1::1", "::ffff:203.0.113.77").output.split() == [
        "203.0.113.0", "2001:db8::", "203.0.113.0",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "zz", "00" * 15, "00" * 32])
def test_a_key_that_is_none_is_told(tmp_path, text):
    key = tmp_path / "key.hex"
    key.write_text(text)
    done = ip("encrypt", "--mode", "pfx", "--hex-key", key, "203.0.113.77")
    assert done.exit_code == 2 and "Traceback" not in done.output


def test_a_file_that_is_not_there_is_told(tmp_path):
    assert ip("encrypt", "--key", tmp_path / "none", "203.0.113.77").exit_code == 2


def test_a_root_key_that_everybody_can_read_is_not_used(root):
    root.chmod(0o644)
    done = ip("encrypt", "--key", root, "203.0.113.77")
    assert done.exit_code == 2 and f"chmod 600 {root}" in done.output.replace("\n", "")
