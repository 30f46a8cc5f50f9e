"""Keep the classes that have enough clips."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.importers.agot_clips import LabelledClip
from stal_plugin.annotations.statistics import class_counts
from stal_plugin.files.atomic_file import atomic_file


@dataclass(frozen=True)
class ClassSelection:
    """Classes that are kept and dropped.

    Args:
        clips: Number of clips of every label, most first, those without one included.
        kept: Labels with enough clips, most clips first.
    """

    clips: dict[str, int]
    kept: list[str]

    @property
    def dropped(self) -> dict[str, int]:
        """Number of clips of the labels that are dropped."""
        return {k: n for k, n in self.clips.items() if k not in self.kept}


def select_classes(
    labels: Sequence[str], clips: Sequence[LabelledClip], min_clips: int
) -> ClassSelection:
    """Rank the labels by their number of clips and drop the rare ones.

    The paper's rule: of 45 labels, 24 have at least 10 clips (arXiv:2012.08097,
    section 7.1, Table 1).

    Args:
        labels: All labels.
        clips: All clips.
        min_clips: Fewest clips of a class that is kept.

    Returns:
        The selection; equal numbers of clips keep the order of ``labels``.

    Raises:
        ValueError: No label has enough clips.
    """
    number = Counter(clip.label for clip in clips)
    ranked = sorted(labels, key=lambda label: -number[label])
    kept = [label for label in ranked if number[label] >= max(min_clips, 1)]
    if not kept:
        most = f"{ranked[0]!r} has {number[ranked[0]]}" if ranked else "no labels"
        raise ValueError(f"no label has {min_clips} clips ({most}); lower --min-clips")
    return ClassSelection({label: number[label] for label in ranked}, kept)


COLUMNS = (
    "Index",
    "Action",
    "Clips",
    "Frames",
    "Train clips",
    "Train frames",
    "Test clips",
    "Test frames",
)


def class_table(annotation: Annotation) -> list[tuple[int | str, ...]]:
    """Clips and frames of each class, as in Table 1, with both parts.

    Args:
        annotation: An annotation with splits ``train`` and ``test``.

    Returns:
        One row per class in the order of ``COLUMNS``. A frame counts once per class.
    """
    count = {
        (split, unit): class_counts(annotation, split, unit)
        for split in ("train", "test")
        for unit in ("clips", "frames")
    }
    total = [count["train", unit] + count["test", unit] for unit in ("clips", "frames")]
    numbers = np.stack([*total, *count.values()], axis=1).tolist()
    return [
        (i + 1, label, *row)
        for i, (label, row) in enumerate(zip(annotation.classes, numbers, strict=True))
    ]


def save_table(rows: list[tuple[int | str, ...]], path: Path) -> None:
    """Write the table as csv.

    Args:
        rows: From ``class_table``.
        path: The csv file.
    """
    with (
        atomic_file(path) as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
