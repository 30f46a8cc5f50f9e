from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import Annotation, VideoInfo, write_annotation
from stal_plugin.models.losses import sample_counts
from stal_plugin.models.losses.sample_counts import read_sample_counts, warn_if_uniform


@pytest.fixture
def ann_file(tmp_path: Path) -> Path:
    """Two classes: class 1 has 3 boxes in 2 frames of 1 person and 1 other."""
    video = VideoInfo("a.mp4", 25.0, 100, 50, 9, "a", "train")
    other = VideoInfo("b.mp4", 25.0, 100, 50, 9, "b", "test")
    boxes = np.tile([0.1, 0.1, 0.5, 0.5], (5, 1))
    annotation = Annotation(
        classes=["wave", "bow"],
        videos={"a": video, "b": other},
        video_ids=np.array(["a", "a", "a", "a", "b"], dtype=object),
        frames=np.array([1, 1, 2, 3, 1]),
        boxes=boxes + np.array([0, 0.1, 0, 0, 0])[:, None],
        action_ids=np.array([1, 1, 1, 2, 2]),
        person_ids=np.array([1, 2, 1, 1, 1]),
    )
    path = tmp_path / "annotations.csv"
    write_annotation(annotation, path)
    return path


@pytest.mark.parametrize(
    ("unit", "counts"), [("frames", [2, 1]), ("clips", [2, 1]), ("boxes", [3, 1])]
)
def test_counts_of_an_annotation(ann_file: Path, unit: str, counts: list[int]) -> None:
    source = {"ann_file": str(ann_file), "unit": unit}
    assert read_sample_counts(source, 2, 0.9).tolist() == counts


def test_split_and_missing_classes(ann_file: Path) -> None:
    source = {"ann_file": str(ann_file), "split": "test"}
    assert read_sample_counts(source, 2, 0.9).tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"annotations.csv has 2 classes.*is 3"):
        read_sample_counts(source, 3, 0.9)


def test_lists_and_nothing() -> None:
    assert read_sample_counts([5, 6], 2, 0.9).tolist() == [5, 6]
    assert read_sample_counts(None, 2, 0.0).tolist() == [1, 1]
    with pytest.raises(ValueError, match="needs samples_per_class"):
        read_sample_counts(None, 2, 0.9)
    with pytest.raises(ValueError, match="samples_per_class has 3 classes"):
        read_sample_counts([1, 2, 3], 2, 0.9)
    with pytest.raises(ValueError, match="no sample of any class"):
        read_sample_counts([0, 0], 2, 0.9)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent.csv"):
        read_sample_counts({"ann_file": str(tmp_path / "absent.csv")}, 2, 0.9)


@pytest.mark.parametrize(
    ("weights", "beta", "warned"),
    [
        ([1.0, 1.0099], 0.7, True),
        ([1.0, 1.0101], 0.7, False),
        ([1.0, 1.0], 0.0, False),
        ([1.0], 0.7, False),
    ],
)
def test_warning(
    weights: list[float], beta: float, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []
    monkeypatch.setattr(
        sample_counts, "print_log", lambda text, **_: messages.append(text)
    )
    warn_if_uniform(np.array(weights), beta, "paper")
    assert len(messages) == warned
    assert all("0.999" in text and "inverse" in text for text in messages)
