import pytest
import torch

from stal_plugin.models.losses.label_checks import check_labels


@pytest.mark.parametrize(
    ("columns", "labels", "use_sigmoid"),
    [(3, [0, 2], False), (4, [0, 3], False), (3, [0, 3], True), (3, [], True)],
)
def test_accepts(columns: int, labels: list[int], use_sigmoid: bool) -> None:
    target = torch.tensor(labels, dtype=torch.long)
    check_labels(torch.zeros(len(labels), columns), target, 3, use_sigmoid)


@pytest.mark.parametrize(
    ("columns", "labels", "use_sigmoid", "message"),
    [
        (
            5,
            [0, 1],
            False,
            r"takes \[3, 4\] logits per row, got pred of shape \(2, 5\)",
        ),
        (4, [0, 1], True, r"takes \[3\] logits per row"),
        (3, [0, 3], False, r"0 to 2, got \[0, 3\].*label 3; it needs sigmoid or 4"),
        (3, [-1, 0], True, r"0 to 3, got \[-1, 0\]"),
        (3, [0, 1, 2], True, r"shape \(2,\), got \(3,\)"),
    ],
)
def test_refuses(
    columns: int, labels: list[int], use_sigmoid: bool, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_labels(torch.zeros(2, columns), torch.tensor(labels), 3, use_sigmoid)


def test_refuses_dense_labels_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\), got \(2, 4\)"):
        check_labels(torch.zeros(2, 3), torch.zeros(2, 4), 3, True)
