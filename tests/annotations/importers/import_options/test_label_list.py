from pathlib import Path

import pytest

from stal_plugin.annotations.importers.import_options import read_label_list


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("walk\n\nrun\n", {1: "walk", 2: "run"}),
        ("3: run\n1: walk, slowly\n", {1: "walk, slowly", 3: "run"}),
        (
            'item {\n  name: "bend/bow (at the waist)"\n  id: 1\n}\n'
            "item {\n  id: 12\n  name: 'stand'\n}",
            {1: "bend/bow (at the waist)", 12: "stand"},
        ),
        (
            'label {\n  name: "sit"\n  label_id: 11\n  label_type: PERSON_MOVEMENT\n}',
            {11: "sit"},
        ),
    ],
)
def test_forms(tmp_path: Path, text: str, expected: dict) -> None:
    (tmp_path / "l.txt").write_text(text)
    assert read_label_list(tmp_path / "l.txt") == expected
    assert list(expected) == sorted(expected)


def test_faults(tmp_path: Path) -> None:
    path = tmp_path / "l.txt"
    for text in ("walk\nwalk\n", "1: a\n1: b\n"):
        path.write_text(text)
        with pytest.raises(ValueError, match="are there twice"):
            read_label_list(path)
    path.write_text("\n")
    with pytest.raises(ValueError, match="there is no name"):
        read_label_list(path)
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ValueError, match="no text in UTF-8"):
        read_label_list(path)
    with pytest.raises(FileNotFoundError, match="no list of labels"):
        read_label_list(tmp_path / "none")
