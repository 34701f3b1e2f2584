"""The shop of the demo: four pages with the vendors' snippets in them, and no visitor data of its own."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.demo import choices, scenes
from gateway.demo.rendering import Renderer
from gateway.demo.upstream import Upstream, situation_in


class Product(NamedTuple):
    """Something to buy. `price` is in euros."""

    id: str
    name: str
    price: str
    text: str


PRODUCTS = (
    Product("lamp", "Reading lamp", "64.90", "A warm, narrow light for the last chapter, on an arm that stays put."),
    Product("desk", "Desk lamp", "89.00", "Light from the side, where a hand does not stand in its own shadow."),
    Product("floor", "Floor lamp", "149.00", "One corner of the room, lit as if it were earlier in the evening."),
)
_PRODUCTS = {product.id: product for product in PRODUCTS}
ACCOUNTS = {
    "meta": scenes.META_ACCOUNT,
    "ga4": scenes.GA4_ACCOUNT,
    "linkedin": scenes.LINKEDIN_ACCOUNT,
    "linkedin_conversion": scenes.LINKEDIN_CONVERSION,
}

Page = Callable[[Request], Awaitable[Response]]


class Shop:
    """The routes of the shop."""

    def __init__(self, renderer: Renderer, upstream: Upstream) -> None:
        self._renderer = renderer
        self._upstream = upstream

    def routes(self) -> list[Route]:
        """What the shop answers."""
        return [
            Route("/", self.home),
            Route("/product/{id}", self.product),
            Route("/checkout/{id}", self.checkout, methods=["GET", "POST"]),
            Route("/thanks", self.thanks),
        ]

    async def home(self, request: Request) -> Response:
        """All there is to buy."""
        return await self._page(request, "home.html", products=PRODUCTS)

    async def product(self, request: Request) -> Response:
        """One of it."""
        return await self._page(request, "product.html", product=_of(request))

    async def checkout(self, request: Request) -> Response:
        """Ask for the e-mail address, and put it where so many shops do: into the address of the next page."""
        product = _of(request)
        if request.method == "GET":
            return await self._page(request, "checkout.html", product=product, email=scenes.EMAIL)
        form = parse_qs((await request.body()).decode("utf-8", "replace")[:2000])
        email = form.get("email", [scenes.EMAIL])[0]
        query = {"order": f"T-{secrets.randbelow(9000) + 1000}", "product": product.id, "email": email}
        return RedirectResponse(f"/thanks?{urlencode(query)}", 303)

    async def thanks(self, request: Request) -> Response:
        """The thank-you page, with the conversions on it."""
        order = request.query_params.get("order", "")
        known = order.startswith("T-") and order[2:].isdigit() and len(order) <= 10
        product = _PRODUCTS.get(request.query_params.get("product", ""), PRODUCTS[0])
        email = request.query_params.get("email", scenes.EMAIL)[:200]
        return await self._page(
            request, "thanks.html", product=product, order=order if known else "T-1001", email=email, visitor=email
        )

    async def _page(self, request: Request, template: str, **values: Any) -> Response:
        headers = request.headers.items()
        choice = await choices.read(self._upstream, headers, situation_in(headers))
        return self._renderer.page(
            template, accounts=ACCOUNTS, asked=not choice.given, purposes=choice.asked, back=request.url.path, **values
        )


def _of(request: Request) -> Product:
    return _PRODUCTS.get(request.path_params["id"], PRODUCTS[0])
