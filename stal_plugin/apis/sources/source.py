"""What frames come from."""

from collections.abc import Iterator
from typing import Protocol

from stal_plugin.apis.sources.frame import Frame


class Source(Protocol):
    """What frames come from.

    Attributes:
        name: For messages and outputs.
        live: Whether frames come at their own pace, so that a slow reader loses some.
        fps: Frames per second; None if unknown.
        num_frames: Estimate of their number; None if unknown or endless.
    """

    name: str
    live: bool
    fps: float | None
    num_frames: int | None

    def __iter__(self) -> Iterator[Frame]:
        """Read frames one after another, in bounded memory.

        Raises:
            ValueError: The source is damaged or lost. All frames before were given.
        """

    def close(self) -> None:
        """Stop reading, from any thread."""
