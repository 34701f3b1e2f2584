"""Options that several commands share."""

from pathlib import Path

import click

from gateway.settings.role import Role

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("gateway.yaml"),
    envvar="GATEWAY_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The operator's file.",
)

json_option = click.option("--json", "json_", is_flag=True, help="One JSON object a line.")

role_option = click.option(
    "--role", type=click.Choice([*map(str, Role)]), default="all", show_default=True, help="As which a process runs."
)
