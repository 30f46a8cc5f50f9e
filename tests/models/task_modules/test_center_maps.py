import torch

from stal_plugin.models.task_modules.center_maps import (
    CenterMaps,
    at_cells,
    change_maps,
)


def test_values_come_from_row_and_column_of_the_cell() -> None:
    feature = torch.arange(2 * 3 * 4 * 5.0).view(2, 3, 4, 5)
    cells = torch.tensor([[0, 7], [19, 5]])
    values = at_cells(feature, cells)
    assert values.shape == (2, 2, 3)
    assert torch.equal(values[0, 1], feature[0, :, 1, 2])
    assert torch.equal(values[1, 0], feature[1, :, 3, 4])


def test_absent_maps_stay_absent() -> None:
    maps = CenterMaps(*(torch.full((1, 2, 3, 3), float(n)) for n in range(3)))
    doubled = change_maps(maps, lambda m: 2 * m)
    assert [int(m[0, 0, 0, 0]) for m in doubled[:3]] == [0, 2, 4]
    assert doubled[3:] == (None, None, None)
