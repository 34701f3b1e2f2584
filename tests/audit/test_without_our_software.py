"""What the documentation has others type to check our signatures finds them good, and a changed byte bad."""

import re
import subprocess

import pytest

from gateway.api_keys.oidc import holder
from gateway.audit.jws import key_set, public_of
from gateway.audit.merkle import root_of
from gateway.audit.note import Checkpoint, sign, verifier_key
from gateway.audit.receipt import sign_receipt
from tests.house.tree import ROOT
from tests.web.opendsr.making import body, ours

SEEDS = [bytes(range(32)), bytes(32), bytes([255]) * 32]


def typed(page, begins):
    """The block of commands of a page that has a line which begins like this."""
    text = (ROOT / "docs" / "how-to" / page).read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (block,) = [block for block in blocks if any(line.startswith(begins) for line in block.splitlines())]
    return block


def run(directory, block, **variables):
    words = ["sh", "-e", "-c", block]
    done = subprocess.run(
        words, cwd=directory, env={"PATH": "/usr/bin:/bin", **variables}, capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_checkpoint(tmp_path, seed):
    name = "shop.example/log/0a1b2c3d"
    block, file = typed("keep-evidence.md", "sed '/^$/"), tmp_path / "checkpoint.txt"
    file.write_text(sign(Checkpoint(name, 7, root_of([bytes(32)])), [seed]))
    assert run(tmp_path, block, vkey=str(verifier_key(name, seed)))
    file.write_text(file.read_text().replace("\n7\n", "\n8\n"))
    assert not run(tmp_path, block, vkey=str(verifier_key(name, seed)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_receipt(tmp_path, seed):
    (told,) = key_set([public_of(seed)])["keys"]
    block, file = typed("keep-evidence.md", "cut -d . -f 1,2 receipt.jws"), tmp_path / "receipt.jws"
    file.write_text(sign_receipt("dsr", {"iss": "shop.example", "iat": 1, "jti": "a"}, seed) + "\n")
    assert run(tmp_path, block, x=told["x"])
    file.write_text(file.read_text().replace(".", ".e", 1))
    assert not run(tmp_path, block, x=told["x"])


def test_an_answer_to_opendsr(tmp_path):
    block = typed("opendsr.md", "openssl dgst").replace(
        "curl -s https://opendsr.shop.example/opendsr/v2/cert.pem", "cat cert.pem"
    )
    assert "cat cert.pem |" in block
    (tmp_path / "cert.pem").write_bytes(ours().certificate)
    (tmp_path / "body").write_bytes(body())
    assert run(tmp_path, block, signature=ours().sign(body()))
    (tmp_path / "body").write_bytes(body() + b" ")
    assert not run(tmp_path, block, signature=ours().sign(body()))


def test_who_showed_a_token(tmp_path):
    block = typed("keep-evidence.md", "printf '%s\\n%s' \"$iss\"")
    words = ["sh", "-c", block]
    told = subprocess.run(
        words, env={"PATH": "/usr/bin:/bin", "iss": "https://a", "sub": "b"}, capture_output=True, check=True
    )
    assert told.stdout.decode().strip() == holder("https://a", "b")
