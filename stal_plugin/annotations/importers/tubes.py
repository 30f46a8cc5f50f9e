"""Ground truth by tubes: J-HMDB's, UCF101-24's and MultiSports' pickles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation, VideoInfo
from stal_plugin.annotations.importers.box_geometry import normalize_boxes
from stal_plugin.annotations.importers.contradictions import is_other_length
from stal_plugin.annotations.importers.tubes_pickle import ActionTube, TubesPickle
from stal_plugin.annotations.importers.videos import Split, video_info
from stal_plugin.annotations.problems import raise_problems
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
        other_lengths: Videos whose length is a little off what the pickle says.
        skipped_boxes: Boxes on frames that videos of every n-th frame do not have.
        unused: Videos that are in no split.
    """

    clipped_boxes: int = 0
    skipped_boxes: int = 0
    other_lengths: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """Say it in words."""
        counts = {
            "videos are in no split ('unused')": len(self.unused),
            "boxes on frames that the videos lack (--step)": self.skipped_boxes,
            "boxes clipped at the image's border": self.clipped_boxes,
        }
        notes = [f"length differs: {text}" for text in self.other_lengths]
        return notes + [f"{count} {text}" for text, count in counts.items() if count]


def annotation_of_tubes(
    tubes: TubesPickle,
    videos: dict[str, tuple[Path, VideoProbe]],
    splits: dict[str, Split],
    root: Path,
    present_classes: bool = False,
    inclusive: bool = True,
    step: int | None = None,
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
        step: The videos have frames 1, 1 + step, 1 + 2 * step, ... of those that the
            pickle numbers; boxes on others are left out and counted. 1 takes the
            numbers as they are. None: every frame, and the lengths tell.

    Returns:
        The annotation and a report.

    Raises:
        ValueError: Lengths are others than the pickle says, see ``is_other_length``; a
            tube goes beyond the end of its video, or a box beyond the image.
    """
    report = TubesReport()
    lengths = {video: probe.num_frames for video, (_, probe) in videos.items()}
    _check_lengths(tubes, lengths, step)
    tubes = _on_every(tubes, step or 1, report)
    labels = {tube.label for own in tubes.tubes.values() for tube in own}
    used = [k for k in range(len(tubes.labels)) if k in labels or not present_classes]
    infos: dict[str, VideoInfo] = {}
    parts: list[BoxTable] = []
    for video, own in tubes.tubes.items():
        path, probe = videos[video]
        _compare(video, probe, tubes.num_frames[video], splits[video], report)
        infos[video] = video_info(video, path, root, probe, splits[video])
        for person, tube in enumerate(own):
            count, facts = len(tube.frames), (video, tube, tubes, probe.num_frames)
            part = BoxTable(
                frames=tube.frames,
                boxes=_boxes(*facts, inclusive, report),
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


def _check_lengths(
    tubes: TubesPickle, lengths: Mapping[str, int], step: int | None
) -> None:
    """Refuse videos that are not those of the pickle; ``step`` 1 takes any."""
    if step == 1:
        return
    told = {video: -(-tubes.num_frames[video] // (step or 1)) for video in tubes.tubes}
    problems = [
        f"{video}: the pickle counts {tubes.num_frames[video]} frames"
        f"{f', {told[video]} with --step {step}' if step else ''}, the video "
        f"{lengths[video]}{_likely_step(tubes.num_frames[video], lengths[video])}"
        for video in tubes.tubes
        if is_other_length(told[video], lengths[video])
    ]
    raise_problems(
        "Lengths",
        problems,
        "Are these the videos that were annotated? --step 2 if they have every second "
        "frame only, --step 1 takes the numbers of the pickle as their frames.",
    )


def _likely_step(told: int, own: int) -> str:
    step = round(told / max(own, 1))
    fits = step > 1 and not is_other_length(-(-told // step), own)
    return f" (every {step} frames one? --step {step})" if fits else ""


def _on_every(tubes: TubesPickle, step: int, report: TubesReport) -> TubesPickle:
    """Leave out boxes between every step-th frame; counts them."""
    if step == 1:
        return tubes
    own: dict[str, list[ActionTube]] = {}
    for video, all_tubes in tubes.tubes.items():
        own[video] = []
        for tube in all_tubes:
            there = (tube.frames - 1) % step == 0
            report.skipped_boxes += int((~there).sum())
            frames = (tube.frames[there] - 1) // step + 1
            own[video].append(ActionTube(tube.label, frames, tube.boxes[there]))
    counts = {video: -(-count // step) for video, count in tubes.num_frames.items()}
    return replace(tubes, tubes=own, num_frames=counts)


def _boxes(
    video: str,
    tube: ActionTube,
    tubes: TubesPickle,
    length: int,
    inclusive: bool,
    report: TubesReport,
) -> NDArray[np.float64]:
    if tube.frames[-1:] > length:
        raise ValueError(
            f"{video}: a tube has frame {tube.frames[-1]}, but the video has {length}"
        )
    height, width = tubes.resolution[video]
    boxes, clipped = normalize_boxes(
        tube.boxes + _LAST_PIXEL * inclusive,
        (width, height),
        _TOLERANCE,
        lambda i: f"{video}, frame {tube.frames[i]}",
    )
    report.clipped_boxes += clipped
    return boxes
