"""What comes of several streams at once: each result with the name of its stream."""

from dataclasses import dataclass

from stal_plugin.apis.frame_result import FrameResult


@dataclass(frozen=True)
class StreamResult:
    """A result of one of several streams, or how that stream ended.

    Args:
        stream: Name of the stream.
        result: What was found on a frame. None in the last item of a stream.
        error: In the last item, why the stream ended too early: one line, without
            passwords. None: it came to its end, or was stopped.
    """

    stream: str
    result: FrameResult | None = None
    error: str | None = None
