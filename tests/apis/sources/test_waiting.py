"""Streams that are not there at the start."""

import itertools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.apis.sources import StreamSource, Waiting
from stal_plugin.apis.sources.backoff import Backoff

PATIENT = 30.0
WHY = "cannot be opened: Connection refused. Check that the address is right"


def test_a_stream_that_is_there_only_later(
    http_server: Any, tmp_path: Path, mpegts: Callable, caplog: Any
) -> None:
    mpegts(tmp_path / "v.ts")
    http_server.kill()
    waiting = Waiting()
    seen: list[tuple] = []

    class Starting(Backoff):
        def wait(self, attempt: int) -> float:
            seen.append((attempt, waiting.error))
            assert waiting.since is not None
            if attempt == 2:
                http_server.start()
            return 0.0

    url = f"http://127.0.0.1:{http_server.port}/live/v.ts"
    with caplog.at_level(logging.WARNING):
        source = StreamSource(url, True, PATIENT, Starting(), waiting=waiting)
    why = f"{url} {WHY} and that the server runs"
    assert seen == [(1, why), (2, why)]
    assert (waiting.since, waiting.error) == (None, None)
    *tried, there = (record.getMessage() for record in caplog.records)
    assert tried == [f"{why}. It is tried again"] * 2
    assert there.startswith(f"{url} is there after ")
    first = next(iter(source))
    assert (first.number, first.time, first.after_gap) == (1, 0.0, False)
    assert source.num_reconnects == 0
    source.close()


@pytest.mark.parametrize(
    ("address", "live", "retry"),
    [
        ("rtsp://127.0.0.1:1/x", None, 0),  # may not wait
        ("http://127.0.0.1:1/x.mp4", None, 600),  # perhaps a file
        ("rtsp://127.0.0.1:1/x", False, 600),
        ("rstp://127.0.0.1:1/x", None, 600),  # there is no such protocol
    ],
)
def test_what_is_an_error_at_once(address: str, live: bool | None, retry: int) -> None:
    waiting = Waiting()
    waiting.close()  # else a test that fails would wait
    with pytest.raises(ValueError, match="cannot be opened: "):
        StreamSource(address, live, 5, Backoff(give_up=retry), waiting=waiting)
    assert (waiting.error is None) == (retry > 0)


def test_a_wrong_password_is_not_tried_again(
    http_server: Any, tmp_path: Path, mpegts: Callable
) -> None:
    mpegts(tmp_path / "v.ts", 3)
    url = f"http://me:x@127.0.0.1:{http_server.port}/locked/v.ts"
    waiting = Waiting()
    with pytest.raises(ValueError, match=r"me:\*\*\*@.*cannot be opened: .*401"):
        StreamSource(url, True, PATIENT, waiting=waiting)
    assert waiting.error is None


def test_it_is_given_up() -> None:
    waiting, attempts = Waiting(), itertools.count(1)

    class Noting(Backoff):
        def wait(self, attempt: int) -> float:
            assert attempt == next(attempts)
            return 0.02

    with pytest.raises(ValueError, match=WHY):
        StreamSource(
            "rtsp://127.0.0.1:1/x", backoff=Noting(give_up=0.1), waiting=waiting
        )
    assert next(attempts) > 2
