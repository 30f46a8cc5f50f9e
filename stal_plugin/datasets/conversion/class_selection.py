"""Keep the classes that have enough clips."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from stal_plugin.datasets.conversion.labelled_clip import LabelledClip


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

    The paper's rule: of 45 labels, 24 have at least 10 clips (section 7.1, Table 1).

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
