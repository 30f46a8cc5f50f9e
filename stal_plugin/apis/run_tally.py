"""What a run has done so far, in numbers and in a line."""

from dataclasses import dataclass

from stal_plugin.apis.frame_result import FrameResult


@dataclass
class RunTally:
    """What a run has done of a source.

    Args:
        num_results: Frames that were looked at.
        num_detections: Rows that were found on them.
        last: The last result.
        num_frames: Of a source that was not read to its end, if known.
        seconds: How long it took.
    """

    num_results: int = 0
    num_detections: int = 0
    last: FrameResult | None = None
    num_frames: int | None = None
    seconds: float = 0.0

    def add(self, result: FrameResult) -> None:
        """Count a result."""
        self.num_results, self.last = self.num_results + 1, result
        self.num_detections += len(result)

    def line(self) -> str:
        """Return one line about what was done."""
        if self.last is None:
            return "no frame was read"
        rate = self.num_results / max(self.seconds, 1e-9)
        frames = self.num_frames or self.last.frame
        text = f"{self.num_results} of {frames} frames in {self.seconds:.1f} s"
        lost = f", {self.last.lost} lost" if self.last.lost else ""
        return f"{text} ({rate:.1f} per second){lost}"
