"""The least that an HTTP server in Python can do: uvicorn and an application that reads nothing and gives the GIF."""

import sys

import uvicorn

from tests.bench.baseline import GIF

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"image/gif"), (b"content-length", b"%d" % len(GIF))],
}
BODY = {"type": "http.response.body", "body": GIF}


async def app(scope, receive, send) -> None:
    await send(START)
    await send(BODY)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False,
                log_level="critical", lifespan="off")  # fmt: skip
