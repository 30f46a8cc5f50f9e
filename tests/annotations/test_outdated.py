from pathlib import Path

import pytest

from stal_plugin.annotations import Annotation, read_annotation, write_annotation
from stal_plugin.annotations.outdated import (
    is_outdated,
    notes_of_outdated,
    set_outdated,
)


def test_out_of_use_until_the_new_one_is_there(
    tmp_path: Path, annotation: Annotation
) -> None:
    csv = tmp_path / "annotations.csv"
    write_annotation(annotation, csv)
    before = csv.read_bytes()
    assert notes_of_outdated(csv) == []
    set_outdated(csv)
    set_outdated(csv)  # the next video
    assert is_outdated(csv)
    assert (tmp_path / "annotations.csv.outdated").read_bytes() == before
    (note,) = notes_of_outdated(csv)
    assert note.startswith(f"{csv} is out of use: the command that makes this data")
    assert "(the annotation of before is annotations.csv.outdated)" in note
    with pytest.raises(FileNotFoundError) as caught:
        read_annotation(csv)
    assert str(caught.value) == f"{note}. Give it again."
    write_annotation(annotation, csv)
    assert not is_outdated(csv)
    assert csv.read_bytes() == before
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"annotations.csv", "annotations.json"}


def test_without_an_annotation_nothing_is_done(tmp_path: Path) -> None:
    set_outdated(tmp_path / "annotations.csv")
    assert not is_outdated(tmp_path / "annotations.csv")
    assert not list(tmp_path.iterdir())
