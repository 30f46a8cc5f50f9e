"""Choose the frames of a clip: those up to its key frame, or those around it."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from stal_plugin.registry import TRANSFORMS

PAD_MODES = ("replicate", "wrap")
POSITIONS = ("last", "centre")


def keyframe_clip_indices(
    frame: int,
    total_frames: int,
    clip_len: int,
    frame_interval: int,
    pad_mode: str,
    position: str = "last",
) -> NDArray[np.int64]:
    """Frames of the clip of a key frame.

    Args:
        frame: Key frame, 1-based.
        total_frames: Length of the video.
        clip_len: Number of frames, T.
        frame_interval: Distance between the frames.
        pad_mode: What stands for frames before the first and after the last:
            ``'replicate'`` repeats the first or last, ``'wrap'`` goes on from the other
            end of the video.
        position: Of the key frame: ``'last'``, or ``'centre'``, which is place T // 2
            from 0, as in mmaction2's ``SampleAVAFrames``.

    Returns:
        ``(clip_len,)`` 0-based.
    """
    place = clip_len - 1 if position == "last" else clip_len // 2
    indices = frame - 1 + frame_interval * (np.arange(clip_len) - place)
    if pad_mode == "wrap":
        return indices % total_frames
    return np.clip(indices, 0, total_frames - 1)


@TRANSFORMS.register_module()
class SampleKeyframeClip(BaseTransform):
    """Choose the frames that lead up to the key frame, or those around it.

    By default the clip is causal: its last frame is the key frame. Clips that are
    centred on it, as those of mmaction2's AVA configs, show what comes after, too: they
    are for tests on recorded footage. The network must look for actors in the middle
    frame (``stal_plugin.LinkNet(key_frame='centre')``), or take boxes as given, as
    mmaction2's do. What runs on a stream refuses such a model: prediction, live use,
    export, features of actors.

    Required keys: ``video_id``, ``frame`` (1-based), ``total_frames``. Added keys:
    ``frame_inds`` ``(clip_len,)`` 0-based, ``clip_len``, ``frame_interval``,
    ``num_clips``.

    Args:
        clip_len: Number of frames.
        frame_interval: Distance between frames. Of several, training draws one for
            each sample (YOWO: 1 or 2), testing takes the first.
        pad_mode: ``'replicate'`` repeats the first frame at the start of a video and
            the last one at its end; ``'wrap'`` takes frames from the other end, as the
            paper's code does.
        test_mode: Whether the clips are for testing.
        position: Of the key frame in the clip: ``'last'`` or ``'centre'``, the frame
            ``clip_len // 2`` from 0.

    Raises:
        ValueError: An argument is out of range, or the key frame is not in the video.
    """

    def __init__(
        self,
        clip_len: int,
        frame_interval: int | Sequence[int] = 1,
        pad_mode: str = "replicate",
        test_mode: bool = False,
        position: str = "last",
    ) -> None:
        intervals = (
            (frame_interval,) if isinstance(frame_interval, int) else frame_interval
        )
        if clip_len < 1 or not intervals or min(intervals) < 1:
            raise ValueError(
                f"clip_len={clip_len} and frame_interval={frame_interval} must be at "
                "least 1"
            )
        if pad_mode not in PAD_MODES:
            raise ValueError(f"pad_mode={pad_mode!r} must be one of {PAD_MODES}")
        if position not in POSITIONS:
            raise ValueError(f"position={position!r} must be one of {POSITIONS}")
        self.clip_len = clip_len
        self.frame_intervals = tuple(intervals)
        self.pad_mode = pad_mode
        self.test_mode = test_mode
        self.position = position

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the frame indices."""
        # Host decoders overwrite total_frames, some with 0.
        total = results.get("num_frames", results["total_frames"])
        frame = results["frame"]
        if not 1 <= frame <= total:
            raise ValueError(
                f"video {results['video_id']!r}: key frame {frame} is not in 1..{total}"
            )
        interval = self.frame_intervals[0]
        if len(self.frame_intervals) > 1 and not self.test_mode:
            interval = random.choice(self.frame_intervals)
        results["frame_inds"] = keyframe_clip_indices(
            frame, total, self.clip_len, interval, self.pad_mode, self.position
        )
        results["clip_len"] = self.clip_len
        results["frame_interval"] = interval
        results["num_clips"] = 1
        return results

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(clip_len={self.clip_len}, "
            f"frame_interval={self.frame_intervals}, pad_mode={self.pad_mode!r}, "
            f"test_mode={self.test_mode}, position={self.position!r})"
        )
