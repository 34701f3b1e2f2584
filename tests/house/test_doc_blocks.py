"""What a page shows is what there is: its YAML is taken, its commands exist, its consoles print what they show.

Blocks of other languages are parsed by these, and a block that nothing can try says why: `<!-- not run: a drawing -->`.

A page may write files for the commands that follow, in order and in a folder of its own. What stands before a block
tells: `<!-- file: a.yaml -->` writes it, `<!-- add: a.yaml -->` appends it, `<!-- section: a.yaml to b.yaml -->` makes b of a
with one top-level section replaced.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from functools import partial
from html.parser import HTMLParser

import click
import pytest
import yaml
from playwright._impl._driver import compute_driver_executable

from gateway.bootstrap.shipped import resolver
from gateway.cli import main
from gateway.marked_yaml import load
from gateway.policy import schema
from gateway.policy.cases import run_cases
from gateway.policy.compile import read_policy
from gateway.policy.promises import prove
from gateway.settings.model import Settings
from tests.bootstrap.configuration import GATEWAY
from tests.house.tree import ROOT, files, name
from tests.policy.made import SMALL, TODAY, resolve

BLOCK = re.compile(
    r"(?:^<!-- (?:(?P<act>file|add|section): (?P<of>\S+)(?: to (?P<to>\S+))?|not run: (?P<why>[^\n]+)) -->\n)?"
    r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
PAGES = [path for path in files(".md") if path.parts[len(ROOT.parts)] != "tests"]
BLOCKS = {path: [match.groupdict() for match in BLOCK.finditer(path.read_text("utf-8"))] for path in PAGES}
WRITING = [path for path, blocks in BLOCKS.items() if any(block["act"] for block in blocks)]
SHOWING = [path for path, blocks in BLOCKS.items() if any(block["kind"] == "console" for block in blocks)]
YAML = [
    pytest.param(block["text"], id=f"{name(path)}:{block['text'].splitlines()[0][:40]}")
    for path, blocks in BLOCKS.items()
    for block in blocks
    if block["kind"] == "yaml" and block["act"] not in ("add", "section")
]
COMMANDS = [
    pytest.param(line, id=f"{name(path)}:{line[:60]}")
    for path, blocks in BLOCKS.items()
    for block in blocks
    if block["kind"] == "sh"
    for line in re.sub(r"\\\n\s*", "", block["text"]).splitlines()
    if line.startswith("gateway ")
]
OTHERS = [
    pytest.param(block["kind"], block["text"], id=f"{name(path)}:{block['kind']}:{block['text'].splitlines()[0][:40]}")
    for path, blocks in BLOCKS.items()
    for block in blocks
    if block["kind"] not in ("yaml", "console") and not block["why"]
]
# Why a block is not tried; each reason is used, and there is no other.
NOT_RUN = {
    "a drawing",
    "for the Redis server's own client",
    "the Redis server's own configuration",
    "needs a ClickHouse server",
}
# Programs of others that pages have their readers run; what is ours has to exist.
PROGRAMS = {"base64", "basenc", "chmod", "cp", "curl", "cut", "docker", "grep", "head", "helm", "jq", "kill", "kubectl"}
PROGRAMS |= {"mv", "openssl", "pidof", "pipx", "printf", "sed", "sha256sum", "tail", "tr"}
# What a part of a policy alone cannot be wrong in: names that it takes from the other parts.
OF_THE_REST = {"P021", "P024", "P023", "P030", "P080", "P082"}


def taken(text):
    """Why the gateway would not take a block of YAML; nothing where it would."""
    keys = set(yaml.safe_load(text) or ())
    if "policy" in keys and "purposes" in keys:
        return whole_policy(text)
    if keys and keys <= set(Settings.model_fields) - {"policy"} | {"policy"} and not keys <= set(schema.POLICY):
        Settings(**load(GATEWAY, "base").value | load(text, "block").value)
        return []
    if keys <= set(schema.POLICY):
        base = "".join(
            part for part in re.split(r"^(?=\w)", SMALL, flags=re.MULTILINE) if part.split(":")[0] not in keys
        )
        found = read_policy(f"{base}\n{text}", "block.yaml", resolve, today=TODAY).findings
        return [str(each) for each in found if each.severity == "error" and each.code not in OF_THE_REST]
    return [str(finding) for finding in load(text, "block").findings if finding.severity == "error"]


def whole_policy(text):
    reading = read_policy(text, "block.yaml", resolver(ROOT / "block.yaml"), today=TODAY)
    if reading.policy is None:
        return [str(finding) for finding in reading.findings]
    failures = (*run_cases(reading.policy, TODAY).failures, *prove(reading.policy, TODAY).failures)
    return [f"{failure.name}: {failure.text}" for failure in failures]


@pytest.mark.parametrize("text", YAML)
def test_yaml_is_taken(text):
    assert taken(text) == []


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_exists_with_its_options(line):
    words = [word for word in shlex.split(line, comments=True)[1:]]
    command, context = main, click.Context(main)
    while isinstance(command, click.Group):
        word = words.pop(0)
        command = command.get_command(context, word)
        assert command is not None, f"there is no {word}"
    ends = next((at for at, word in enumerate(words) if word in ("|", "&&", ";", ">", "<")), len(words))
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.partition("=")[0] for word in words[:ends] if word.startswith("--")}
    assert given - known == set()


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Runs a line of a console as a shell would, with this very gateway as `gateway`."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "gateway"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gateway "$@"\n')
    script.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def execute(line, where):
        return subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=where,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    return execute


@pytest.mark.parametrize("path", SHOWING, ids=name)
def test_a_console_shows_what_its_commands_print(path, shell, tmp_path):
    where = tmp_path if path in WRITING else ROOT
    if where == tmp_path:
        for folder in ("policies", "docs"):
            (tmp_path / folder).symlink_to(ROOT / folder)
    for block in BLOCKS[path]:
        if block["act"]:
            write(tmp_path, block)
        elif block["kind"] == "console":
            for shown in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
                compare(shown, where, shell)


def write(folder, block):
    path = folder / block["of"]
    if block["act"] == "file":
        path.write_text(block["text"], "utf-8")
    elif block["act"] == "add":
        path.write_text(path.read_text("utf-8") + block["text"], "utf-8")
    else:
        sections = re.split(r"^(?=\w)", path.read_text("utf-8"), flags=re.MULTILINE)
        key = block["text"].partition(":")[0]
        places = [at for at, section in enumerate(sections) if section.startswith(f"{key}:")]
        assert len(places) == 1, f"{path.name} has no section {key}"
        sections[places[0]] = block["text"] + "\n"
        (folder / block["to"]).write_text("".join(sections), "utf-8")


def compare(shown, where, shell):
    """A command without output under it has only to work; an ellipsis stands for anything within its line."""
    command, _, expected = shown.partition("\n")
    printed = shell(command, where)
    if expected.strip():
        parts = re.split("(…)", expected.rstrip("\n"))
        pattern = "".join("[^\n]*" if part == "…" else re.escape(part) for part in parts)
        assert re.fullmatch(pattern, printed.stdout.rstrip("\n")), f"$ {command}\n{printed.stdout}{printed.stderr}"
    else:
        assert printed.returncode == 0, f"$ {command}\n{printed.stdout}{printed.stderr}"


def programs(text):
    """Each command of a script with its words."""
    lexer = shlex.shlex(re.sub(r"\\\n", " ", text), posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words = []
    for word in [*lexer, ";"]:
        if set(word) <= set("();|&\n") or word in ("{", "}"):
            yield from [words] if words else []
            words = []
        else:
            words.append(word)


def unknown(words):
    """What of a command of ours is not there; a word that is nobody's counts too."""
    words = words[1:] if words[0] == "sudo" else words
    if words[0] == ">":  # where a group in braces writes to
        return []
    first, rest = words[0], words[1:]
    if first == "./run":
        return (
            []
            if re.search(rf"^(\w+ \| )*{rest[0]}( \| \w+)*\)$", (ROOT / "run").read_text("utf-8"), re.MULTILINE)
            else rest
        )
    if first.endswith(("python", "pytest")):
        paths = (
            [word.replace(".", "/") for word in rest[1:2]]
            if rest[0] == "-m"
            else [word for word in rest if "/" in word]
        )
        return [path for path in paths if not ((ROOT / path).exists() or (ROOT / f"{path}.py").exists())]
    if "/" in first:
        return [] if os.access(ROOT / first, os.X_OK) else [first]
    return [] if first in PROGRAMS | {"gateway"} else [first]


def script(text):
    parsed = subprocess.run(["/bin/sh", "-n"], input=text, capture_output=True, text=True, check=False, timeout=300)
    assert parsed.returncode == 0, parsed.stderr
    without = "\n".join(re.sub(r"(^|\s)#.*", "", line) for line in text.splitlines())
    assert [each for words in programs(without) for each in unknown(words)] == []


def javascript(text):
    node = compute_driver_executable()[0]
    parsed = subprocess.run(
        [node, "--check", "-"], input=text, capture_output=True, text=True, check=False, timeout=300
    )
    assert parsed.returncode == 0, parsed.stderr


def documents(text):
    """JSON, one document or one a line."""
    try:
        json.loads(text)
    except ValueError:
        [json.loads(line) for line in text.splitlines()]


def request(text):
    head, _, body = text.partition("\n\n")
    assert re.match(r"[A-Z]+ /\S+\n", head + "\n")
    assert all(re.fullmatch(r"[\w-]+: \S.*", line) for line in head.splitlines()[1:])
    documents(body)


def markup(text):
    """HTML of a fragment whose elements are closed."""
    open_elements = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: open_elements.append(tag) if tag not in ("img", "br") else None
    parser.handle_endtag = open_elements.remove
    parser.feed(text)
    parser.close()
    assert open_elements == []


KINDS = {
    "sh": script,
    "json": documents,
    "http": request,
    "html": markup,
    "js": javascript,
    "python": partial(compile, filename="block", mode="exec"),
}


@pytest.mark.parametrize(("kind", "text"), OTHERS)
def test_a_block_of_another_language_is_one(kind, text):
    KINDS[kind](text)


def test_what_is_not_tried_says_why():
    assert {block["why"] for blocks in BLOCKS.values() for block in blocks if block["why"]} == NOT_RUN


def test_every_block_is_seen():
    for path, blocks in BLOCKS.items():
        assert len(re.findall(r"^```", path.read_text("utf-8"), re.MULTILINE)) == 2 * len(blocks), name(path)


def test_every_page_that_writes_files_shows_what_becomes_of_them():
    assert [name(path) for path in WRITING if path not in SHOWING] == []


WRONG = {
    "sh": "frobnicate --now\n",
    "json": '{"a": 1,}\n',
    "http": "POST\n\n{}",
    "html": "<p>",
    "js": "fetch('/consent'",
    "python": "def f(:\n",
}


def test_what_is_wrong_on_a_page_would_be_found():
    assert taken("policy: 1\npurposes: {ads: {label: Ads, family: advertizing}}\n")
    assert taken("regions: {fr: {bases: {ads: notice}}}\n")
    for kind, text in WRONG.items():
        with pytest.raises((AssertionError, ValueError, SyntaxError)):
            KINDS[kind](text)
    assert unknown(["./run", "tests"]) and unknown(["tools/gone.sh"]) and unknown(["python", "-m", "tests.gone"])
    with pytest.raises(ValueError, match="tabel"):
        taken("geo: {tabel: none}\n")
    with pytest.raises(AssertionError):
        test_a_command_exists_with_its_options("gateway geo build --form x")
