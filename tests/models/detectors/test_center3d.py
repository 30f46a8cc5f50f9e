import copy
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from stal_plugin.evaluation.sample_record import SampleRecord
from stal_plugin.models.detectors import Center3D
from stal_plugin.registry import MODELS

SIZE = 32
LENGTH = 4
K = 3


def _localizer(num_keypoints: int = 9, **head: Any) -> dict:
    return {
        "type": "mmdet.SingleStageDetector",
        "backbone": {
            "type": "mmdet.ResNet",
            "depth": 18,
            "base_channels": 8,
            "num_stages": 2,
            "strides": (1, 2),
            "dilations": (1, 1),
            "out_indices": (1,),
            "norm_eval": False,
        },
        "neck": {
            "type": "mmdet.CTResNetNeck",
            "in_channels": 16,
            "num_deconv_filters": (8,),
            "num_deconv_kernels": (4,),
            "use_dcn": False,
        },
        "bbox_head": {
            "type": "stal_plugin.Center3DHead",
            "num_classes": 1,
            "in_channels": 8,
            "feat_channels": 8,
            "codec": {"type": "stal_plugin.CenterCodec", "stride": 4, "topk": 6},
            "num_keypoints": num_keypoints,
            **head,
        },
        "test_cfg": {"score_thr": 0.0},
    }


def _model(localizer: dict | None = None, per: str = "clip", **kwargs: Any) -> Center3D:
    blended = kwargs.get("classifier_input") == "blend"
    model = MODELS.build(
        {
            "type": "stal_plugin.Center3D",
            "data_preprocessor": {
                "type": "stal_plugin.ClipDataPreprocessor",
                "mean": [120.0, 110.0, 100.0],
                "std": [50.0, 60.0, 70.0],
            },
            "localizer": localizer or _localizer(),
            "classifier": {
                "type": "stal_plugin.ActionClassifier",
                "num_classes": K,
                "in_channels": 32,
                "per": per,
                "loss_cls": {"type": "mmdet.CrossEntropyLoss"},
                "backbone": {
                    "type": "stal_plugin.ResNet3D18",
                    "width": 0.0625,
                    "in_channels": 3 if blended else 9,
                    "stem_kernel": (3, 3, 3),
                    "spatial_strides": (1, 1, 1, 1),
                },
            },
            "test_cfg": {"score_thr": 0.0},
            **kwargs,
        }
    )
    model.init_weights()
    return model


def _find_much(model: Center3D) -> None:
    """Random heatmaps with several peaks, and boxes that are no points."""
    with torch.no_grad():
        for _ in range(20):  # statistics of BatchNorm
            model.train()._features(torch.randn(4, 3, SIZE, SIZE))
    model.eval()
    head = model.localizer.bbox_head
    torch.nn.init.normal_(head.heatmap_head[-1].weight, std=3)
    torch.nn.init.constant_(head.wh_head[-1].bias, 3)
    torch.nn.init.normal_(model.classifier.fc_cls.weight)


def _sample(*boxes: tuple, labels: tuple = (2, 0)) -> ActionDataSample:
    sample = ActionDataSample(
        metainfo={
            "video_id": "v",
            "frame": 7,
            "img_shape": (SIZE, SIZE),
            "original_shape": (64, 16),
            "scale_factor": np.array([2.0, 0.5], np.float32),
            "ann_boxes": np.float32([[0.1, 0.2, 0.3, 0.4]]),
            "ann_labels": np.array([2]),
        }
    )
    sample.gt_instances = InstanceData(
        bboxes=torch.tensor(boxes, dtype=torch.float32).view(-1, 4),
        labels=torch.tensor(labels[: len(boxes)], dtype=torch.long),
    )
    return sample


def _batch() -> tuple[torch.Tensor, list[ActionDataSample]]:
    clips = torch.randn(2, 3, LENGTH, SIZE, SIZE)
    return clips, [_sample((3, 4, 20, 25), (16, 8, 30, 30)), _sample((2, 2, 15, 30))]


def test_losses_of_both_stages_reach_their_own_parameters() -> None:
    model = _model().train()
    losses = model(*_batch(), mode="loss")
    assert len(losses) == 7
    assert all(v > 0 for v in losses.values())
    losses.pop("loss_cls").backward(retain_graph=True)
    assert all(p.grad is None for p in model.localizer.parameters())
    assert all(p.grad is not None for p in model.classifier.parameters())
    classifier = [p.grad.clone() for p in model.classifier.parameters()]
    sum(losses.values()).backward()
    for name, parameter in model.localizer.named_parameters():
        assert parameter.grad is not None, name
    after = [p.grad for p in model.classifier.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(classifier, after, strict=True))


def test_localizer_learns_actors_not_classes() -> None:
    model = _model().train()
    clips, samples = _batch()
    twin = copy.deepcopy(model.localizer)
    losses = model(clips, samples, mode="loss")
    truth = [
        InstanceData(bboxes=s.gt_instances.bboxes, labels=s.gt_instances.labels * 0)
        for s in samples
    ]
    metas = [s.metainfo for s in samples]
    key = twin.extract_feat(clips[:, :, -1])
    expected = twin.bbox_head.loss_by_feat(*twin.bbox_head(key), truth, metas)
    for name, value in expected.items():
        assert torch.allclose(losses[name], value), name
    assert samples[0].gt_instances.labels.tolist() == [2, 0]


def test_frozen_means_frozen() -> None:
    model = _model(frozen=True).train()
    before = copy.deepcopy(model.localizer.state_dict())
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.5)
    for _ in range(2):
        model.train()
        losses = model(*_batch(), mode="loss")
        assert set(losses) == {"loss_cls"}
        optimizer.zero_grad()
        losses["loss_cls"].backward()
        optimizer.step()
    assert not any(m.training for m in model.localizer.modules())
    assert not any(p.requires_grad for p in model.localizer.parameters())
    for name, value in model.localizer.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert model.classifier.training
    # The same step moves a localizer that is not frozen, its BatchNorm too.
    trained = _model().train()
    trained.load_state_dict(model.state_dict())
    trained(*_batch(), mode="loss")
    state = trained.localizer.state_dict()
    moved = {k for k, v in state.items() if not torch.equal(v, before[k])}
    assert any("running_mean" in k for k in moved)
    assert all(m.training for m in trained.localizer.modules())


@pytest.mark.parametrize("num_keypoints", [9, 0])
def test_heatmaps_of_every_frame_are_those_of_test_time(num_keypoints: int) -> None:
    model = _model(_localizer(num_keypoints))
    clips, _ = _batch()
    with torch.no_grad():
        for _ in range(3):  # statistics of BatchNorm that are not the initial ones
            model.train()._features(torch.randn(8, 3, SIZE, SIZE) * 2 + 1)
    volumes = [
        m.classifier_volume(clips, m.frame_heatmaps(m.frame_features(clips)))
        for m in (model.train(), copy.deepcopy(model).eval())
    ]
    assert torch.equal(*volumes)
    features = model.frame_features(clips)
    again = model.frame_heatmaps(features, model.key_maps(features, 1))
    assert torch.equal(again, model.frame_heatmaps(features))
    assert volumes[0].shape == (2, 9, LENGTH, SIZE // 4, SIZE // 4)
    assert not volumes[0].requires_grad
    frame = model.eval().frame_features(clips[1:, :, 2:3])
    assert torch.allclose(
        volumes[0][1, :, 2], model.frame_heatmaps(frame)[0], atol=1e-5
    )
    assert volumes[0].max() > 0


def test_maps_of_the_key_frames_are_the_head_s_on_the_last_frames() -> None:
    model = _model().eval()
    clips, _ = _batch()
    features = model.frame_features(clips)
    assert [len(f) for f in features] == [2 * LENGTH]
    found = model.key_maps(features, LENGTH)
    with torch.no_grad():
        wanted = model.localizer(clips[:, :, -1])[0]
    for name, a, b in zip(wanted._fields, found, wanted, strict=True):
        torch.testing.assert_close(a, b, msg=name)


@pytest.mark.parametrize("mode", ["loss", "predict"])
def test_only_heatmaps_are_made_of_frames_before_the_key_frame(mode: str) -> None:
    model = _model().train(mode == "loss")
    head, seen = model.localizer.bbox_head, {}
    for name, branch in head.named_children():
        if name.endswith("_head"):
            branch.register_forward_hook(
                lambda _, inputs, __, name=name: seen.setdefault(name, []).append(
                    len(inputs[0])
                )
            )
    model(*_batch(), mode=mode)
    assert seen.pop("keypoint_heatmap_head") == [2 * LENGTH, 2]
    assert set(map(tuple, seen.values())) == {(2,)}
    assert len(seen) == 5


def test_channels_last_changes_the_layout_alone() -> None:
    model = _model()
    twin = _model(channels_last=True)
    twin.classifier.channels_last = True
    twin.load_state_dict(model.state_dict())
    batch = _batch()
    losses = [m.train()(*batch, mode="loss") for m in (model, twin)]
    assert losses[0].keys() == losses[1].keys()
    for name, value in losses[0].items():
        torch.testing.assert_close(value, losses[1][name], rtol=1e-4, atol=1e-6)
    seen = []
    twin.localizer.backbone.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    twin.classifier.backbone.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    twin.eval()(*batch, mode="predict")
    assert seen[0].is_contiguous(memory_format=torch.channels_last)
    assert seen[1].is_contiguous(memory_format=torch.channels_last_3d)


def test_blend_is_a_weighted_sum_of_pixels() -> None:
    model = _model(classifier_input="blend", blend_weight=0.7).eval()
    pixels = torch.randint(0, 256, (3, LENGTH, SIZE, SIZE), dtype=torch.uint8)
    clips, _ = model.data_preprocessor.preprocess([pixels], [_sample()])
    heatmaps = torch.zeros(LENGTH, 9, SIZE // 4, SIZE // 4)
    heatmaps[1, 3] = 1.0  # second frame, fourth of nine points: hue 120 degrees
    blended = model.classifier_volume(clips, heatmaps)
    mean, std = model.data_preprocessor.mean, model.data_preprocessor.std
    found = blended * std + mean
    green = torch.tensor([0.0, 255.0, 0.0]).view(3, 1, 1)
    assert torch.allclose(found[0, :, 1], 0.3 * pixels[:, 1] + 0.7 * green, atol=0.01)
    assert torch.allclose(found[0, :, 0], 0.3 * pixels[:, 0], atol=0.01)


@pytest.mark.parametrize("per", ["clip", "actor"])
def test_score_is_localisation_times_class(per: str) -> None:
    model = _model(per=per).eval()
    _find_much(model)
    clips, samples = _batch()
    with torch.no_grad():
        found = model(clips, samples, mode="predict")
        heatmaps = model.frame_heatmaps(model.frame_features(clips))
        key = model.localizer(clips[:, :, -1])[0]
        metas = [s.metainfo for s in samples]
        actors = model.localizer.bbox_head.predict_by_feat(key, metas)
        probs = model.classifier.predict(
            model.classifier_volume(clips, heatmaps),
            [a.bboxes for a in actors],
            (32, 32),
        )
    for sample, actor, prob in zip(found, actors, probs, strict=True):
        result = sample.pred_instances
        assert len(result) == K * len(actor) > K
        wanted = (actor.scores[:, None] * prob).flatten().sort(descending=True).values
        assert torch.allclose(result.scores, wanted, atol=1e-5)
        share = result.scores / result.objectness
        first = result.labels == 0
        assert torch.allclose(
            share[first].sort().values, prob[:, 0].sort().values, atol=1e-4
        )
        limit = torch.tensor([16.0, 64.0, 16.0, 64.0])
        assert (result.bboxes >= 0).all()
        assert (result.bboxes <= limit).all()
    record = SampleRecord.from_data_sample(found[0].to_dict())
    assert len(record.dets) == len(found[0].pred_instances)


def test_only_the_best_class_and_limits() -> None:
    model = _model(per="actor").eval()
    _find_much(model)
    clips, samples = _batch()
    with torch.no_grad():
        every = model(clips, samples, mode="predict")[0].pred_instances
        model.test_cfg["all_classes"] = False
        best = model(clips, samples, mode="predict")[0].pred_instances
        model.test_cfg["max_per_img"] = 2
        two = model(clips, samples, mode="predict")[0].pred_instances
    boxes = {tuple(b) for b in every.bboxes.tolist()}
    assert len(best) == len(boxes) > 2
    for box in boxes:
        same = (every.bboxes == torch.tensor(box)).all(dim=1)
        mine = (best.bboxes == torch.tensor(box)).all(dim=1)
        assert best.scores[mine].item() == every.scores[same].max()
    assert torch.equal(two.scores, best.scores[:2])


def test_no_detections_and_no_boxes() -> None:
    localizer = _localizer()
    localizer["test_cfg"] = {"score_thr": 1.0}
    model = _model(localizer, per="actor")
    clips = torch.randn(2, 3, LENGTH, SIZE, SIZE)
    samples = [_sample(), _sample()]
    with torch.no_grad():
        found = model.eval()(clips, samples, mode="predict")
    assert [len(s.pred_instances) for s in found] == [0, 0]
    losses = model.train()(clips, samples, mode="loss")
    assert {k for k, v in losses.items() if v > 0} == {
        "loss_heatmap",
        "loss_keypoint_heatmap",
    }
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in model.parameters())


def test_joints_of_the_data_train_the_localizer() -> None:
    localizer = _localizer(15, keypoint_source="gt")
    model = _model(localizer, classifier_input="blend").train()
    clips, samples = _batch()
    with pytest.raises(ValueError, match="set keypoint_file"):
        model(clips, samples, mode="loss")
    for sample in samples:
        num = len(sample.gt_instances)
        sample.gt_instances.keypoints = torch.rand(num, 15, 2) * SIZE
        sample.gt_instances.keypoints_visible = torch.ones(num, 15)
    assert model(clips, samples, mode="loss")["loss_keypoint_offset"] > 0


def _two_actors() -> tuple[list[torch.Tensor], list[ActionDataSample]]:
    """Two clips with two actors: one brightens (0), the other darkens (1)."""
    boxes = ((2, 4, 12, 28), (18, 6, 30, 24))
    clips, samples = [], []
    for labels in ((0, 1), (1, 0)):
        clip = torch.full((3, LENGTH, SIZE, SIZE), 90, dtype=torch.uint8)
        for (x1, y1, x2, y2), label in zip(boxes, labels, strict=True):
            ramp = torch.linspace(0, 255, LENGTH).to(torch.uint8)
            ramp = ramp if label == 0 else ramp.flip(0)
            clip[:, :, y1:y2, x1:x2] = ramp[:, None, None]
        clips.append(clip)
        samples.append(_sample(*boxes, labels=labels))
    return clips, samples


@pytest.mark.parametrize("per", ["clip", "actor"])
def test_two_actors_of_a_clip_learn_different_actions_only_one_by_one(per: str) -> None:
    torch.manual_seed(0)
    model = _model(per=per, classifier_input="blend", blend_weight=0.2)
    clips, samples = _two_actors()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(60):
        data = {"inputs": clips, "data_samples": [s.clone() for s in samples]}
        data = model.data_preprocessor(data, training=True)
        losses = model.train()(**data, mode="loss")
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    with torch.no_grad():
        found = model.eval().test_step({"inputs": clips, "data_samples": samples})
    right = []
    for sample in found:
        dets = sample.pred_instances
        scale = torch.tensor([2.0, 0.5, 2.0, 0.5])
        for box, label in zip(
            sample.gt_instances.bboxes / scale, sample.gt_instances.labels, strict=True
        ):
            near = (dets.bboxes - box).abs().amax(1) < 6
            assert near.any()
            right.append(bool(dets.labels[near][dets.scores[near].argmax()] == label))
    if per == "actor":
        assert all(right)
        assert losses["loss_cls"] < 0.1
    else:
        # the best that one vector of classes can do is to say both
        assert sum(right) == 2
        assert losses["loss_cls"] > math.log(2) - 1e-3


def test_raw_output_and_wrong_arguments() -> None:
    model = _model(per="actor").eval()
    clips, _ = _batch()
    maps, logits = model(clips)
    key = model.localizer(clips[:, :, -1])[0]
    assert torch.allclose(maps.heatmap, key.heatmap, atol=1e-6)
    assert logits.shape == (2, K)
    with pytest.raises(ValueError, match="got 'rgb'"):
        _model(classifier_input="rgb")
    other = _localizer()
    other["bbox_head"] = {
        "type": "mmdet.CenterNetHead",
        "num_classes": 1,
        "in_channels": 8,
        "feat_channels": 8,
        "loss_center_heatmap": {"type": "mmdet.GaussianFocalLoss"},
        "loss_wh": {"type": "mmdet.L1Loss"},
        "loss_offset": {"type": "mmdet.L1Loss"},
    }
    with pytest.raises(ValueError, match="it is CenterNetHead"):
        _model(other)


@pytest.mark.parametrize("num_keypoints", [0, 9])
def test_coco_weights_load_into_the_localizer(
    num_keypoints: int, tmp_path: Path
) -> None:
    """Names of mmdet's CenterNet, whose 80 classes begin with persons."""
    theirs = MODELS.build(
        {
            **{k: v for k, v in _localizer().items() if k in ("backbone", "neck")},
            "type": "mmdet.CenterNet",
            "_scope_": "mmdet",
            "bbox_head": {
                "type": "CenterNetHead",
                "num_classes": 80,
                "in_channels": 8,
                "feat_channels": 8,
            },
        }
    ).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    torch.save({"state_dict": theirs.state_dict()}, tmp_path / "coco.pth")
    localizer = _localizer(num_keypoints, num_classes=80)
    localizer["test_cfg"] = {"score_thr": 0.0, "classes": (0,)}
    localizer["init_cfg"] = {
        "type": "stal_plugin.PretrainedIfPresent",
        "checkpoint": str(tmp_path / "coco.pth"),
        "made_by": "a test",
    }
    model = _model(localizer, frozen=num_keypoints == 0)
    state = model.localizer.state_dict()
    for name, value in theirs.state_dict().items():
        assert torch.equal(state[name], value), name
    clips, samples = _batch()
    with torch.no_grad():
        maps = model.eval()(clips)[0]
        expected = theirs(clips[:, :, -1])
        (first, _) = model(clips, samples, mode="predict")
    heatmap = maps.heatmap.sigmoid()
    assert torch.allclose(heatmap, expected[0][0], atol=1e-5)
    assert torch.allclose(maps.wh, expected[1][0], atol=1e-4)
    persons = heatmap[0, 0].flatten()
    objectness = first.pred_instances.objectness
    assert len(objectness) > 0
    assert torch.isclose(objectness[:, None], persons[None]).any(dim=1).all()
