"""`gateway tag`: the first-party tag, as every page gets it."""

from urllib.parse import urlsplit

import click

from gateway.web.tag.assemble import tag


@click.command("tag")
@click.option("--sri", is_flag=True, help="Print its digest, as the `integrity` of an element wants it.")
@click.option("--element", "origin", metavar="ORIGIN", help="Print the element that loads it from https://HOST.")
def command(sri: bool, origin: str | None) -> None:
    """Print the first-party tag that `/gw.js` serves: the same bytes for everybody.

    Pages that check the digest have to be changed together with the gateway.
    """
    if origin is not None:
        click.echo(tag().element(_origin(origin)))
    elif sri:
        click.echo(tag().integrity)
    else:
        click.echo(tag().script, nl=False)


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.netloc or set(text) & set("\"'<> "):
        raise click.BadParameter("an origin is like https://t.shop.example", param_hint="--element")
    return f"{parts.scheme}://{parts.netloc}"
