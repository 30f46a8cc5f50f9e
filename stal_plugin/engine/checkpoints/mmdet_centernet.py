"""CenterNet with ResNet-18 trained on COCO, in the layout of mmdet."""

from pathlib import Path

from stal_plugin.engine.checkpoints.torch_file import ForeignWeights, read_state_dict

_PARTS = ("backbone.", "neck.", "bbox_head.")
_CLASSES = "bbox_head.heatmap_head.2."
_DEFORMABLE = "conv_offset"


def read_mmdet_centernet(path: str | Path) -> ForeignWeights:
    """Read mmdet's checkpoint of ``centernet_r18_8xb16-crop512-140e_coco``.

    The names are kept. The last layer of the centre heatmap has a channel per class.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file cannot be read safely, is of another network, or of the
            variant with deformable convolutions.
    """
    tensors = read_state_dict(path)
    deformable = [name for name in tensors if _DEFORMABLE in name]
    if deformable:
        raise ValueError(
            f"'{path}' is of the variant with deformable convolutions "
            f"({deformable[0]}), which need compiled operators: take the checkpoint of "
            "centernet_r18_8xb16-crop512-140e_coco"
        )
    if f"{_CLASSES}weight" not in tensors:
        raise ValueError(
            f"'{path}' is no CenterNet of mmdet: it has no '{_CLASSES}weight', its "
            f"tensors are {[*tensors][:3]}"
        )
    known = {k: v for k, v in tensors.items() if k.startswith(_PARTS)}
    skipped = {k: "no part of the network" for k in tensors if k not in known}
    num_classes = int(known[f"{_CLASSES}weight"].shape[0])
    return ForeignWeights(
        known, _model(num_classes), skipped=skipped, class_layers=(_CLASSES,)
    )


def _model(num_classes: int) -> dict:
    return {
        "type": "mmdet.CenterNet",
        "_scope_": "mmdet",
        "backbone": {"type": "ResNet", "depth": 18, "norm_cfg": {"type": "BN"}},
        "neck": {
            "type": "CTResNetNeck",
            "in_channels": 512,
            "num_deconv_filters": (256, 128, 64),
            "num_deconv_kernels": (4, 4, 4),
            "use_dcn": False,
        },
        "bbox_head": {
            "type": "CenterNetHead",
            "num_classes": num_classes,
            "in_channels": 64,
            "feat_channels": 64,
        },
    }
