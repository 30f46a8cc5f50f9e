"""Several streams through one network: who is next, and what becomes of each."""

import logging
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from threading import Condition
from typing import Protocol

from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.sources import Frame, Source, StreamReader
from stal_plugin.apis.stream_result import StreamResult
from stal_plugin.apis.stream_session import StreamSession, grouped
from stal_plugin.engine.cli import is_users_mistake, message_of
from stal_plugin.files.addresses import without_passwords

_logger = logging.getLogger(__name__)
#: Seconds that all reading threads together have to end in.
_PATIENCE = 2.0


class Detector(Protocol):
    """What the streams go through, see ``ActionDetector``."""

    def begin(self, source: Source) -> StreamSession:
        """Return what is kept of a stream."""

    def prepare(self, session: StreamSession, frames: Sequence[Frame]) -> None:
        """Prepare the next frames of a stream."""

    def detect(self, sessions: Sequence[StreamSession]) -> list[FrameResult]:
        """Look at the prepared frames of streams, all of one size."""


class _Stream:
    """One of the streams: its reader, and what the detector keeps of it."""

    def __init__(self, name: str, reader: StreamReader) -> None:
        self.name = name
        self.reader = reader
        self.session: StreamSession | None = None


def run_streams(
    detector: Detector,
    sources: Mapping[str, Callable[[], Source]],
    max_batch: int = 8,
) -> Generator[StreamResult, None, None]:
    """Run several streams through one network.

    Each source is opened and read in a thread of its own. Streams that have a new frame
    take turns; up to ``max_batch`` of them go through the network at once.

    Args:
        detector: The network.
        sources: For the name of each stream what opens its source.
        max_batch: See above.

    Yields:
        Results as they come; the last item of a stream says how it ended. An error of
        one stream ends this stream only.

    Raises:
        ValueError: There is no source, or ``max_batch`` is not positive.
    """
    if not sources:
        raise ValueError("there is no source to run on")
    if max_batch < 1:
        raise ValueError(f"max_batch={max_batch} must be at least 1")
    return _running(detector, sources, max_batch)


def _running(
    detector: Detector, sources: Mapping[str, Callable[[], Source]], max_batch: int
) -> Generator[StreamResult, None, None]:
    changed = Condition()
    streams = deque(
        _Stream(name, StreamReader(opened, changed)) for name, opened in sources.items()
    )
    readers = [stream.reader for stream in streams]
    try:
        while streams:
            with changed:
                while not any(stream.reader.is_ready for stream in streams):
                    changed.wait(0.5)  # wakes up for Ctrl-C on every system
            yield from _one_round(detector, streams, max_batch)
    finally:
        _stop(readers)


def _one_round(
    detector: Detector, streams: deque[_Stream], max_batch: int
) -> Iterator[StreamResult]:
    """Serve the streams that have a frame, those first that waited longest."""
    due: list[_Stream] = []
    for stream in list(streams):
        if len(due) == max_batch:
            break
        if not stream.reader.is_ready:
            continue
        streams.remove(stream)
        try:
            if _take(detector, stream):
                due.append(stream)
                streams.append(stream)
                continue
            ended = StreamResult(stream.name)
        except Exception as error:
            ended = StreamResult(stream.name, error=_one_line(error))
        stream.reader.stop()
        yield ended
    for group in grouped(due, lambda s: s.session.size if s.session else ()):
        yield from _detected(detector, group, streams)


def _take(detector: Detector, stream: _Stream) -> bool:
    """Prepare the frames that a stream has; return False if it has ended."""
    frames = stream.reader.take()
    if not frames:
        return False
    source = stream.reader.source
    assert source is not None  # as it gave frames
    if stream.session is None:
        stream.session = detector.begin(source)
    stream.session.lost = stream.reader.num_lost
    detector.prepare(stream.session, frames)
    return True


def _detected(
    detector: Detector, group: Sequence[_Stream], streams: deque[_Stream]
) -> Iterator[StreamResult]:
    sessions = [stream.session for stream in group if stream.session is not None]
    try:
        results = detector.detect(sessions)
    except Exception as error:
        for stream in group:
            streams.remove(stream)
            stream.reader.stop()
            yield StreamResult(stream.name, error=_one_line(error))
        return
    for stream, result in zip(group, results, strict=True):
        yield StreamResult(stream.name, result)


def _one_line(error: BaseException) -> str:
    """What a user is told; a fault of the program also leaves its traceback."""
    text = " ".join(message_of(error).split())
    if is_users_mistake(error):
        return text
    trace = "".join(traceback.format_exception(error))
    _logger.error("a stream failed:\n%s", without_passwords(trace))
    return f"{type(error).__name__}: {text}"


def _stop(readers: Sequence[StreamReader]) -> None:
    """End the threads; one that waits for data ends with its time-out."""
    for reader in readers:
        reader.stop()
    latest = time.monotonic() + _PATIENCE
    for reader in readers:
        reader.join(max(0.0, latest - time.monotonic()))
