"""The last frames of a stream, ready for the network."""

from collections import deque

import numpy as np
import torch
from torch import Tensor

from stal_plugin.apis.clip_sampling import ClipSampling


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
        wanted = self.sampling.numbers(int(numbers[-1]))
        places = np.searchsorted(numbers, wanted, side="right") - 1
        return [self._frames[max(place, 0)] for place in places.tolist()]
