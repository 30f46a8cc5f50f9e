from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.annotation_files import number_column

FILE = Path("a.csv")


def test_integers_and_numbers() -> None:
    frames = number_column(FILE, "frame", ["1", "20"], [2, 3], True, "fix it")
    assert frames.dtype == np.int64
    assert frames.tolist() == [1, 20]
    corners = number_column(FILE, "x1", ["0.25", "1e-3"], [2, 3], False, "fix it")
    assert corners.dtype == np.float64
    assert corners.tolist() == [0.25, 0.001]


@pytest.mark.parametrize("cell", ["x", "", "1.5", str(2**63)])
def test_each_wrong_cell_is_named_with_its_line(cell: str) -> None:
    with pytest.raises(ValueError, match=r"a\.csv") as error:
        number_column(FILE, "frame", ["7", cell], [4, 9], True, "mend the cell")
    assert f"line 9: frame {cell!r} is not an integer" in str(error.value)
    assert "line 4" not in str(error.value)
    assert "mend the cell" in str(error.value)
