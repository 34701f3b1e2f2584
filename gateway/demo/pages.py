"""The page that shows each hit before and after, and its three forms. It needs no script."""

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.demo import choices, scenes, upstream
from gateway.demo.exhibit import Exhibit
from gateway.demo.passages import Arrived
from gateway.demo.rendering import Renderer
from gateway.demo.situation import COOKIE, PLACES, Situation
from gateway.demo.upstream import situation_in

_SEEN_BY_VENDORS = ("user-agent", "accept-language")
_FORM_BYTES = 10_000


class Pages:
    """The routes under `/demo`."""

    def __init__(self, renderer: Renderer, exhibit: Exhibit) -> None:
        self._renderer = renderer
        self._exhibit = exhibit

    def routes(self) -> list[Route]:
        """What is answered."""
        return [
            Route("/demo", self.show),
            Route("/demo/situation", self.set_situation, methods=["POST"]),
            Route("/demo/choice", self.set_choice, methods=["POST"]),
            Route("/demo/fire", self.fire, methods=["POST"]),
            Route("/demo/clear", self.clear, methods=["POST"]),
            Route("/static/{name}", self.static),
        ]

    async def show(self, request: Request) -> Response:
        """The whole page."""
        await self._exhibit.quiet()
        headers = request.headers.items()
        situation = situation_in(headers)
        return self._renderer.page(
            "demo.html",
            places=PLACES,
            situation=situation,
            choice=await choices.read(self._exhibit.upstream, headers, situation),
            scenes=scenes.SCENES,
            passages=list(self._exhibit.passages),
            policy=self._exhibit.policy,
        )

    async def set_situation(self, request: Request) -> Response:
        """Turn the switches: the browser keeps them, the edge of the demo acts on them."""
        text = (await request.body()).decode("latin-1")
        response = RedirectResponse("/demo", 303)
        value = Situation.from_text(text).to_cookie()
        response.headers["set-cookie"] = f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax"
        return response

    async def set_choice(self, request: Request) -> Response:
        """Answer all purposes, some or none of them, through the gateway's own `/consent`."""
        form = await _form(request)
        response = RedirectResponse(_local(form.get("back", ["/demo"])[0]), 303)
        wanted = form.get("choice", [""])[0]
        if wanted == "forget":
            response.headers["set-cookie"] = choices.FORGET
            return response
        headers, situation = request.headers.items(), situation_in(request.headers.items())
        now = await choices.read(self._exhibit.upstream, headers, situation)
        chosen = set(form.get("purpose", [])) if wanted == "some" else set()
        answers = {each.name: wanted == "all" or each.name in chosen for each in now.asked}
        notified = "notified" in form and any(answers.values())
        answer = await choices.write(self._exhibit.upstream, headers, situation, {**answers, "notified": notified})
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                response.headers.append("set-cookie", value)
        return response

    async def fire(self, request: Request) -> Response:
        """Make one hit as the vendor's tag would, with this browser's own headers, and wait for what comes of it."""
        scene = scenes.BY_ID.get((await _form(request)).get("scene", [""])[0])
        if scene is None:
            return RedirectResponse("/demo", 303)
        origin = f"{request.url.scheme}://{request.url.netloc}"
        order = scenes.Order(f"T-{secrets.randbelow(9000) + 1000}", secrets.token_hex(8))
        shot = scene.shoot(origin, order)
        headers = request.headers.items()
        situation = situation_in(headers)
        choice = await choices.read(self._exhibit.upstream, headers, situation)
        seen = tuple((name, value) for name, value in headers if name in _SEEN_BY_VENDORS)
        seen += (("referer", f"{origin}/"),) if scene.pixel else ()
        arrived = Arrived(
            scene.label, shot.method, shot.vendor, shot.path, shot.query, seen, shot.body, situation, choice.words
        )
        target = f"/g/{scene.pixel}{shot.path}" if scene.pixel else shot.path
        kept = [(name, value) for name, value in headers if name not in ("content-type", "origin")]
        await self._exhibit.play(
            arrived, upstream.Request(shot.method, f"{target}?{shot.query}", kept, shot.body.encode())
        )
        return RedirectResponse(f"/demo#hit-{self._exhibit.passages[0].number}", 303)

    async def clear(self, _: Request) -> Response:
        """Forget the hits shown so far."""
        self._exhibit.passages.clear()
        return RedirectResponse("/demo", 303)

    async def static(self, request: Request) -> Response:
        """Style, script and icon."""
        return self._renderer.static(request.path_params["name"])


async def _form(request: Request) -> Mapping[str, list[str]]:
    body = await request.body()
    return parse_qs(body[:_FORM_BYTES].decode("utf-8", "replace"), keep_blank_values=True)


def _local(path: str) -> str:
    """A path of this host, or the page itself."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/demo"
