"""Clips of a stream: which frames make one, and a ring that holds the last frames."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Rates that differ by less are taken as equal.
_TOLERANCE = 0.1


@dataclass(frozen=True)
class ClipSampling:
    """Which frames of a stream are in the clip of its newest frame.

    Args:
        clip_len: Frames of the clip, T.
        interval: Distance between them, in frames; with ``of_rate`` a fraction.
    """

    clip_len: int
    interval: float = 1.0

    @classmethod
    def of_pipeline(cls, pipeline: Sequence[dict]) -> "ClipSampling":
        """Read them from the sampling step of a pipeline.

        Raises:
            ValueError: It has no ``stal_plugin.SampleKeyframeClip``, or its clips are
                centred on the key frame: a stream has no later frames.
        """
        for step in pipeline:
            if step["type"] == "stal_plugin.SampleKeyframeClip":
                if step.get("position", "last") != "last":
                    raise ValueError(
                        "the clips of this model are centred on the key frame "
                        "(SampleKeyframeClip, position='centre'): half of their frames "
                        "come after it, which prediction, live use and exported "
                        "networks cannot wait for. tools/test.py tests it; to predict, "
                        "train with position='last'"
                    )
                interval = step.get("frame_interval", 1)
                first = interval if isinstance(interval, int) else interval[0]
                return cls(step["clip_len"], float(first))
        raise ValueError(
            "the test pipeline has no stal_plugin.SampleKeyframeClip, so it is unknown "
            f"which frames make a clip; its steps are {[s['type'] for s in pipeline]}"
        )

    def of_rate(self, fps: float | None, trained: float | None) -> "ClipSampling":
        """Fit the interval to a stream whose rate is not that of the training videos.

        The clip then spans the same time. Nothing changes where the rates differ by
        less than 10 % or one is unknown.

        Args:
            fps: Frames per second of the stream.
            trained: Frames per second of the training videos.
        """
        if not fps or not trained or abs(fps / trained - 1) < _TOLERANCE:
            return self
        return replace(self, interval=self.interval * fps / trained)

    @property
    def span(self) -> int:
        """Number of frames from the first to the last of a clip."""
        return int(self.numbers(0)[-1] - self.numbers(0)[0]) + 1

    def numbers(self, newest: int) -> NDArray[np.int64]:
        """Numbers of the frames of a clip, oldest first; some may lie before 1.

        Args:
            newest: Number of the clip's last frame.
        """
        back = np.arange(self.clip_len)[::-1] * self.interval
        return newest - np.rint(back).astype(np.int64)


class ClipRing:
    """The last frames of a stream, normalised once each; its size never changes.

    Args:
        sampling: Which frames make a clip.
    """

    def __init__(self, sampling: ClipSampling) -> None:
        self.sampling = sampling
        self._frames: deque[tuple[int, Tensor]] = deque(maxlen=sampling.span)

    def push(self, number: int, frame: Tensor) -> None:
        """Take in a frame, forget the oldest. A new size starts anew.

        Args:
            number: Its number, larger than the one before.
            frame: ``(C, H, W)``.
        """
        if self._frames and self._frames[-1][1].shape != frame.shape:
            self.reset()
        self._frames.append((number, frame))

    def reset(self) -> None:
        """Forget all frames."""
        self._frames.clear()

    @property
    def newest(self) -> Tensor:
        """``(1, C, H, W)``, the newest frame."""
        return self._frames[-1][1][None]

    @property
    def oldest_number(self) -> int:
        """Number of the oldest frame that is held."""
        return self._frames[0][0]

    def clip(self) -> Tensor:
        """``(1, C, T, H, W)``, the clip that ends with the newest frame."""
        return torch.stack([frame for _, frame in self.clip_frames()], dim=1)[None]

    def clip_frames(self) -> list[tuple[int, Tensor]]:
        """Numbers and frames ``(C, H, W)`` of that clip, oldest first.

        The first frame stands for those before it, as in
        ``stal_plugin.SampleKeyframeClip``; a frame that was lost is replaced by the
        one before it.
        """
        numbers = np.array([number for number, _ in self._frames])
        clip_numbers = self.sampling.numbers(int(numbers[-1]))
        rows = np.searchsorted(numbers, clip_numbers, side="right") - 1
        return [self._frames[max(row, 0)] for row in rows.tolist()]
