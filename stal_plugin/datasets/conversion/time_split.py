"""Cut each video in time, through its actions."""

from dataclasses import replace

import numpy as np

from stal_plugin.datasets.formats import Annotation, VideoInfo


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
    videos = {
        video: replace(info, split=_cut(info, annotation.frames[rows], ratio, margin))
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
    parts = {name for info in annotation.videos.values() for name in info.splits}
    missing = []
    for part in ("train", "test"):
        rows = annotation.in_split(part) if part in parts else annotation.frames < 0
        shown = set(annotation.action_ids[rows].tolist())
        missing += [
            f"{name!r} ({part})"
            for k, name in enumerate(annotation.classes, start=1)
            if k not in shown and (annotation.action_ids == k).any()
        ]
    if missing:
        raise ValueError(
            f"cut in time, these classes have no box in a part: {', '.join(missing)}. "
            "Use a smaller --margin, another --ratio, or --by clip; or label more of "
            "them"
        )
