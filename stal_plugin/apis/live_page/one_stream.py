"""Results of one source in the form in which those of several come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stal_plugin.apis.frame_result import FrameResult


@dataclass(frozen=True)
class StreamResult:
    """A result of a stream; without one, how the stream ended."""

    stream: str
    result: FrameResult | None = None
    error: str | None = None


def one_stream(detector: Any, sources: Mapping[str, Any]) -> Iterator[StreamResult]:
    """Run a detector on its only source.

    Raises:
        ValueError: There are several.
    """
    if len(sources) != 1:
        raise ValueError(f"{len(sources)} sources were given, allowed is one")
    for name, source in sources.items():
        for result in detector.run(source):
            yield StreamResult(name, result)
        yield StreamResult(name)
