"""`gateway demo`: a shop, its vendors and a gateway on this machine, and each hit before and after."""

import asyncio
import signal
import sys
import webbrowser

import click
import uvloop

from gateway.cli.ending import fail
from gateway.demo.check import check
from gateway.demo.running import running
from gateway.telemetry import open_log
from gateway.web.listener import bind

PORT = 8765


@click.command("demo")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help=f"Where the shop listens (default: {PORT}, or a free one)."
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--check", "only_check", is_flag=True, help="Send a few hits through, say what became of them, and end.")
def command(port: int | None, no_browser: bool, only_check: bool) -> None:
    """Show each hit of a shop's tracking pixels before and after the gateway. Everything stays on this machine.

    Exit code 1: with --check, a hit did not fare as the policy says; else, the port is taken.
    """
    open_log("warning", sys.stderr)
    try:
        if only_check:
            sys.exit(0 if uvloop.run(_check(port or 0)) else 1)
        uvloop.run(_show(port, no_browser))
    except OSError as error:
        fail(f"cannot listen on port {port}: {error.strerror}; try --port 0")


async def _check(port: int) -> bool:
    async with running(port) as demo:
        findings = await check(demo)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.right else 'FAIL'} {finding.sentence}")
    return all(finding.right for finding in findings)


async def _show(port: int | None, no_browser: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(_free(PORT) if port is None else port) as demo:
        click.echo(f"\n  The shop            {demo.url}/\n  Before and after    {demo.url}/demo\n")
        click.echo("  Everything runs on this machine alone. Ctrl-C ends it and leaves nothing behind.")
        if not no_browser:
            _open(f"{demo.url}/demo")
        await stop.wait()


def _free(wanted: int) -> int:
    """The wanted port, or 0 where somebody else has it."""
    try:
        bind("127.0.0.1", wanted).close()
    except OSError:
        return 0
    return wanted


def _open(url: str) -> None:
    """Open a browser with a window of its own; one that would take over the terminal is left alone."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)
