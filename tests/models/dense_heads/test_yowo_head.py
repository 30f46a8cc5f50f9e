"""The head against a slow, independent implementation of YOLOv2's region loss."""

import itertools
import math

import pytest
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.models.dense_heads import YOWOHead, loss_facts

SIZES = [(20.0, 24.0), (50.0, 40.0)]
META = {
    "img_shape": (96, 96),
    "scale_factor": (0.5, 0.75),
    "original_shape": (128, 192),
}


def _head(**kwargs: object) -> YOWOHead:
    config: dict = {
        "num_classes": 3,
        "in_channels": 4,
        "prior_generator": {
            "type": "mmdet.YOLOAnchorGenerator",
            "strides": [32],
            "base_sizes": [SIZES],
        },
        "loss_bbox": {"type": "mmdet.SmoothL1Loss", "loss_weight": 0.5},
        "loss_obj": {"type": "mmdet.MSELoss", "loss_weight": 0.5},
        "loss_cls": {"type": "stal_plugin.ENFLoss", "num_classes": 3, "beta": 0.0},
        "train_cfg": {"reduction": "sum"},
    }
    config.update(kwargs)
    return YOWOHead(**config)


def _gts(*clips: list) -> list[InstanceData]:
    return [
        InstanceData(
            bboxes=torch.tensor([g[:4] for g in clip], dtype=torch.float).view(-1, 4),
            labels=torch.tensor([g[4] for g in clip], dtype=torch.long),
        )
        for clip in clips
    ]


def _iou(a: list[float], b: list[float]) -> float:
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    inter = max(w, 0) * max(h, 0)
    area = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return inter / (sum(area) - inter)


def _smooth_l1(d: float) -> float:
    return 0.5 * d * d if abs(d) < 1 else abs(d) - 0.5


def _reference_box(v: Tensor, a: int, row: int, col: int) -> list[float]:
    """Box of one anchor: b_x = (sigmoid(t_x) + c_x) * 32, b_w = p_w * exp(t_w)."""
    w, h = (SIZES[a][i] * math.exp(v[2 + i]) for i in (0, 1))
    cx = (col + torch.sigmoid(v[0]).item()) * 32
    cy = (row + torch.sigmoid(v[1]).item()) * 32
    return [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]


def _reference_loss(
    raw: Tensor, gts: list[InstanceData], seen: dict[str, int] | None = None
) -> dict[str, float]:
    """Cell by cell, anchor by anchor, as the specification says it.

    ``seen`` counts the rare cases: collisions of boxes, and good boxes of others.
    """
    total = {"loss_bbox": 0.0, "loss_obj": 0.0, "loss_cls": 0.0}
    seen = {} if seen is None else seen
    for clip, gt in zip(raw.view(-1, 2, 8, 3, 3), gts, strict=True):
        boxes = gt.bboxes.tolist()
        matched: dict[tuple, int] = {}
        for n, (x1, y1, x2, y2) in enumerate(boxes):
            shapes = [_iou([0, 0, x2 - x1, y2 - y1], [0, 0, *size]) for size in SIZES]
            cell = (int((x1 + x2) / 64), int((y1 + y2) / 64))
            key = (shapes.index(max(shapes)), cell[1], cell[0])
            seen["collisions"] = seen.get("collisions", 0) + (key in matched)
            matched[key] = n
        for a in range(2):
            for row in range(3):
                for col in range(3):
                    v = clip[a, :, row, col]
                    x, y, conf = (torch.sigmoid(v[i]).item() for i in (0, 1, 4))
                    pred = _reference_box(v, a, row, col)
                    n = matched.get((a, row, col))
                    if n is None:
                        if all(_iou(pred, b) <= 0.6 for b in boxes):
                            total["loss_obj"] += conf**2 / 2
                        else:
                            seen["ignored"] = seen.get("ignored", 0) + 1
                        continue
                    b = boxes[n]
                    want = [
                        (b[0] + b[2]) / 64 - col,
                        (b[1] + b[3]) / 64 - row,
                        math.log((b[2] - b[0]) / SIZES[a][0]),
                        math.log((b[3] - b[1]) / SIZES[a][1]),
                    ]
                    have = [x, y, v[2].item(), v[3].item()]
                    total["loss_bbox"] += sum(
                        _smooth_l1(p - t) / 2 for p, t in zip(have, want, strict=True)
                    )
                    total["loss_obj"] += 5 * (conf - _iou(pred, b)) ** 2 / 2
                    p = v[5:].softmax(0)[gt.labels[n]].item()
                    total["loss_cls"] -= (1 - p) ** 2 * math.log(p)
    return total


def test_losses_equal_an_independent_implementation() -> None:
    head = _head()
    raw = torch.randn(3, 16, 3, 3) * 0.5
    gts = _gts([[5, 5, 30, 33, 1], [40, 40, 90, 80, 2]], [], [[60, 10, 82, 30, 0]])
    losses = head.loss_by_feat(raw, gts, [META] * 3)
    for name, value in _reference_loss(raw, gts).items():
        assert losses[name].item() == pytest.approx(value, rel=1e-4), name


def _crowd(generator: torch.Generator) -> tuple[Tensor, list[InstanceData]]:
    """Clips with more boxes than cells, of about the sizes of the anchors.

    The first box of each clip is also what the other anchor of its cell predicts.
    """
    raw = torch.randn(4, 16, 3, 3, generator=generator) * 0.4
    clips = []
    for count in (12, 0, 1, 7):
        centre = torch.rand(count, 2, generator=generator) * 64 + 16
        size = torch.tensor(SIZES)[torch.arange(count) % 2]
        half = size * (0.8 + 0.4 * torch.rand(count, 2, generator=generator)) / 2
        boxes = torch.cat([centre - half, centre + half], dim=1)
        labels = torch.randint(3, (count, 1), generator=generator)
        if count:
            (col, row), inside = (centre[0] // 32).long().tolist(), centre[0] / 32 % 1
            wanted = [inside.logit(), (2 * half[0] / torch.tensor(SIZES[1])).log()]
            raw[len(clips), 8:12, row, col] = torch.cat(wanted)
        clips.append(torch.cat([boxes, labels], dim=1).tolist())
    return raw, _gts(*clips)


def test_crowds_equal_the_independent_implementation_too() -> None:
    """Boxes that want the same anchor, and anchors that fit the box of another."""
    head, seen = _head(), {"collisions": 0, "ignored": 0}
    for seed in range(5):
        raw, gts = _crowd(torch.Generator().manual_seed(seed))
        losses = head.loss_by_feat(raw, gts, [META] * 4)
        for name, value in _reference_loss(raw, gts, seen).items():
            assert losses[name].item() == pytest.approx(value, rel=1e-4), (seed, name)
    assert min(seen.values()) > 5, seen


def test_gradients_equal_those_of_finite_differences() -> None:
    """The IoU that objectness is taught, and the assignment, are no part of them."""
    raw, gts = _crowd(torch.Generator().manual_seed(0))
    raw.requires_grad_()
    losses = _head().loss_by_feat(raw, gts, [META] * 4)
    names = ["loss_bbox", "loss_cls"]  # YOWO's objectness target moves with the box
    (gradient,) = torch.autograd.grad(sum(losses[n] for n in names), raw)
    (objectness,) = torch.autograd.grad(
        _head().loss_by_feat(raw, gts, [META] * 4)["loss_obj"], raw
    )
    moved = objectness.view(4, 2, 8, 3, 3).abs().amax(dim=(0, 1, 3, 4)).nonzero()
    assert moved.flatten().tolist() == [4]  # of the 8 channels, objectness alone
    for place in gradient.abs().flatten().topk(8).indices.tolist():
        step = torch.zeros_like(raw).flatten()
        step[place] = 1e-3
        sides = [
            _reference_loss((raw + s * step.view_as(raw)).detach(), gts)
            for s in (1, -1)
        ]
        slope = sum(sides[0][n] - sides[1][n] for n in names) / 2e-3
        assert gradient.flatten()[place].item() == pytest.approx(slope, rel=0.02)


def test_decoding_equals_loops_over_cells_and_anchors() -> None:
    head = _head(test_cfg={"score_thr": 0.02, "nms": {"iou_threshold": 1.0}})
    raw = torch.randn(2, 16, 3, 3, generator=torch.Generator().manual_seed(1))
    for clip, found in zip(
        raw.view(2, 2, 8, 3, 3), head.predict_by_feat(raw, [META] * 2), strict=True
    ):
        expected = []
        for row, col, a in itertools.product(range(3), range(3), range(2)):
            v = clip[a, :, row, col]
            scores = v[4].sigmoid() * v[5:].softmax(0)
            expected += [
                [*_reference_box(v, a, row, col), score, label]
                for label, score in enumerate(scores.tolist())
                if score > 0.02
            ]
        expected.sort(key=lambda item: -item[4])
        ours = torch.cat(
            [found.bboxes, found.scores[:, None], found.labels[:, None]], dim=1
        )
        assert torch.allclose(ours, torch.tensor(expected), rtol=1e-4, atol=1e-3)
        assert len(expected) > 30


def test_mean_reduction_does_not_depend_on_the_batch_size() -> None:
    head = _head(train_cfg={"reduction": "mean"})
    raw = torch.randn(1, 16, 3, 3)
    gts = _gts([[5, 5, 30, 33, 1]])
    once = head.loss_by_feat(raw, gts, [META])
    thrice = head.loss_by_feat(raw.repeat(3, 1, 1, 1), gts * 3, [META] * 3)
    for name, value in once.items():
        assert torch.allclose(value, thrice[name]), name


def test_summed_loss_grows_with_the_batch() -> None:
    """The defect: learning rate and clipping have to follow the batch size."""
    raw = torch.randn(1, 16, 3, 3)
    gts = _gts([[5, 5, 30, 33, 1]])
    head = _head(train_cfg={"reduction": "sum"})
    once = head.loss_by_feat(raw, gts, [META])
    thrice = head.loss_by_feat(raw.repeat(3, 1, 1, 1), gts * 3, [META] * 3)
    for name, value in once.items():
        assert torch.allclose(thrice[name], 3 * value), name


def _stepped(reduction: str, batch: int, optimizer: str, **kwargs: float) -> Tensor:
    """Weights after two steps on a batch."""
    torch.manual_seed(0)
    head = _head(train_cfg={"reduction": reduction})
    x = (torch.randn(1, 4, 3, 3).repeat(batch, 1, 1, 1),)
    gts = _gts([[5, 5, 30, 33, 1]]) * batch
    optim = getattr(torch.optim, optimizer)(head.parameters(), **kwargs)
    for _ in range(2):
        optim.zero_grad()
        sum(head.loss_by_feat(*head(x), gts, [META] * batch).values()).backward()
        optim.step()
    return head.conv_pred.weight.detach()


def test_summed_loss_is_the_mean_for_sgd_and_not_for_adam() -> None:
    """YOWO's "lr / batch, decay * batch" undoes the sum; Adam's steps know no scale."""
    mean = _stepped("mean", 4, "SGD", lr=0.1, momentum=0.9, weight_decay=0.01)
    total = _stepped("sum", 4, "SGD", lr=0.025, momentum=0.9, weight_decay=0.04)
    assert torch.allclose(mean, total, atol=1e-6)
    mean = _stepped("mean", 4, "Adam", lr=0.1)
    total = _stepped("sum", 4, "Adam", lr=0.025)
    assert (mean - total).abs().max() > 0.1


WARM = {"reduction": "sum", "anchor_warmup": 5}


def test_warmup_pulls_the_other_boxes_to_their_anchors() -> None:
    raw = torch.randn(2, 16, 3, 3) * 0.5
    gts = _gts([[5, 5, 30, 33, 1]], [])
    plain = _head().loss_by_feat(raw, gts, [META] * 2)
    head = _head(train_cfg=WARM)
    warm = head.loss_by_feat(raw, gts, [META] * 2)
    # By hand: tx, ty to the middle of the cell, tw and th to 0, for all priors but the
    # one of the box: 24 x 28 pixels, first anchor, cell (0, 0).
    values = raw.view(2, 2, 8, 3, 3)
    centre = torch.nn.functional.smooth_l1_loss(
        values[:, :, :2].sigmoid(),
        torch.tensor(0.5).expand(2, 2, 2, 3, 3),
        reduction="none",
    )
    shape = torch.nn.functional.smooth_l1_loss(
        values[:, :, 2:4], torch.zeros(2, 2, 2, 3, 3), reduction="none"
    )
    pull = torch.cat([centre, shape], dim=2).sum(2)
    pull[0, 0, 0, 0] = 0
    expected = plain["loss_bbox"] + pull.sum() / 2
    assert warm["loss_bbox"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert torch.equal(warm["loss_obj"], plain["loss_obj"])
    assert torch.equal(warm["loss_cls"], plain["loss_cls"])


def test_warmup_moves_boxes_away_from_what_they_found() -> None:
    """The defect: a good box of a prior that was not matched is taught to be worse."""
    raw = torch.zeros(1, 16, 3, 3, requires_grad=True)
    gts = _gts([[40, 44, 60, 68, 0]])  # 20 x 24: the first anchor, in the middle
    with torch.no_grad():
        # the second anchor, 50 x 40, has found it too
        raw[0, 10:12, 1, 1] = torch.tensor([20 / 50, 24 / 40]).log()
    for cfg, pulled in ((WARM, True), ({"reduction": "sum"}, False)):
        raw.grad = None
        _head(train_cfg=cfg).loss_by_feat(raw, gts, [META])["loss_bbox"].backward()
        gradient = raw.grad[0, 10:12, 1, 1]
        assert (gradient < 0).all() if pulled else (gradient == 0).all()


def test_warmup_ends_and_belongs_to_the_checkpoint() -> None:
    raw, gts = torch.randn(2, 16, 3, 3), _gts([[5, 5, 30, 33, 1]], [])
    plain = _head().loss_by_feat(raw, gts, [META] * 2)["loss_bbox"]
    head = _head(train_cfg=WARM)

    def warm(net: YOWOHead) -> bool:
        return bool(net.loss_by_feat(raw, gts, [META] * 2)["loss_bbox"] > plain)

    assert warm(head)  # clips 1 and 2 of 5
    assert warm(head)
    resumed = _head(train_cfg=WARM)
    resumed.load_state_dict(head.state_dict())
    assert not resumed.eval().loss_by_feat(raw, gts, [META] * 2)["loss_bbox"] > plain
    assert warm(resumed.train())
    assert not warm(resumed)
    # without it nothing is added to the checkpoint
    assert set(head.state_dict()) - set(_head().state_dict()) == {"warmup.seen"}


def test_warmup_of_a_loss_on_boxes() -> None:
    head = _head(
        loss_bbox={"type": "mmdet.GIoULoss"}, train_cfg={**WARM, "anchor_warmup": 100}
    )
    raw = torch.zeros(1, 16, 3, 3)  # every box is its anchor: nothing to pull
    nothing = head.loss_by_feat(raw, _gts([]), [META])["loss_bbox"]
    assert nothing.item() == pytest.approx(0, abs=1e-4)
    raw[0, 10, 1, 1] = math.log(2)  # 100 x 40 instead of 50 x 40: IoU 1 / 2
    pulled = head.loss_by_feat(raw, _gts([]), [META])["loss_bbox"]
    assert pulled.item() == pytest.approx(0.5, abs=1e-4)


def test_scales() -> None:
    raw = torch.randn(1, 16, 3, 3)
    gts = _gts([[5, 5, 30, 33, 1]])
    plain = _head().loss_by_feat(raw, gts, [META])
    scales = {"coord": 2.0, "cls": 3.0, "object": 5.0, "noobject": 1.0}
    scaled = _head(train_cfg={"reduction": "sum", "scales": scales}).loss_by_feat(
        raw, gts, [META]
    )
    assert torch.allclose(scaled["loss_bbox"], 2 * plain["loss_bbox"])
    assert torch.allclose(scaled["loss_cls"], 3 * plain["loss_cls"])
    with pytest.raises(ValueError, match="allowed are"):
        _head(train_cfg={"scales": {"box": 1.0}})


def test_without_boxes_only_objectness_is_taught() -> None:
    head = _head()
    x = torch.randn(2, 4, 3, 3)
    losses = head.loss_by_feat(*head((x,)), _gts([], []), [META] * 2)
    assert losses["loss_bbox"].item() == losses["loss_cls"].item() == 0
    assert losses["loss_obj"].item() > 0
    sum(losses.values()).backward()
    assert head.conv_pred.weight.grad.abs().sum() > 0


def test_perfect_output_decodes_to_the_ground_truth() -> None:
    head = _head(test_cfg={"score_thr": 0.3})
    raw = torch.full((1, 16, 3, 3), -20.0)
    # Second anchor (50 x 40), row 1, column 2, centre (0.25, 0.5) of the cell.
    raw[0, 8:16, 1, 2] = torch.tensor(
        [-math.log(3), 0.0, math.log(0.5), math.log(1.5), 20.0, 0.0, 20.0, 0.0]
    )
    (found,) = head.predict_by_feat(raw, [META], rescale=False)
    centre_x, centre_y, w, h = 2.25 * 32, 1.5 * 32, 25.0, 60.0
    expected = [
        [centre_x - w / 2, centre_y - h / 2, centre_x + w / 2, centre_y + h / 2]
    ]
    assert torch.allclose(found.bboxes, torch.tensor(expected), atol=1e-4)
    assert found.labels.tolist() == [1]
    assert found.scores[0] > 0.999
    (scaled,) = head.predict_by_feat(raw, [META], rescale=True)
    factor = torch.tensor([2.0, 4 / 3, 2.0, 4 / 3])
    assert torch.allclose(scaled.bboxes, torch.tensor(expected) * factor, atol=1e-3)


def test_multilabel_switch_governs_loss_decoding_and_nms() -> None:
    cls = {
        "type": "stal_plugin.ENFLoss",
        "num_classes": 3,
        "beta": 0.0,
        "activation": "sigmoid",
    }
    with pytest.raises(ValueError, match="set multilabel=True"):
        _head(loss_cls=cls)
    head = _head(loss_cls=cls, multilabel=True, test_cfg={"score_thr": 0.3})
    raw = torch.full((1, 16, 3, 3), -20.0)
    raw[0, 8:16, 1, 2] = torch.tensor([0, 0, 0, 0, 20.0, 20.0, -20.0, 20.0])
    (found,) = head.predict_by_feat(raw, [META])
    assert sorted(found.labels.tolist()) == [0, 2]
    gt = InstanceData(
        bboxes=torch.tensor([[40.0, 30.0, 90.0, 70.0]]),
        labels=torch.tensor([[1.0, 0.0, 1.0]]),
    )
    loss = head.loss_by_feat(raw, [gt], [META])["loss_cls"]
    assert loss.item() == pytest.approx(0, abs=1e-6)
    wrong = InstanceData(bboxes=gt.bboxes, labels=torch.tensor([[0.0, 1.0, 0.0]]))
    loss = head.loss_by_feat(raw, [wrong], [META])["loss_cls"]
    assert loss.item() == pytest.approx(60, rel=1e-3)


def test_all_classes_of_a_box_or_the_best_only() -> None:
    raw = torch.full((1, 16, 3, 3), -20.0)
    raw[0, 8:16, 1, 2] = torch.tensor([0, 0, 0, 0, 20.0, 1.0, 0.0, -1.0])
    probs = torch.tensor([1.0, 0.0, -1.0]).softmax(0)
    cfg = {"score_thr": 0.05}
    (every,) = _head(test_cfg=cfg).predict_by_feat(raw, [META])
    assert every.labels.tolist() == [0, 1, 2]
    assert torch.allclose(every.scores, probs)
    (best,) = _head(test_cfg={**cfg, "all_classes": False}).predict_by_feat(raw, [META])
    assert best.labels.tolist() == [0]
    assert torch.allclose(best.scores, probs[:1])


def test_class_agnostic_nms_loses_one_of_two_actors() -> None:
    """The defect: who is less certain to be there goes, whatever he does."""
    raw = torch.full((1, 16, 3, 3), -20.0)
    # Two people at the border of two cells: one is surely there, but what he does is
    # not clear; the other is a little less sure, and does class 2.
    raw[0, 8:16, 1, 1] = torch.tensor([20, 0, 0, 0, 4.0, 0.1, 0.0, -20.0])
    raw[0, 8:16, 1, 2] = torch.tensor([-20, 0, 0.2, 0, 3.0, -20.0, -20.0, 20.0])
    cfg = {"score_thr": 0.3, "nms": {"type": "nms", "iou_threshold": 0.4}}
    (aware,) = _head(test_cfg=cfg).predict_by_feat(raw, [META])
    assert sorted(aware.labels.tolist()) == [0, 1, 2]
    cfg["nms"] = {**cfg["nms"], "class_agnostic": True}
    (agnostic,) = _head(test_cfg=cfg).predict_by_feat(raw, [META])
    assert agnostic.labels.tolist() == [0, 1]  # all classes of the box that stays
    assert aware.scores.max() > agnostic.scores.max()  # and the best detection is lost


def test_iou_loss_and_bce_objectness() -> None:
    head = _head(
        loss_bbox={"type": "mmdet.CIoULoss", "loss_weight": 2.0},
        loss_obj={"type": "mmdet.CrossEntropyLoss", "use_sigmoid": True},
        prior_prob=0.01,
    )
    head.init_weights()
    (raw,) = head((torch.randn(2, 4, 3, 3) * 0.1,))
    conf = raw.view(2, 2, 8, 3, 3)[:, :, 4].sigmoid()
    assert torch.allclose(conf, torch.full_like(conf, 0.01), atol=0.002)
    losses = head.loss_by_feat(raw, _gts([[5, 5, 30, 33, 1]], []), [META] * 2)
    assert all(torch.isfinite(v) for v in losses.values())
    assert losses["loss_bbox"] > 0


@pytest.mark.parametrize(
    ("loss", "given", "on_boxes", "warned"),
    [
        ("SmoothL1Loss", None, False, False),
        ("GIoULoss", None, True, True),
        ("GIoULoss", True, True, False),
        ("SmoothL1Loss", True, True, False),
        ("SmoothL1Loss", False, False, False),
    ],
)
def test_which_losses_compare_decoded_boxes(
    loss: str,
    given: bool | None,
    on_boxes: bool,
    warned: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages: list[str] = []
    monkeypatch.setattr(
        loss_facts, "print_log", lambda text, **_: messages.append(text)
    )
    train_cfg = {"reduction": "sum", "reg_decoded_bbox": given}
    head = _head(loss_bbox={"type": f"mmdet.{loss}"}, train_cfg=train_cfg)
    assert head.reg_decoded_bbox == on_boxes
    assert len(messages) == warned
    assert all("reg_decoded_bbox=True" in message for message in messages)
    # a box 100 x 40 instead of 50 x 40 at the same centre
    raw = torch.zeros(1, 16, 3, 3)
    raw[0, 10, 1, 1] = math.log(2)
    gts = _gts([[23, 28, 73, 68, 0]])
    plain = {"SmoothL1Loss": {True: 49.0, False: math.log(2) ** 2 / 2}}
    value = head.loss_by_feat(raw, gts, [META])["loss_bbox"].item()
    expected = plain.get(loss, {}).get(on_boxes, 0.5)
    assert value == pytest.approx(expected, rel=1e-4)


def test_wrong_stride_is_named() -> None:
    with pytest.raises(ValueError, match=r"strides=\[\(32, 32\)\].*\(6, 6\) cells"):
        _head().predict_by_feat(torch.zeros(1, 16, 6, 6), [META])


def test_batch_of_one_equals_its_slice() -> None:
    head = _head()
    raw = torch.randn(2, 16, 3, 3)
    both = head.predict_by_feat(raw, [META] * 2)
    (alone,) = head.predict_by_feat(raw[1:], [META])
    assert torch.equal(both[1].bboxes, alone.bboxes)
    assert torch.equal(both[1].scores, alone.scores)


@pytest.mark.slow
def test_head_learns_to_place_a_box() -> None:
    head = _head(
        in_channels=32,
        loss_bbox={"type": "mmdet.CIoULoss"},
        loss_obj={"type": "mmdet.CrossEntropyLoss", "use_sigmoid": True},
        prior_prob=0.01,
    )
    head.init_weights()
    x = (torch.randn(2, 32, 3, 3),)
    gts = _gts([[35, 40, 65, 62, 1]], [[5, 5, 30, 33, 2]])
    optimizer = torch.optim.Adam(head.parameters(), lr=0.005)
    for _ in range(200):
        optimizer.zero_grad()
        sum(head.loss_by_feat(*head(x), gts, [META] * 2).values()).backward()
        optimizer.step()
    found = head.predict_by_feat(*head(x), [META] * 2)
    for gt, result in zip(gts, found, strict=True):
        best = result.scores.argmax()
        assert result.labels[best] == gt.labels[0]
        assert _iou(result.bboxes[best].tolist(), gt.bboxes[0].tolist()) > 0.85
