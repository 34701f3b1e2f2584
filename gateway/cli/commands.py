"""A group of commands that tells of each its first sentence, and not as much of it as fits on a line."""

import click

_WHOLE = 1000  # characters, which no sentence has


class Commands(click.Group):
    """click's group, which would cut each sentence at the width of the terminal."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands below the options."""
        named = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(_WHOLE)) for name, command in named if command])
