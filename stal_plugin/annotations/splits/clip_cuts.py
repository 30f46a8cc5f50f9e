"""Cut videos into a training and a test part between their clips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp


@dataclass(frozen=True)
class Cut:
    """One way to divide a video.

    Args:
        video: Place of the video.
        train: First and last training frame, from 1; None if there is none.
        test: First and last test frame.
        counts: ``(2, K)`` clips of each class in both parts.
    """

    video: int
    train: tuple[int, int] | None
    test: tuple[int, int] | None
    counts: NDArray[np.int64]


def possible_cuts(
    video: int,
    num_frames: int,
    spans: NDArray[np.int64],
    labels: NDArray[np.int64],
    num_classes: int,
    margin: int,
) -> list[Cut]:
    """Ways to divide a video that split no clip.

    Args:
        video: Place of the video.
        num_frames: Its length.
        spans: ``(N, 2)`` first and last frame of each clip, from 1.
        labels: ``(N,)`` class of each clip, from 0.
        num_classes: K.
        margin: Frames between the parts that belong to neither, so that no clip of the
            later part reaches into the earlier one.

    Returns:
        All of it in training, all in test, and each cut in both orders.
    """

    def count(rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(labels[rows], minlength=num_classes)

    every = np.ones(len(spans), bool)
    whole, both = (1, num_frames), np.stack([count(every), count(~every)])
    cuts = [Cut(video, whole, None, both), Cut(video, None, whole, both[::-1])]
    ends = np.maximum.accumulate(spans[np.argsort(spans[:, 0], kind="stable"), 1])
    for end in np.unique(ends).tolist():
        before = spans[:, 1] <= end
        after = spans[:, 0] > end + margin
        if not (before | after).all() or before.all():
            continue
        # half of what is free beyond the margin goes to each part
        gap = int(spans[after, 0].min()) - 1 - end - margin
        last = end + gap // 2
        early, late = (1, last), (last + margin + 1, num_frames)
        both = np.stack([count(before), count(after)])
        cuts += [Cut(video, early, late, both), Cut(video, late, early, both[::-1])]
    return cuts


def choose_cuts(
    cuts: Sequence[Cut], num_videos: int, ratio: float, class_names: Sequence[str]
) -> list[Cut]:
    """Choose one cut per video, so that each class is in both parts.

    An integer program: the sum over the classes and over the frames of the distance
    between the training share and the ratio is smallest (within 2 %).

    Args:
        cuts: Of all videos.
        num_videos: Number of videos.
        ratio: Wanted share of the training part.
        class_names: ``(K,)`` names, for the error.

    Returns:
        A cut per video.

    Raises:
        ValueError: No choice has each class in both parts.
    """
    counts = np.stack([cut.counts for cut in cuts]).astype(float)  # (C, 2, K)
    owner = np.array([cut.video for cut in cuts])
    total = counts[np.unique(owner, return_index=True)[1]].sum((0, 1))

    def named(labels: NDArray[np.int64]) -> str:
        return ", ".join(f"{class_names[k]!r}" for k in labels.tolist())

    lonely = np.flatnonzero(total == 1)
    if len(lonely):
        raise ValueError(
            "these classes have one clip only and cannot be in both parts: "
            f"{named(lonely)}. Label more of them, or cut through them: --by time"
        )
    used = np.flatnonzero(total)
    counts, total = counts[:, :, used], total[used]
    lengths = np.array([_length(cut.train) for cut in cuts])
    footage = sum(lengths[owner == video].max() for video in np.unique(owner))
    shares = np.column_stack([counts[:, 0] / total, lengths / footage])
    one_each = owner == np.arange(num_videos)[:, None]
    chosen = _closest_choice(one_each, counts, shares, ratio)
    if chosen is None:
        rare = used[np.argsort(total)][:3]
        raise ValueError(
            "no cut of the videos has each class in both parts; the rarest are "
            f"{named(rare)}. Label more clips of them, or try --by video or time"
        )
    return sorted((cuts[i] for i in chosen.tolist()), key=lambda cut: cut.video)


def _closest_choice(
    one_each: NDArray[np.bool_],
    counts: NDArray[np.float64],
    shares: NDArray[np.float64],
    ratio: float,
) -> NDArray[np.int64] | None:
    """Solve the integer program: C choices of a cut, D distances from the ratio.

    One cut ``(V, C)`` of each video; clips ``(C, 2, K)`` of each class in both parts;
    the sum of each of the shares ``(C, D)`` is near the ratio. None: no solution.
    """
    size, distances = shares.shape
    each = np.eye(distances)
    choices = np.concatenate([one_each, *counts.transpose(1, 2, 0)])
    most = np.where(np.arange(len(choices)) < len(one_each), 1, np.inf)
    free = np.zeros((len(choices), distances))
    is_choice = np.append(np.ones(size), np.zeros(distances))
    result = milp(
        1 - is_choice,
        constraints=[
            LinearConstraint(np.column_stack([choices, free]), 1, most),
            LinearConstraint(np.column_stack([shares.T, each]), ratio),
            LinearConstraint(np.column_stack([shares.T, -each]), -np.inf, ratio),
        ],
        integrality=is_choice,
        bounds=(0, np.where(is_choice, 1, np.inf)),
        options={"mip_rel_gap": 0.02, "node_limit": 20_000},
    )
    return None if result.x is None else np.flatnonzero(result.x[:size] > 0.5)


def _length(frames: tuple[int, int] | None) -> int:
    return frames[1] - frames[0] + 1 if frames else 0
