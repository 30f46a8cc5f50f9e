import pytest
from mmengine.config import Config

from stal_plugin.engine.checkpoints.class_layer import ClassLayer, class_layers
from stal_plugin.registry import MODELS

_KEY = "prior_generator.anchor_sizes"


def _anchors(config: Config) -> tuple:
    """Sizes of the anchors that a config gives, level by level."""
    model = config.model.get("detector", config.model)
    head = model.bbox_head
    generator = head.get("prior_generator") or head.anchor_generator
    return tuple(
        tuple((float(w), float(h)) for w, h in level) for level in generator.base_sizes
    )


@pytest.mark.parametrize(
    ("config", "layer", "anchors"),
    [
        ("yowo-published_agot", "bbox_head.conv_pred", 1),
        ("center3d-onestage_agot", "bbox_head.heatmap_head.2", 0),
        ("center3d-actor_agot", "classifier.fc_cls", 0),
        ("fcos_agot", "detector.bbox_head.conv_cls", 0),
        ("yolov3_agot", "detector.bbox_head.convs_pred.{}", 2),
    ],
)
def test_layers_of_the_heads(config: str, layer: str, anchors: int) -> None:
    cfg = Config.fromfile(f"configs/mini/{config}.py")
    found = class_layers(MODELS.build(cfg.model), 8)
    if anchors:
        key = f"{layer.rpartition('.conv')[0]}.{_KEY}"
        sizes = _anchors(cfg)
        expected = {
            layer.format(i): ClassLayer(len(sizes[i]), 5, key, i, sizes[i])
            for i in range(anchors)
        }
    else:
        expected = {layer: ClassLayer(1)}
    assert expected.items() <= found.items()
    assert set(found) - set(expected) <= {"detector_head.heatmap_head.2"}
    assert class_layers(MODELS.build(cfg.model), 7) == {}


def test_boxes_of_anchors_and_classes_from_elsewhere() -> None:
    cfg = Config.fromfile("configs/mini/yowo_agot.py")
    key = f"bbox_head.{_KEY}"
    assert class_layers(MODELS.build(cfg.model), 8) == {
        "bbox_head.conv_pred": ClassLayer(5, 5, key, 0, _anchors(cfg)[0], False),
        "bbox_head.class_head.fc_cls": ClassLayer(1),
    }


def test_layers_of_several_levels() -> None:
    cfg = Config.fromfile("configs/mini/yowo-fpn_agot.py").model
    cfg.bbox_head.type = "stal_plugin.DecoupledHead"
    del cfg.bbox_head["cls_in_channels"]
    model = MODELS.build(cfg)
    names = [f"bbox_head.multi_level_conv_cls.{i}" for i in (0, 1)]
    assert class_layers(model, 8) == dict.fromkeys(names, ClassLayer(1))
