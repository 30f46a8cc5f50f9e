import copy

import pytest
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.models.dense_heads import Center3DHead
from stal_plugin.models.task_modules.center_maps import CenterMaps
from stal_plugin.registry import MODELS

META = {
    "img_shape": (32, 48),
    "scale_factor": (0.5, 0.75),
    "original_shape": (40, 96),
    "batch_input_shape": (32, 48),
}
CODEC = {"type": "stal_plugin.CenterCodec", "stride": 4}
SIZE = (8, 12)


def _head(**kwargs: object) -> Center3DHead:
    config = {"num_classes": 3, "in_channels": 6, "feat_channels": 8, "codec": CODEC}
    return Center3DHead(**{**config, **kwargs})


def _gts(*clips: list) -> list[InstanceData]:
    return [
        InstanceData(
            bboxes=torch.tensor([g[:4] for g in clip], dtype=torch.float).view(-1, 4),
            labels=torch.tensor([g[4] for g in clip], dtype=torch.long),
        )
        for clip in clips
    ]


def _centernet() -> torch.nn.Module:
    """The network of mmdet's centernet_r18 config, thin."""
    part = {"_scope_": "mmdet"}
    return MODELS.build(
        {
            **part,
            "type": "mmdet.CenterNet",
            "backbone": {
                "type": "ResNet",
                "depth": 18,
                "base_channels": 8,
                "norm_eval": False,
                "norm_cfg": {"type": "BN"},
            },
            "neck": {
                "type": "CTResNetNeck",
                "in_channels": 64,
                "num_deconv_filters": (16, 8, 8),
                "num_deconv_kernels": (4, 4, 4),
                "use_dcn": False,
            },
            "bbox_head": {
                "type": "CenterNetHead",
                "num_classes": 5,
                "in_channels": 8,
                "feat_channels": 8,
            },
            "test_cfg": {"topk": 10, "local_maximum_kernel": 3, "max_per_img": 10},
        }
    )


def test_state_dict_of_mmdets_centernet_loads_and_gives_its_output() -> None:
    theirs = _centernet().eval()
    head = _head(num_classes=5, in_channels=8)
    ours = copy.deepcopy(theirs)
    ours.bbox_head = head.eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    image = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        (maps,) = ours(image)
        heatmaps, sizes, offsets = theirs(image)
    assert maps.heatmap.shape == (2, 5, 16, 16)
    assert torch.equal(maps.heatmap.sigmoid(), heatmaps[0])
    assert torch.equal(maps.wh, sizes[0])
    assert torch.equal(maps.offset, offsets[0])


def test_losses_are_mmdets() -> None:
    theirs = _centernet().bbox_head
    # mmdet fixes the overlap of the radius at 0.3
    ours = _head(num_classes=5, codec={**CODEC, "min_overlap": 0.3})
    gts = _gts([[2, 3, 20, 17, 1], [30, 10, 47, 30, 4]], [], [[8, 4, 31, 23, 0]])
    raw = CenterMaps(*(torch.randn(3, c, *SIZE) for c in (5, 2, 2)))
    losses = ours.loss_by_feat(raw, gts, [META] * 3)
    expected = theirs.loss_by_feat(
        [raw.heatmap.sigmoid()], [raw.wh], [raw.offset], gts, [META] * 3
    )
    names = {
        "loss_heatmap": "loss_center_heatmap",
        "loss_wh": "loss_wh",
        "loss_offset": "loss_offset",
    }
    assert set(losses) == set(names)
    for name, host in names.items():
        assert torch.allclose(losses[name], expected[host], rtol=1e-5), name


def _ideal(head: Center3DHead, gts: list[InstanceData]) -> CenterMaps:
    """Raw maps of a head that learned its targets by heart."""
    targets = head.codec.encode(
        [g.bboxes for g in gts], [g.labels for g in gts], head.num_classes, SIZE
    )
    maps = CenterMaps(
        torch.logit(targets.heatmap, eps=1e-6),
        *(torch.zeros(len(gts), 2, *SIZE) for _ in range(2)),
    )
    for dense, values in ((maps.wh, targets.wh), (maps.offset, targets.offset)):
        dense.flatten(2)[targets.batch_inds, :, targets.cells] = values
    return maps


def test_perfect_output_decodes_to_the_ground_truth() -> None:
    head = _head(test_cfg={"score_thr": 0.3})
    gts = _gts([[2, 3, 20, 17, 1], [30, 10, 47, 30, 2]], [])
    maps = _ideal(head, gts)
    found, nothing = head.predict_by_feat(maps, [META] * 2)
    assert len(nothing) == 0
    best = found[found.scores > 0.99]
    order = best.labels.argsort()
    assert best.labels[order].tolist() == [1, 2]
    assert torch.allclose(best.bboxes[order], gts[0].bboxes, atol=1e-4)
    assert torch.allclose(best.scores, best.objectness, atol=1e-4)
    scaled, _ = head.predict_by_feat(maps, [META] * 2, rescale=True)
    factor = torch.tensor([2.0, 4 / 3, 2.0, 4 / 3])
    limit = torch.tensor([96.0, 40.0, 96.0, 40.0])
    assert torch.allclose(
        scaled.bboxes, (found.bboxes * factor).minimum(limit), atol=1e-3
    )


def _two_classes_in_a_cell() -> CenterMaps:
    maps = CenterMaps(*(torch.zeros(1, c, *SIZE) for c in (3, 2, 2)))
    maps.heatmap.fill_(-20.0)
    maps.heatmap[0, :, 3, 4] = torch.tensor([1.0, 3.0, -1.0])
    maps.heatmap[0, 2, 6, 9] = 2.0
    maps.wh.fill_(3.0)
    return maps


def test_each_class_is_a_detection_or_the_best_of_a_cell_only() -> None:
    maps = _two_classes_in_a_cell()
    cfg = {"score_thr": 0.05}
    (every,) = _head(test_cfg=cfg).predict_by_feat(maps, [META])
    assert every.labels.tolist() == [1, 2, 0, 2]
    assert torch.allclose(every.scores, torch.tensor([3.0, 2, 1, -1]).sigmoid())
    assert torch.equal(every.bboxes[0], torch.tensor([10.0, 6, 22, 18]))
    (best,) = _head(test_cfg={**cfg, "all_classes": False}).predict_by_feat(
        maps, [META]
    )
    assert best.labels.tolist() == [1, 2]


def test_chosen_classes_limits_and_nms() -> None:
    maps = _two_classes_in_a_cell()
    cfg = {"score_thr": 0.05, "classes": (0, 2)}
    (found,) = _head(test_cfg=cfg).predict_by_feat(maps, [META])
    assert found.labels.tolist() == [2, 0, 2]
    cfg["max_per_img"] = 2
    (found,) = _head(test_cfg=cfg).predict_by_feat(maps, [META])
    assert found.labels.tolist() == [2, 0]
    # a neighbour of the best peak, two cells off: another peak, the same actor
    maps.heatmap[0, 1, 3, 6] = 2.5
    maps.wh.fill_(9.0)
    nms = {"type": "nms", "iou_threshold": 0.4}
    cfg = {"score_thr": 0.05, "classes": (1,)}
    (both,) = _head(test_cfg=cfg).predict_by_feat(maps, [META])
    (one,) = _head(test_cfg={**cfg, "nms": nms}).predict_by_feat(maps, [META])
    assert len(both) == 2
    assert torch.equal(one.scores, both.scores[:1])


def test_keypoints_of_boxes_are_learned_and_rescaled() -> None:
    head = _head(num_keypoints=9, num_classes=1)
    head.init_weights()
    x = (torch.randn(2, 6, *SIZE),)
    (maps,) = head(x)
    assert torch.allclose(maps.heatmap.sigmoid(), torch.tensor(0.1), atol=0.1)
    assert maps.wh.abs().max() < 0.1
    losses = head.loss_by_feat(*head(x), _gts([[2, 3, 20, 17, 0]], []), [META] * 2)
    assert len(losses) == 6
    sum(losses.values()).backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad.abs().sum() > 0, name
    plain = head.predict_by_feat(*head(x), [META] * 2)
    scaled = head.predict_by_feat(*head(x), [META] * 2, rescale=True)
    assert plain[0].keypoints.shape[1:] == (9, 2)
    factor = torch.tensor([2.0, 4 / 3])
    assert torch.allclose(scaled[0].keypoints, plain[0].keypoints * factor, rtol=1e-4)


def test_joints_come_from_the_data() -> None:
    head = _head(num_keypoints=15, keypoint_source="gt", num_classes=1)
    (gt,) = _gts([[2, 3, 20, 17, 0]])
    gt.keypoints = torch.rand(1, 15, 2) * 30
    gt.keypoints_visible = torch.zeros(1, 15)
    maps = head((torch.randn(1, 6, *SIZE),))
    hidden = head.loss_by_feat(*maps, [gt], [META])
    assert hidden["loss_keypoint_offset"] == hidden["loss_keypoint_cell_offset"] == 0
    gt.keypoints_visible[0, 4] = 1
    seen = head.loss_by_feat(*maps, [gt], [META])
    cell = torch.tensor([11.0, 10.0]).div(4).floor()
    wanted = gt.keypoints[0, 4] / 4 - cell
    value = maps[0].keypoint_offset[0, 8:10, 2, 2]
    expected = (value - wanted).abs().mean()
    assert torch.allclose(seen["loss_keypoint_offset"], expected)
    del gt.keypoints
    with pytest.raises(ValueError, match="set keypoint_file"):
        head.loss_by_feat(*maps, [gt], [META])


def test_keypoint_heatmaps_alone_are_those_of_the_whole_head() -> None:
    head = _head(num_keypoints=9)
    head.init_weights()
    x = (torch.randn(2, 6, 5, 7),)
    wanted = head(x)[0].keypoint_heatmap.sigmoid()
    assert torch.equal(head.keypoint_heatmaps(x), wanted)


def test_scales() -> None:
    raw = CenterMaps(*(torch.randn(1, c, *SIZE) for c in (3, 2, 2)))
    gts = _gts([[2, 3, 20, 17, 1]])
    plain = _head().loss_by_feat(raw, gts, [META])
    scaled = _head(train_cfg={"scales": {"wh": 1.0}}).loss_by_feat(raw, gts, [META])
    assert torch.allclose(scaled["loss_wh"], 10 * plain["loss_wh"])
    assert torch.equal(scaled["loss_heatmap"], plain["loss_heatmap"])
    old = _head(train_cfg={"scales": {"size": 1.0}})  # its name before
    assert old.scales["wh"] == 1.0
    with pytest.raises(ValueError, match="allowed are"):
        _head(train_cfg={"scales": {"box": 1.0}})


def test_wrong_stride_is_named() -> None:
    maps = CenterMaps(*(torch.zeros(1, c, 4, 6) for c in (3, 2, 2)))
    with pytest.raises(ValueError, match=r"codec.stride=4, but.*\(4, 6\) cells"):
        _head().predict_by_feat(maps, [META])


def test_batch_of_one_equals_its_slice() -> None:
    head = _head()
    raw = CenterMaps(*(torch.randn(2, c, *SIZE) for c in (3, 2, 2)))
    both = head.predict_by_feat(raw, [META] * 2)
    (alone,) = head.predict_by_feat(CenterMaps(*(m[1:] for m in raw[:3])), [META])
    assert torch.equal(both[1].bboxes, alone.bboxes)
    assert torch.equal(both[1].scores, alone.scores)


def test_head_learns_two_small_boxes_of_different_classes() -> None:
    head = _head(in_channels=16, train_cfg={"scales": {"wh": 1.0}})
    head.init_weights()
    x = (torch.randn(1, 16, *SIZE),)
    gts = _gts([[4, 4, 16, 14, 1], [20, 6, 30, 20, 2]])
    optimizer = torch.optim.Adam(head.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        sum(head.loss_by_feat(*head(x), gts, [META]).values()).backward()
        optimizer.step()
    (found,) = head.predict_by_feat(*head(x), [META])
    best: Tensor = found.scores.topk(2).indices
    order = best[found.labels[best].argsort()]
    assert found.labels[order].tolist() == [1, 2]
    assert (found.bboxes[order] - gts[0].bboxes).abs().max() < 1.5
