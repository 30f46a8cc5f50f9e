from collections.abc import Callable

import pytest

from stal_plugin.annotations.importers.agot_clips import LabelledClip
from stal_plugin.annotations.importers.classes import select_classes


def test_ranked_by_clips_ties_in_order(make_clip: Callable[..., LabelledClip]) -> None:
    labels = ["none", "two", "five", "also two", "one"]
    numbers = {"two": 2, "five": 5, "also two": 2, "one": 1}
    clips = [make_clip(name, 0, 5) for name, n in numbers.items() for _ in range(n)]
    selection = select_classes(labels, clips, 2)
    assert selection.kept == ["five", "two", "also two"]
    assert list(selection.clips.items()) == [
        ("five", 5),
        ("two", 2),
        ("also two", 2),
        ("one", 1),
        ("none", 0),
    ]
    assert selection.dropped == {"one": 1, "none": 0}
    assert select_classes(labels, clips, 0).kept[-1] == "one"  # never without a clip
    with pytest.raises(ValueError, match=r"no label has 6 clips .'five' has 5"):
        select_classes(labels, clips, 6)
    with pytest.raises(ValueError, match="no labels"):
        select_classes([], [], 1)
