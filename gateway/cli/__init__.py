"""The command line: `gateway COMMAND`. Exit code 0: right; 1: something was found wrong; 2: misused."""

import importlib

import click

from gateway import __version__

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


class _Commands(click.Group):
    """The commands of the table, in its order."""

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


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gateway")
def main() -> None:
    """A privacy-first, consent-aware gateway in front of third-party pixels."""
