import pytest
import torch
from mmdet.models.task_modules import YOLOAnchorGenerator
from mmengine.config import ConfigDict
from mmengine.registry import MODELS as ROOT_MODELS
from torch import nn

from stal_plugin.models.task_modules import kmeans_anchor_generator
from stal_plugin.models.task_modules.kmeans_anchor_generator import (
    KMeansAnchorGenerator,
)

GIVEN = [[(10, 14), (23, 27)], [(37, 58), (81, 82)], [(135, 169), (344, 319)]]


def test_given_anchors_are_mmdet_s() -> None:
    ours = KMeansAnchorGenerator([32, 16, 8], base_sizes=GIVEN)
    theirs = YOLOAnchorGenerator([32, 16, 8], GIVEN)
    maps = [(2, 3), (4, 6), (8, 12)]
    assert ours.num_levels == theirs.num_levels
    assert ours.num_base_priors == theirs.num_base_priors
    assert ours.num_base_anchors == theirs.num_base_anchors
    assert ours.strides == theirs.strides
    assert ours.centers == theirs.centers
    assert ours.base_sizes == theirs.base_sizes
    for dtype in (torch.float32, torch.float64):
        pairs = zip(
            ours.grid_priors(maps, dtype=dtype, device="cpu"),
            theirs.grid_priors(maps, dtype=dtype, device="cpu"),
            strict=True,
        )
        for a, b in pairs:
            assert a.dtype == dtype
            assert torch.equal(a, b)
    index = torch.tensor([0, 5, 9])
    assert torch.equal(
        ours.sparse_priors(index, (4, 6), 1, device="cpu"),
        theirs.sparse_priors(index, (4, 6), 1, device="cpu"),
    )
    pairs = zip(
        ours.valid_flags(maps, (60, 90), "cpu"),
        theirs.valid_flags(maps, (60, 90), "cpu"),
        strict=True,
    )
    assert all(torch.equal(a, b) for a, b in pairs)


def test_base_anchors_by_hand() -> None:
    generator = KMeansAnchorGenerator([(8, 4)], base_sizes=[[(10, 20)]])
    assert generator.base_anchors[0].tolist() == [[-1, -8, 9, 12]]
    grid = generator.grid_priors([(2, 2)], device="cpu")[0]
    assert grid[3].tolist() == [7, -4, 17, 16]  # cell (1, 1): + (8, 4)


@pytest.mark.parametrize("strides", [[32, 16, 8], [8, 16, 32], [16, 32, 8]])
def test_largest_stride_gets_the_largest_anchors(strides: list[int]) -> None:
    sizes = [(float(s), float(s)) for s in (5, 60, 10, 50, 20, 40)]
    generator = KMeansAnchorGenerator(strides, num_anchors=2, sizes=sizes)
    by_stride = dict(zip(strides, generator.base_sizes, strict=True))
    assert by_stride == {
        8: [(5, 5), (10, 10)],
        16: [(20, 20), (40, 40)],
        32: [(50, 50), (60, 60)],
    }


class _Head(nn.Module):
    def __init__(self, **kwargs: object) -> None:
        super().__init__()
        self.prior_generator = KMeansAnchorGenerator([16], num_anchors=2, **kwargs)


def test_checkpoint_carries_the_anchors() -> None:
    """Also into a generator whose config asks for anchors that nobody computed."""
    trained = _Head(sizes=[(10, 12), (40, 44)])
    assert list(trained.state_dict()) == ["prior_generator.anchor_sizes"]
    head = _Head(ann_file="absent.csv", input_size=(112, 112))
    generator = head.prior_generator
    assert generator.num_base_priors == [2]
    head.load_state_dict({}, strict=False)
    for use in (
        lambda: generator.base_sizes,
        lambda: generator.grid_priors([(7, 7)], device="cpu"),
    ):
        with pytest.raises(ValueError, match=r"absent\.csv.*tools/train\.py.*anchors"):
            use()
    head.load_state_dict(trained.state_dict())
    assert generator.base_sizes == [[(10, 12), (40, 44)]]
    assert generator.base_anchors[0].tolist() == [[3, 2, 13, 14], [-12, -14, 28, 30]]


def test_computed_anchors_stand_beside_the_request() -> None:
    head = _Head(ann_file="absent.csv", base_sizes=[[(1, 2), (3, 4), (5, 6)]])
    assert head.prior_generator.base_sizes == [[(1, 2), (3, 4), (5, 6)]]


def test_loading_refreshes_known_anchors_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages: list[str] = []
    monkeypatch.setattr(
        kmeans_anchor_generator, "print_log", lambda text, **_: messages.append(text)
    )
    head = _Head(base_sizes=[[(1, 2), (3, 4)]])
    head.load_state_dict(head.state_dict())
    assert messages == []
    head.load_state_dict(_Head(base_sizes=[[(5, 6), (7, 8)]]).state_dict())
    assert head.prior_generator.base_sizes == [[(5, 6), (7, 8)]]
    assert head.prior_generator.base_anchors[0][1].tolist() == [4.5, 4, 11.5, 12]
    assert len(messages) == 1
    assert "[[[5.0, 6.0], [7.0, 8.0]]]" in messages[0]
    assert "[[[1.0, 2.0], [3.0, 4.0]]]" in messages[0]


def test_moves_and_casts_with_the_model() -> None:
    head = _Head(base_sizes=[[(10.3, 20.7), (30, 40)]])
    exact = head.prior_generator.anchor_sizes.clone()
    assert exact.dtype == torch.float32
    head.half()
    rounded = head.prior_generator.anchor_sizes
    torch.testing.assert_close(rounded.float(), exact, rtol=2**-11, atol=0)
    assert head.prior_generator.grid_priors([(1, 1)], device="cpu")[0].shape == (2, 4)
    head.double()
    assert head.prior_generator.base_anchors[0].dtype == torch.float64


def test_prints() -> None:
    text = repr(_Head(base_sizes=[[(10.123, 20), (30, 40)]]))
    assert "strides=[(16, 16)], anchor_sizes=[[[10.12, 20.0], [30.0, 40.0]]]" in text


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({}, "needs base_sizes"),
        ({"sizes": [(1, 2)], "ann_file": "a.csv"}, "one of base_sizes, sizes and ann"),
        ({"sizes": [(1, 2)], "base_sizes": [[(1, 2)]]}, "one of base_sizes, sizes"),
        ({"base_sizes": [[(1, 2)], [(1, 2)]]}, "each of the 1 strides"),
        ({"base_sizes": [[(1, -2)]]}, "must be positive"),
        ({"sizes": [(1, 2), (3, 4)]}, "cannot make 5 anchors from 2 distinct"),
    ],
)
def test_bad_arguments(kwargs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        KMeansAnchorGenerator([32], **kwargs)


def test_three_levels_in_mmdet_s_yolo_head() -> None:
    """The head decodes level i with the anchors that belong to its stride."""
    sizes = [(float(s), float(s)) for s in (10, 13, 30, 33, 90, 93)]
    head = ROOT_MODELS.build(
        {
            "type": "mmdet.YOLOV3Head",
            "num_classes": 2,
            "in_channels": [4, 4, 4],
            "out_channels": [8, 8, 8],
            "featmap_strides": [32, 16, 8],
            "anchor_generator": {
                "type": "stal_plugin.KMeansAnchorGenerator",
                "strides": [32, 16, 8],
                "num_anchors": 2,
                "sizes": sizes,
            },
            "bbox_coder": {"type": "mmdet.YOLOBBoxCoder"},
            "loss_cls": {"type": "mmdet.CrossEntropyLoss", "use_sigmoid": True},
            "loss_conf": {"type": "mmdet.CrossEntropyLoss", "use_sigmoid": True},
            "loss_xy": {"type": "mmdet.CrossEntropyLoss", "use_sigmoid": True},
            "loss_wh": {"type": "mmdet.MSELoss"},
        }
    )
    maps = [torch.zeros(1, 2 * 7, 64 // s, 64 // s) for s in (32, 16, 8)]
    meta = {"img_shape": (64, 64), "scale_factor": (1.0, 1.0)}
    (found,) = head.predict_by_feat(
        maps, [meta], cfg=ConfigDict(score_thr=0.0, nms_pre=1000), with_nms=False
    )
    sides = (found.bboxes[:, 2] - found.bboxes[:, 0]).round()
    counts = {int(v): int((sides == v).sum()) for v in sides.unique()}
    # Cells * 2 classes: zero deltas leave the anchors as they are.
    assert counts == {10: 128, 13: 128, 30: 32, 33: 32, 90: 8, 93: 8}
