"""What the gateway is measured against: a plain Starlette route that parses the query and the cookies, nothing more."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")


async def pixel(request: Request) -> Response:
    query = dict(request.query_params)
    cookies = dict(request.cookies)
    return Response(GIF, headers={"x-seen": str(len(query) + len(cookies))}, media_type="image/gif")


app = Starlette(routes=[Route("/{path:path}", pixel)])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False,
                log_level="critical")  # fmt: skip
