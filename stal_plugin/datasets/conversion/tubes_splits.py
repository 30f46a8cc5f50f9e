"""Splits of videos with tubes."""

from collections.abc import Sequence
from pathlib import Path

from stal_plugin.datasets.formats.tubes_pickle import TubesPickle

Split = str | dict[str, tuple[int, int]]


def official_splits(
    tubes: TubesPickle, number: int, unseen: Sequence[str] = ()
) -> dict[str, Split]:
    """Splits as in an official split of the data set.

    Args:
        tubes: The ground truth.
        number: The official split, from 1.
        unseen: Videos that get split ``'unseen'``.

    Returns:
        ``'train'``, ``'test'`` or ``'unseen'`` per video; a video in no list gets
        ``'unused'``.

    Raises:
        ValueError: There is no such split or no such video.
    """
    known = min(len(tubes.train_videos), len(tubes.test_videos))
    if not 1 <= number <= known:
        raise ValueError(f"split {number} is not in 1..{known}")
    splits: dict[str, Split] = dict.fromkeys(tubes.tubes, "unused")
    parts = (("train", tubes.train_videos), ("test", tubes.test_videos))
    for name, lists in parts:
        splits.update({v: name for v in lists[number - 1] if v in splits})
    return {**splits, **dict.fromkeys(_unseen(tubes, unseen), "unseen")}


def within_video_splits(
    tubes: TubesPickle, lengths: dict[str, int], ratio: float, unseen: Sequence[str]
) -> dict[str, Split]:
    """Train on the beginning of each video, test on the rest.

    Args:
        tubes: The ground truth.
        lengths: Frames of each video.
        ratio: Share of the frames to train on.
        unseen: Videos that get split ``'unseen'`` as a whole.

    Returns:
        Ranges of 1-based key frames per video. The clips of the first test frames
        reach back into training frames.

    Raises:
        ValueError: The ratio is out of range, a video is too short or unknown.
    """
    if not 0 < ratio < 1:
        raise ValueError(f"--within-video-ratio is {ratio}, must lie between 0 and 1")
    splits: dict[str, Split] = {}
    for video in tubes.tubes:
        count = lengths[video]
        if count < 2:
            raise ValueError(f"{video} has {count} frame(s) and cannot be split")
        share = int(count * ratio + 1e-9)  # 0.7 * 180 is a little less than 126
        last = min(max(share, 1), count - 1)
        splits[video] = {"train": (1, last), "test": (last + 1, count)}
    return {**splits, **dict.fromkeys(_unseen(tubes, unseen), "unseen")}


def _unseen(tubes: TubesPickle, names: Sequence[str]) -> list[str]:
    videos = {Path(video).name: video for video in tubes.tubes}
    videos.update({video: video for video in tubes.tubes})
    unknown = [name for name in names if name not in videos]
    if unknown:
        raise ValueError(f"--unseen {unknown}: there are {sorted(tubes.tubes)[:10]}")
    return [videos[name] for name in names]
