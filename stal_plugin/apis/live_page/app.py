"""The page and its JSON API, as a FastAPI application."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

import stal_plugin
from stal_plugin.apis.live_page.access import Access
from stal_plugin.apis.live_page.access_gate import AccessGate
from stal_plugin.apis.live_page.event_stream import EventStream
from stal_plugin.apis.live_page.hub import Message, TooManyClients
from stal_plugin.apis.live_page.live_state import LiveState
from stal_plugin.apis.live_page.picture_slot import LivePicture
from stal_plugin.apis.live_page.schemas import (
    Action,
    Refusal,
    State,
    ThresholdChange,
)

_STATIC = Path(__file__).parent / "static"
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: Seconds for which a request waits for a new picture, and between two status messages.
_LONGEST_WAIT = 10.0
_STATUS_EVERY = 1.0
_DESCRIPTION = """\
What a detector of actions sees, now. `/events` sends server-sent events: `state` at
first (see `State`), then `event` (an action begins or ends, see `Event`), `status` once
a second (see `Status`), `thresholds` when they were moved (a list of `Action`) and
`missed` to a listener that was too slow for all events; with `?results=true` also
`result`, the detections of the newest frames.
"""
_SeenFrame = Annotated[
    int, Query(ge=0, description="wait for a later frame than this one")
]
_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"model": Refusal, "description": "There is no such stream"},
    204: {"description": "No new frame in ten seconds"},
}


def create_app(state: LiveState, access: Access) -> Callable:
    """Return the ASGI application.

    Args:
        state: What is shown.
        access: Who may see it.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        ticker = asyncio.ensure_future(_tell_status(state))
        yield
        ticker.cancel()
        with suppress(asyncio.CancelledError):
            await ticker

    app = FastAPI(
        title="stal live",
        version=stal_plugin.__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        responses={422: {"model": Refusal, "description": "A value is not allowed"}},
        exception_handlers={RequestValidationError: _refuse},
    )
    _add_page(app)
    _add_api(app, state)
    _add_pictures(app, state)
    return AccessGate(app, access)


async def _refuse(_: Any, error: Any) -> Response:
    """Say what is not allowed, and where; not what it was, which may be anything."""
    problems = [
        f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
        for problem in error.errors()[:10]
    ]
    return JSONResponse({"detail": "; ".join(problems)}, 422)


async def _tell_status(state: LiveState) -> None:
    while True:
        state.publish_status()
        await asyncio.sleep(_STATUS_EVERY)


def _add_page(app: FastAPI) -> None:
    """The files of the page: read once, so that no address can name another one."""
    files = {path.name: path.read_bytes() for path in sorted(_STATIC.iterdir())}

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return Response(files["index.html"], media_type=_KINDS[".html"])

    @app.get("/static/{name}", include_in_schema=False)
    async def static(name: str) -> Response:
        if name not in files:
            raise HTTPException(404, "there is no such file")
        return Response(files[name], media_type=_KINDS[Path(name).suffix])


def _add_api(app: FastAPI, state: LiveState) -> None:
    @app.get("/state", summary="Everything except pictures", response_model=State)
    async def get_state() -> dict[str, Any]:
        return state.snapshot()

    @app.get(
        "/events",
        summary="What happens, as server-sent events",
        response_class=Response,
        responses={
            200: {"content": {"text/event-stream": {}}},
            503: {"model": Refusal, "description": "Too many listeners"},
        },
    )
    async def get_events(results: bool = False) -> Response:
        try:
            mailbox = state.hub.join(results)
        except TooManyClients:
            text = f"{state.hub.most} browsers are listening already, close one"
            raise HTTPException(503, text) from None
        return EventStream(state.hub, mailbox, Message("state", state.snapshot))

    @app.get("/thresholds", summary="Thresholds", response_model=list[Action])
    async def get_thresholds() -> list[dict[str, Any]]:
        return state.classes_as_json()

    @app.post("/thresholds", summary="Move thresholds", response_model=list[Action])
    async def move_thresholds(changes: list[ThresholdChange]) -> list[dict[str, Any]]:
        moved: dict[int, float] = {}
        for change in changes:
            labels = range(len(state.classes))
            which = labels if change.label is None else [change.label]
            moved.update(dict.fromkeys(which, change.threshold))
        try:
            state.move_thresholds(moved)
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        return state.classes_as_json()


def _add_pictures(app: FastAPI, state: LiveState) -> None:
    async def newer(number: int, after: int) -> LivePicture | None:
        if not 0 <= number < len(state.streams):
            raise HTTPException(404, f"stream {number} does not exist")
        return await state.streams[number].pictures.after(after, _LONGEST_WAIT)

    @app.get(
        "/picture/{stream}",
        summary="The newest frame as JPEG, without boxes",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}, **_REFUSALS},
    )
    async def get_picture(stream: int, after: _SeenFrame = 0) -> Response:
        picture = await newer(stream, after)
        if picture is None:
            return Response(status_code=204)
        headers = {"x-frame": str(picture.result["frame"])}
        return Response(picture.jpeg, media_type="image/jpeg", headers=headers)

    @app.get(
        "/frame/{stream}",
        summary="The newest frame: its detections as JSON, and its picture as JPEG",
        response_class=Response,
        responses={200: {"content": {"multipart/form-data": {}}}, **_REFUSALS},
    )
    async def get_frame(stream: int, after: _SeenFrame = 0) -> Response:
        picture = await newer(stream, after)
        if picture is None:
            return Response(status_code=204)
        boundary = secrets.token_hex(16)
        kind = f"multipart/form-data; boundary={boundary}"
        return Response(_form(picture, boundary), media_type=kind)


def _form(picture: LivePicture, boundary: str) -> bytes:
    """A form with the fields ``result`` and ``picture``, which browsers can read."""
    field = f"--{boundary}\r\nContent-Disposition: form-data; name="
    head = f'{field}"result"\r\n\r\n{json.dumps(picture.result)}\r\n{field}"picture"; '
    head += 'filename="frame.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return b"".join([head.encode(), picture.jpeg, f"\r\n--{boundary}--\r\n".encode()])
