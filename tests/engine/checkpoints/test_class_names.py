from pathlib import Path

import pytest

from stal_plugin.engine.checkpoints.class_names import (
    read_class_names,
    with_class_names,
)
from stal_plugin.engine.checkpoints.conversion import Conversion
from stal_plugin.engine.checkpoints.fitting import Fit


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"run\njump\n", "has 2 names for 3 classes"),
        (b"run\n\njump\n", "line 2 is empty, but must name a class"),
        (b"run\njump\nrun", "lines 1 and 3 are both 'run'"),
        (b"\xff\xfe\x00", "is no text in UTF-8"),
        (b"run\n" * 10_000, "is too large for the names of 3 classes"),
    ],
)
def test_wrong_files(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_class_names(path, 3)


def test_names_keep_their_spelling(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("\ufeffarm wrestling\r\ntaï chi \r\n\r\n", encoding="utf-8")
    assert read_class_names(path, 2) == ("arm wrestling", "taï chi")
    with pytest.raises(FileNotFoundError, match="class names 'none' does not exist"):
        read_class_names("none", 2)


def test_weights_without_a_classifier_take_no_names(tmp_path: Path) -> None:
    conversion = Conversion(Fit({}, {}, ()), {}, ())
    with pytest.raises(ValueError, match="--labels: these weights come without"):
        with_class_names(conversion, tmp_path / "labels.txt")
