from pathlib import Path

import numpy as np
import pytest

from stal_plugin.datasets.actor_table import ActorTable, VariantRows, table_of


def _variant(scale: float = 1.0) -> VariantRows:
    """Person 7 is seen in two steps, person 3 in one; frame 3 has no step."""
    rows, box = VariantRows(), np.arange(4, dtype=np.float32)
    rows.add_step(7, np.array([1.0, 10]) * scale)
    rows.add(1, 7, box, 0.5, 1)
    rows.add_step(3, np.array([2.0, 20]) * scale)
    rows.add_step(7, np.array([3.0, 30]) * scale)
    rows.add(2, 3, box + 1, 0.25, 1)
    rows.add(2, 7, box + 2, 0.75, 2)
    rows.add(3, 7, box + 3, 1.0, 2)
    rows.add(3, 9, box, 1.0, 0)  # not looked at yet
    return rows


def test_steps_of_a_person_stand_one_after_the_other() -> None:
    table = table_of([_variant(), _variant(100.0)], (40, 60))
    assert table.vectors[:3].tolist() == [[1, 10], [3, 30], [2, 20]]
    assert table.vectors[3:].tolist() == [[100, 1000], [300, 3000], [200, 2000]]
    assert table.frames.tolist() == [1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
    assert table.shape.tolist() == [40, 60]


def test_rows_are_those_of_frame_and_variant_that_were_seen() -> None:
    table = table_of([_variant(), _variant(100.0)], (40, 60))
    rows = table.rows_of(2)
    assert table.persons[rows].tolist() == [3, 7]
    assert table.boxes[rows, 0].tolist() == [1, 2]
    assert table.persons[table.rows_of(3)].tolist() == [7]
    assert (table.variants[table.rows_of(2, 1)] == 1).all()
    assert len(table.rows_of(4)) == 0


def test_windows_end_with_the_newest_step_and_never_reach_another_person() -> None:
    table = table_of([_variant()], (40, 60))
    windows, counts = table.windows(table.rows_of(2), 3)
    assert counts.tolist() == [1, 2]
    assert windows.tolist() == [
        [[0, 0], [0, 0], [2, 20]],
        [[0, 0], [1, 10], [3, 30]],
    ]
    windows, counts = table.windows(table.rows_of(3), 1)
    assert windows.tolist() == [[[3, 30]]]
    assert table.windows(table.rows_of(9), 2)[0].shape == (0, 2, 2)


def test_file_gives_back_what_was_written_and_stays_on_the_disk(
    tmp_path: Path,
) -> None:
    table = table_of([_variant()], (40, 60))
    path = tmp_path / "deep" / "x.npz"
    table.write(path)
    back = ActorTable.read(path)
    assert isinstance(back.vectors, np.memmap)
    for name in vars(table):
        assert np.array_equal(getattr(table, name), getattr(back, name)), name
    assert sorted(p.name for p in path.parent.iterdir()) == ["x.npy", "x.npz"]


def test_a_video_without_people_is_a_table_too(tmp_path: Path) -> None:
    table = table_of([VariantRows()], (40, 60))
    table.write(tmp_path / "x.npz")
    back = ActorTable.read(tmp_path / "x.npz")
    assert len(back.rows_of(1)) == 0
    assert back.windows(back.rows_of(1), 4)[0].shape == (0, 4, 1)


@pytest.mark.parametrize("ending", [".npz", ".npy"])
def test_a_damaged_file_is_named(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "x.npz"
    table_of([_variant()], (40, 60)).write(path)
    file = path.with_suffix(ending)
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ValueError, match=r"x\.npz' are damaged"):
        ActorTable.read(path)
