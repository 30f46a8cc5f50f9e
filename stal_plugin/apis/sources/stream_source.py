"""Frames of network streams, which are opened again where they break off."""

import logging
import time
from collections.abc import Iterator
from threading import Event

import av

from stal_plugin.apis.sources.backoff import Backoff, Waiting
from stal_plugin.apis.sources.source import Frame
from stal_plugin.files.addresses import split_userinfo, without_passwords
from stal_plugin.video.open_video import video_stream
from stal_plugin.video.sequential_reader import SequentialReader

_logger = logging.getLogger(__name__)


class _PasswordFilter(logging.Filter):
    """Hides passwords in what FFmpeg logs, if a program has it log (``av.logging``)."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_passwords(record.getMessage()), ()
        return True


for _protocol in ("tcp", "udp", "tls", "http", "https", "rtsp", "rtp", "rtmp", "hls"):
    logging.getLogger(f"libav.{_protocol}").addFilter(_PasswordFilter())

#: UDP loses packets; probing for the default five seconds would delay the start.
_OPTIONS = {"rtsp_transport": "tcp", "analyzeduration": "1000000"}
#: Seconds that opening a stream may take, at least: it begins with a second of data.
_OPENING = 10.0
#: Seconds of frames after which a stream that ended counts as having been there.
_HEALTHY = 1.0
#: An address of these may be a file as well as a stream.
_OF_FILES = ("http", "https", "ftp", "file")
#: What does not change by itself; a camera locks out whoever tries on and on.
_FINAL = (
    av.error.ProtocolNotFoundError,
    av.error.HTTPUnauthorizedError,
    av.error.HTTPForbiddenError,
)


class StreamSource:
    """Frames of a network stream (RTSP, HTTP, RTMP, MPEG-TS and others).

    A live stream that breaks off, ends or says nothing is opened again, again and
    again. An address that announces its length (a file on a web server) is no live
    stream: every frame is read, once. Times go on across interruptions.

    Args:
        url: The address; its password appears in no message, see
            ``without_passwords``.
        live: Whether it is live. None: unless it announces its length.
        timeout: Seconds without data after which a stream counts as broken.
        backoff: Times between attempts to open it again.
        stream: Number of the video stream to read, if there are several. Default: the
            longest.
        waiting: Given, a stream that is not there yet is tried until ``backoff``
            gives up, if it must be live: ``live`` is set, or the address is none of
            a web server. None: it is an error at once.

    Raises:
        ValueError: The stream cannot be opened, or has no video (of this number).
            Later: it is lost.
    """

    def __init__(
        self,
        url: str,
        live: bool | None = None,
        timeout: float = 5.0,
        backoff: Backoff | None = None,
        stream: int | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        self.name = without_passwords(url)
        self._url = url
        self.timeout = timeout
        self.backoff = backoff or Backoff()
        self._stream = stream
        self._stop = Event()
        #: How often it was opened again.
        self.num_reconnects = 0
        #: When it broke off, by ``time.monotonic``; None while it gives frames.
        self.lost_since: float | None = None
        # since when, and how often, the stream was opened and gave nothing to speak of
        self._trouble: float | None = None
        self._attempts = 1
        may_be_file = url.partition("://")[0].lower() in _OF_FILES
        if live is False or (live is None and may_be_file):
            waiting = None
        self._reader: SequentialReader | None = self._first(waiting)
        announced = self._reader.duration
        self.live = announced is None if live is None else live
        self._reader.strict = not self.live
        self.fps = self._reader.fps
        self.num_frames = None if self.live else self._reader.num_frames

    def _first(self, waiting: Waiting | None) -> SequentialReader:
        """Open the stream, also if it is there only later."""
        while True:
            try:
                reader = self._open()
            except (av.FFmpegError, OSError) as error:
                text = (
                    f"{self.name} cannot be opened: {_reason(error)}. Check that the "
                    "address is right and that the server runs"
                    f"{_about_escapes(self._url)}"
                )
                if waiting is None or isinstance(error, _FINAL):
                    raise ValueError(text) from None
                if not waiting.again(text, self.backoff):
                    raise ValueError(text) from None
            else:
                if waiting is not None:
                    waiting.is_over(self.name)
                return reader

    def _open(self) -> SequentialReader:
        opening = max(_OPENING, self.timeout)
        container = av.open(
            self._url, options=_OPTIONS, timeout=(opening, self.timeout)
        )
        if not container.streams.video:
            container.close()
            raise ValueError(f"{self.name} has no video stream")
        # decoding frames in parallel would hold some back
        chosen = video_stream(container, self._stream, self.name)
        chosen.thread_type = "SLICE"
        return SequentialReader(container, self.name, False, chosen.index)

    @property
    def pixel_aspect(self) -> float:
        """Width over height of a pixel of the images; once the first one was read."""
        reader = self._reader
        return reader.pixel_aspect if reader else 1.0

    def __iter__(self) -> Iterator[Frame]:
        """Read the stream, and open it again where it breaks off."""
        number, start, after_gap = 0, time.monotonic(), False
        last = 0.0
        while not self._stop.is_set():
            offset: float | None = None
            opened = time.monotonic()
            for image, seconds in self._connection():
                now = time.monotonic()
                if offset is None:
                    offset = max(last, now - start) - seconds if number else -seconds
                    start = start if number else now
                number, last = number + 1, seconds + offset
                self.lost_since = None
                if now - opened > _HEALTHY:
                    self._trouble, self._attempts = None, 0
                yield Frame(image, number, last, now, after_gap)
                after_gap = False
                if self._stop.is_set():
                    return
            if not self.live:
                return
            after_gap = True
            self.lost_since = self.lost_since or time.monotonic()
            self._reader = self._reopen()
            if self._reader is not None:
                self.num_reconnects += 1

    def close(self) -> None:
        """Stop: the reading thread ends after the frame that it waits for."""
        self._stop.set()

    def _connection(self) -> Iterator:
        """Frames until the stream breaks off."""
        if self._reader is None:
            return
        try:
            yield from self._reader
            if self.live:
                _logger.warning("%s ended", self.name)
        except (av.FFmpegError, OSError) as error:
            if not self.live:
                raise ValueError(
                    f"{self.name} broke off: {_reason(error)}. All frames before were "
                    "read"
                ) from None
            _logger.warning("%s broke off: %s", self.name, _reason(error))

    def _reopen(self) -> SequentialReader | None:
        """Try until the stream is there again; None when told to stop."""
        lost, reason = time.monotonic(), "it ended at once"
        if self._trouble is None:
            self._trouble = lost
        if lost - self._trouble > self.backoff.give_up:
            raise self._is_lost(reason)
        while not self._stop.wait(self.backoff.wait(self._attempts)):
            self._attempts += 1
            try:
                reader = self._open()
            except (av.FFmpegError, OSError, ValueError) as error:
                reason = _reason(error)
            else:
                _logger.warning(
                    "%s is back after %.1f s", self.name, time.monotonic() - lost
                )
                return reader
            if time.monotonic() - self._trouble > self.backoff.give_up:
                raise self._is_lost(reason)
        return None

    def _is_lost(self, reason: str) -> ValueError:
        return ValueError(
            f"{self.name} is lost: it did not come back in "
            f"{self.backoff.give_up:.0f} s ({self._attempts} attempts, last: {reason})"
        )


def _about_escapes(url: str) -> str:
    """Tell how special characters of a password are written, if it has any."""
    userinfo, _ = split_userinfo(url.partition("://")[2])
    if not set("/?#@%") & set(userinfo or ""):
        return ""
    return (
        ". In a user name or password # is written %23, @ %40, / %2F, ? %3F and % "
        "itself %25"
    )


def _reason(error: BaseException) -> str:
    if isinstance(error, av.error.ExitError):
        return "no data came in time"
    return getattr(error, "strerror", None) or str(error)
