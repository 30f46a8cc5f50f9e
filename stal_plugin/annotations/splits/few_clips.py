"""Fewer training videos: so many of each class, drawn at random."""

from dataclasses import replace

import numpy as np

from stal_plugin.annotations.annotation import Annotation

#: Split of training videos that were not drawn.
UNUSED = "unused"


def draw_few_clips(annotation: Annotation, clips: int, seed: int) -> Annotation:
    """Keep so many training videos of each class, and set the others aside.

    A video of several classes counts for each of them, so that a class may have more
    than it was drawn for; one with fewer videos keeps all that it has.

    Args:
        annotation: Of videos that belong to one split each.
        clips: Training videos of each class.
        seed: The same seed draws the same videos; with more clips it draws these and
            others, so that a curve does not jump between two drawings.

    Returns:
        The annotation with the other training videos in the split ``'unused'``.

    Raises:
        ValueError: ``clips`` is below 1, no video is in the split ``'train'``, or a
            video is divided between splits.
    """
    if clips < 1:
        raise ValueError(f"clips={clips} must be at least 1")
    divided = [n for n, v in annotation.videos.items() if not isinstance(v.split, str)]
    if divided:
        raise ValueError(
            f"video {divided[0]!r} is divided between splits, but whole videos are "
            "drawn: divide the set by videos (tools/data.py split)"
        )
    train = [name for name, v in annotation.videos.items() if v.split == "train"]
    if not train:
        raise ValueError("no video is in split 'train': run tools/data.py split first")
    ids, labels = annotation.rows.video_ids, annotation.rows.labels
    shown = {name: set(labels[ids == name].tolist()) for name in train}
    order = np.random.default_rng(seed).permutation(sorted(train)).tolist()
    kept: set[str] = set()
    for label in range(len(annotation.classes)):
        own = [name for name in order if label in shown[name]]
        kept.update(own[:clips])
    videos = {
        name: video
        if video.split != "train" or name in kept
        else replace(video, split=UNUSED)
        for name, video in annotation.videos.items()
    }
    return replace(annotation, videos=videos)
