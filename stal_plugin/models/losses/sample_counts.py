"""Where the number of samples per class comes from."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.logging import print_log
from numpy.typing import NDArray

#: A list of counts, or the place to read them from.
SampleCounts = Sequence[float] | Mapping[str, Any]


def read_sample_counts(
    samples_per_class: SampleCounts | None, num_classes: int, beta: float
) -> NDArray[np.float64]:
    """Return the samples of each class, ``(K,)``.

    Args:
        samples_per_class: K counts; or ``ann_file``, ``split`` and ``unit`` of
            :func:`stal_plugin.annotations.statistics.class_counts`; or None.
        num_classes: K.
        beta: Of the effective number: with 0 the counts do not matter.

    Returns:
        The counts; ones if there are none and ``beta`` is 0.

    Raises:
        ValueError: If there are no counts, or not K.
        FileNotFoundError: If the annotation file does not exist.
    """
    if samples_per_class is None:
        if beta == 0:
            return np.ones(num_classes)
        raise ValueError(
            f"ENFLoss with beta={beta} needs samples_per_class: a list of "
            f"{num_classes} counts or dict(ann_file=..., split='train', "
            "unit='frames'). Use beta=0 for the plain focal loss."
        )
    if isinstance(samples_per_class, Mapping):
        source = str(samples_per_class.get("ann_file"))
        counts = _counts_from_annotation(**samples_per_class)
    else:
        source = "samples_per_class"
        counts = np.asarray(samples_per_class, dtype=np.float64)
    if counts.shape != (num_classes,):
        raise ValueError(
            f"{source} has {counts.size} classes, but num_classes is {num_classes}. "
            "Set num_classes to the number of classes of the training annotation, "
            "without background."
        )
    if not counts.any():
        raise ValueError(f"{source} has no sample of any class; name another split")
    return counts.astype(np.float64)


def _counts_from_annotation(
    ann_file: str, split: str = "train", unit: str = "frames"
) -> NDArray[np.int64]:
    # Imported late: a loss with given counts needs no dataset code.
    from stal_plugin.annotations import read_annotation
    from stal_plugin.annotations.statistics import class_counts

    return class_counts(read_annotation(ann_file), split=split, unit=unit)


def warn_if_uniform(weights: NDArray[np.float64], beta: float, form: str) -> None:
    """Log a warning if weights that should balance differ by less than 1 %.

    Args:
        weights: Of the classes with samples.
        beta: Of the effective number; 0 asks for uniform weights.
        form: 'paper' or 'inverse'.
    """
    ratio = weights.max() / weights.min()
    if beta == 0 or len(weights) < 2 or ratio >= 1.01:
        return
    print_log(
        f"ENFLoss(beta={beta}, form='{form}') does not balance the classes: the "
        f"largest weight is {ratio:.4f} times the smallest, all are about "
        f"{weights.mean():.4g}. To weight rare classes up, set form='inverse', "
        "beta=0.999 or 0.9999, and normalize='instance'.",
        logger="current",
        level=logging.WARNING,
    )
