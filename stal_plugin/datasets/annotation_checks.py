"""Checks of an annotation against the configuration and the footage."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from numpy.typing import NDArray

from stal_plugin.annotations import VideoInfo
from stal_plugin.annotations.annotation import splits_of
from stal_plugin.datasets.keyframe_index import KeyframeIndex
from stal_plugin.structures.box_table import BoxTable


def check_num_classes(
    ann_file: str, classes: Sequence[str], num_classes: int | None
) -> None:
    """Compare the model's number of classes with the annotation's.

    Args:
        ann_file: The annotation.
        classes: Its class names.
        num_classes: What the configuration says; None skips the check.

    Raises:
        ValueError: They differ.
    """
    if num_classes in (None, len(classes)):
        return
    raise ValueError(
        f"{Path(ann_file).with_suffix('.json')} has {len(classes)} classes, but the "
        f"configuration says num_classes={num_classes}. Set num_classes="
        f"{len(classes)} in the configuration, for the model's head and loss "
        "(model.bbox_head; of an actor detector model.head and model.loss_cls) as for "
        "the data sets (*_dataloader.dataset.num_classes): --cfg-options "
        f"num_classes={len(classes)} of tools/train.py and tools/test.py sets them all"
    )


def check_splits(
    ann_file: str, videos: Mapping[str, VideoInfo], splits: Sequence[str]
) -> None:
    """Check that each split has frames.

    Args:
        ann_file: The annotation.
        videos: Its videos.
        splits: Names of splits.

    Raises:
        ValueError: A split is unknown, or none is given.
    """
    known = splits_of(videos)
    unknown = [name for name in splits if name not in known]
    if unknown or not splits:
        raise ValueError(
            f"{Path(ann_file).with_suffix('.json')}: no video has frames of split "
            f"{unknown}; the splits of this annotation are {known}. Set the data "
            "set's `split` to one of them or to a list of them"
        )


def check_video_files(ann_file: str, videos: Sequence[tuple[str, str]]) -> set[str]:
    """Check that all videos are there, without opening them.

    Args:
        ann_file: The annotation.
        videos: Pairs of video id and file or folder.

    Returns:
        Those of the files that are folders.

    Raises:
        FileNotFoundError: Names the first missing videos.
    """
    folders, missing = set(), []
    for video_id, filename in videos:
        path = Path(filename)
        if path.is_dir():
            folders.add(filename)
        elif not path.is_file():
            missing.append(f"\n  {video_id}: {filename}")
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(videos)} videos of {ann_file} are missing:"
            f"{''.join(missing[:3])}{' ...' * (len(missing) > 3)}\nFiles are looked "
            "for relative to the annotation's folder: put them there, or write the "
            "annotation again with tools/data.py import or the converter that made "
            "it (tools/dataset_converters/)"
        )
    return folders


def warn_of_several_labels(ann_file: str, index: KeyframeIndex) -> None:
    """Warn where boxes have several labels, but single labels are asked for.

    Args:
        ann_file: The annotation.
        index: Key frames with one row per (box, label).
    """
    sample = np.repeat(np.arange(len(index)), index.num_boxes)
    table = BoxTable(sample, index.boxes, sample, person_ids=index.person_ids)
    group = table.groups()
    several = int((np.bincount(group, minlength=1) > 1).sum())
    if several:
        print_log(
            f"{ann_file}: {several} boxes have more than one label; each label "
            "becomes a box of its own. Set multilabel=True (data sets and head) to "
            "train one box with several labels",
            logger="current",
            level=logging.WARNING,
        )


def mirrored_permutation(
    classes: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> NDArray[np.int64]:
    """Labels after a horizontal flip.

    Args:
        classes: Class names.
        pairs: Pairs of names that swap; a class is in one pair at most.

    Returns:
        ``(K,)``: label k becomes ``result[k]``. It is its own inverse.
    """
    index = {name: k for k, name in enumerate(classes)}
    permutation = np.arange(len(classes))
    for left, right in pairs:
        permutation[index[left]], permutation[index[right]] = index[right], index[left]
    return permutation
