"""Ground truth by tubes: J-HMDB's, UCF101-24's and MultiSports' pickles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation, VideoInfo
from stal_plugin.annotations.importers.box_geometry import normalize_boxes
from stal_plugin.annotations.importers.tubes_pickle import ActionTube, TubesPickle
from stal_plugin.annotations.importers.videos import Split, video_info
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import VideoProbe


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


_TOLERANCE = 4.0  # pixels

_LAST_PIXEL = np.array([0, 0, 1, 1])  # from the last pixel inside to the edge


@dataclass
class TubesReport:
    """What the user should know.

    Args:
        clipped_boxes: Boxes that stuck out of the image a little.
        other_lengths: Videos whose length is not what the pickle says.
        unused: Videos that are in no split.
    """

    clipped_boxes: int = 0
    other_lengths: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def annotation_of_tubes(
    tubes: TubesPickle,
    videos: dict[str, tuple[Path, VideoProbe]],
    splits: dict[str, Split],
    root: Path,
    present_classes: bool = False,
    inclusive: bool = True,
) -> tuple[Annotation, TubesReport]:
    """Describe videos with tubes.

    With ``inclusive``, corners in the pickle are those of the first and the last pixel
    inside, counted from 0 (they equal the extent of J-HMDB's masks, and the published
    protocol adds 1 to widths). Thus a box covers ``x1 .. x2 + 1`` of the width.
    UCF101-24 reaches up to x2 = width, one pixel too far: such boxes are clipped and
    counted. Else corners are edges, as in MultiSports, whose evaluation has areas of
    (x2 - x1) (y2 - y1).

    Args:
        tubes: The ground truth.
        videos: Path and facts of each video.
        splits: Split of each video.
        root: Folder of the annotation; the videos may lie elsewhere.
        present_classes: Keep only the classes that have a tube.
        inclusive: Whether corners are pixels inside the box, else its edges.

    Returns:
        The annotation and a report.

    Raises:
        ValueError: A tube goes beyond the end of its video, or a box beyond the image.
    """
    report = TubesReport()
    labels = {tube.label for own in tubes.tubes.values() for tube in own}
    used = [k for k in range(len(tubes.labels)) if k in labels or not present_classes]
    infos: dict[str, VideoInfo] = {}
    parts: list[BoxTable] = []
    for video, own in tubes.tubes.items():
        path, probe = videos[video]
        _compare(video, probe, tubes.num_frames[video], splits[video], report)
        infos[video] = video_info(video, path, root, probe, splits[video])
        for person, tube in enumerate(own):
            count = len(tube.frames)
            part = BoxTable(
                frames=tube.frames,
                boxes=_boxes(
                    *(video, tube, tubes, probe.num_frames, report),
                    _LAST_PIXEL if inclusive else 0 * _LAST_PIXEL,
                ),
                labels=np.full(count, used.index(tube.label)),
                video_ids=np.full(count, video, dtype=object),
                person_ids=np.full(count, person),
            )
            parts.append(part)
    classes = [tubes.labels[k] for k in used]
    return Annotation(classes, infos, rows=BoxTable.concat(parts)), report


def _compare(
    video: str, probe: VideoProbe, expected: int, split: Split, report: TubesReport
) -> None:
    if probe.num_frames != expected:
        report.other_lengths.append(
            f"{video}: {probe.num_frames} frames, the pickle says {expected}"
        )
    if split == "unused":
        report.unused.append(video)


def _boxes(
    video: str,
    tube: ActionTube,
    tubes: TubesPickle,
    length: int,
    report: TubesReport,
    to_edges: NDArray[np.int64],
) -> NDArray[np.float64]:
    if tube.frames[-1:] > length:
        raise ValueError(
            f"{video}: a tube has frame {tube.frames[-1]}, but the video has {length}"
        )
    height, width = tubes.resolution[video]
    boxes, clipped = normalize_boxes(
        tube.boxes + to_edges,
        (width, height),
        _TOLERANCE,
        lambda i: f"{video}, frame {tube.frames[i]}",
    )
    report.clipped_boxes += clipped
    return boxes
