"""The command line: `gateway COMMAND`. Exit code 0: right; 1: something was found wrong; 2: misused."""

import errno
import importlib
from typing import Any

import click

from gateway import __version__
from gateway.cli.commands import Commands
from gateway.cli.ending import fail

# Command -> the module that holds it and its name there. They are imported when they are asked for, so that `gateway
# consent decode` does not wait for a web server.
COMMANDS = {
    "demo": ("gateway.cli.demo", "command"),
    "serve": ("gateway.cli.serve", "command"),
    "health": ("gateway.cli.health", "command"),
    "check": ("gateway.cli.check", "command"),
    "doctor": ("gateway.cli.doctor", "command"),
    "canary": ("gateway.cli.canary", "command"),
    "simulate": ("gateway.cli.simulate", "command"),
    "policy": ("gateway.cli.policy", "policy"),
    "consent": ("gateway.cli.consent", "consent"),
    "consent-records": ("gateway.cli.consent_records", "command"),
    "vendor": ("gateway.cli.vendor", "vendor"),
    "adopt": ("gateway.cli.adopt", "command"),
    "tag": ("gateway.cli.tag", "command"),
    "mail": ("gateway.cli.mail", "group"),
    "scrub": ("gateway.cli.scrub", "command"),
    "geo": ("gateway.cli.geo", "group"),
    "dead-letters": ("gateway.cli.dead_letters", "group"),
    "dsr": ("gateway.cli.dsr", "group"),
    "api-keys": ("gateway.cli.api_keys", "group"),
    "audit": ("gateway.cli.audit", "group"),
    "receipt": ("gateway.cli.receipt", "group"),
    "keys": ("gateway.cli.keys", "group"),
    "ip": ("gateway.cli.ip", "group"),
}


_FULL = (errno.ENOSPC, errno.EDQUOT)


class _Table(Commands):
    """The commands of the table, in its order."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run one. Where it cannot say what it found, it has not been found."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            fail(f"{error.filename or 'what this is written to'}: {error.strerror}; make room, then run it again")

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The one that is named; of an unknown one say which were meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.command(cls=_Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gateway")
def main() -> None:
    """A privacy-first, consent-aware gateway in front of third-party pixels."""
