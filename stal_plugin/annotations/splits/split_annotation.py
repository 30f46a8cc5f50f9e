"""Give an annotation a training and a test split."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation, VideoInfo, splits_of
from stal_plugin.annotations.splits.clip_cuts import choose_cuts, possible_cuts
from stal_plugin.annotations.splits.split_units import split_units


def split_in_time(annotation: Annotation, ratio: float, margin: int) -> Annotation:
    """Train on the first part of each video, test on the last one.

    For footage where each class is in one long take only. The two parts show the same
    people at the same action: the test says less about other footage than with whole
    videos.

    Args:
        annotation: Rows sorted by video and frame.
        ratio: Share of a video's boxes in the training part; of its frames, if it has
            no box.
        margin: Frames between the parts that belong to neither.

    Returns:
        The annotation with new splits ``train`` and ``test``. A video too short for
        both trains.

    Raises:
        ValueError: A class is in one part only; names it.
    """
    frames = annotation.rows.frames
    videos = {
        video: replace(info, split=_cut(info, frames[rows], ratio, margin))
        for (video, rows), info in zip(
            annotation.video_slices().items(), annotation.videos.values(), strict=True
        )
    }
    result = replace(annotation, videos=videos)
    _check_classes(result)
    return result


def _cut(
    info: VideoInfo, frames: np.ndarray, ratio: float, margin: int
) -> str | dict[str, tuple[int, int]]:
    last = round(ratio * info.num_frames)
    if len(frames):
        last = int(frames[min(round(ratio * len(frames)), len(frames) - 1)]) - 1
    last -= margin // 2
    if last < 1 or last + margin >= info.num_frames:
        return "train"
    return {"train": (1, last), "test": (last + margin + 1, info.num_frames)}


def _check_classes(annotation: Annotation) -> None:
    parts = splits_of(annotation.videos)
    labels, missing = annotation.rows.labels, []
    for part in ("train", "test"):
        rows = annotation.in_split(part) if part in parts else labels < 0
        shown = set(labels[rows].tolist())
        missing += [
            f"{name!r} ({part})"
            for k, name in enumerate(annotation.classes)
            if k not in shown and (labels == k).any()
        ]
    if missing:
        raise ValueError(
            f"cut in time, these classes have no box in a part: {', '.join(missing)}. "
            "Use a smaller --margin, another --ratio, or --by clip; or label more of "
            "them"
        )


SPLIT_BY = ("video", "source", "clip", "time")


def split_annotation(
    annotation: Annotation, by: str, ratio: float, seed: int = 0, margin: int = 16
) -> Annotation:
    """Split so that each class is in both parts.

    Args:
        annotation: Rows sorted by video and frame.
        by: ``'video'``: whole videos; ``'source'``: all videos of a source together;
            ``'clip'``: a video may be cut in two where no one acts; ``'time'``: each
            video is cut in two, see :func:`split_in_time`.
        ratio: Wanted share of the training part.
        seed: Decides between equally good choices (video and source).
        margin: Frames between the two parts of a video that belong to neither (clip,
            time).

    Returns:
        The annotation with new splits ``train`` and ``test``.

    Raises:
        ValueError: A class cannot be in both parts; names it.
    """
    if by not in SPLIT_BY:
        raise ValueError(f"by={by!r} is not one of {SPLIT_BY}")
    if by == "time":
        return split_in_time(annotation, ratio, margin)
    videos, spans, labels = clips_of(annotation)
    if by == "clip":
        return _by_clip(annotation, videos, spans, labels, (ratio, margin))
    infos = list(annotation.videos.values())
    names = list(annotation.videos) if by == "video" else [i.source for i in infos]
    units, unit = np.unique(np.array(names, dtype=str), return_inverse=True)
    counts = np.zeros((len(units), len(annotation.classes)), np.int64)
    np.add.at(counts, (unit[videos], labels), 1)
    sizes = np.bincount(unit, [i.num_frames for i in infos]).astype(np.int64)
    used = np.flatnonzero(counts.sum(0))
    try:
        train = split_units(
            counts[:, used], sizes, ratio, seed, [annotation.classes[k] for k in used]
        )
    except ValueError as error:
        finer = {"source": "--by video, clip or time", "video": "--by clip or time"}
        raise ValueError(
            f"{error}. Use a finer split ({finer[by]}), or label more of them"
        ) from None
    parts = np.where(train, "train", "test")[unit]
    split = {
        video: replace(info, split=str(part))
        for (video, info), part in zip(annotation.videos.items(), parts, strict=True)
    }
    return replace(annotation, videos=split)


def clips_of(
    annotation: Annotation,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Clips: stretches of one action of one person, without a gap of a second.

    Boxes of unknown persons count as one person.

    Args:
        annotation: The annotation.

    Returns:
        Place of the video ``(M,)``, first and last frame ``(M, 2)`` and class from 0
        ``(M,)`` of each clip.
    """
    rows, video = annotation.rows, annotation.video_index()
    order = np.lexsort((rows.frames, rows.person_ids, rows.labels, video))
    keys = np.stack([video, rows.labels, rows.person_ids], 1)[order]
    frames = rows.frames[order]
    fps = np.array([info.fps for info in annotation.videos.values()])
    if not len(frames):
        return np.zeros(0, np.int64), np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    new = np.ones(len(frames), bool)
    new[1:] = (keys[1:] != keys[:-1]).any(1)
    new[1:] |= np.diff(frames) > fps[keys[1:, 0]]
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(frames)) - 1
    spans = np.stack([frames[starts], frames[ends]], axis=1)
    return keys[starts, 0], spans, keys[starts, 1]


def _by_clip(
    annotation: Annotation,
    videos: NDArray,
    spans: NDArray,
    labels: NDArray,
    rule: tuple[float, int],
) -> Annotation:
    ratio, margin = rule
    infos = list(annotation.videos.items())
    cuts = []
    for v, (_, info) in enumerate(infos):
        own = videos == v
        cuts += possible_cuts(
            v, info.num_frames, spans[own], labels[own], len(annotation.classes), margin
        )
    split = {}
    for (video, info), cut in zip(
        infos, choose_cuts(cuts, len(infos), ratio, annotation.classes), strict=True
    ):
        parts = {"train": cut.train, "test": cut.test}
        ranges = {name: frames for name, frames in parts.items() if frames}
        whole = len(ranges) == 1
        split[video] = replace(info, split=next(iter(ranges)) if whole else ranges)
    return replace(annotation, videos=split)
