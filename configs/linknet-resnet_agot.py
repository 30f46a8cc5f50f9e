# LinkNet on networks of the host packages: ResNet-18 of mmdet on the key frame, 3D
# ResNet-18 of mmaction2 on the clip, gated links between stages of the same stride.
_base_ = [
    "./_base_/models/yowo_d19_r18.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(
    backbone=dict(
        backbone_2d=dict(
            _delete_=True,
            type="mmdet.ResNet",
            depth=18,
            out_indices=(3,),
            norm_cfg=dict(type="BN"),
            norm_eval=False,
        ),
        backbone_3d=dict(
            _delete_=True,
            type="mmaction.ResNet3d",
            depth=18,
            pretrained=None,
            conv1_stride_t=1,
            pool1_stride_t=1,
            with_pool2=False,
            temporal_strides=(1, 2, 2, 2),
            norm_cfg=dict(type="BN3d"),
            norm_eval=False,
        ),
        links=[
            dict(
                type="stal_plugin.ExpandLink",
                stages=[
                    ("layer1", "layer1"),
                    ("layer2", "layer2"),
                    ("layer3", "layer3"),
                ],
            ),
        ],
    ),
    neck=dict(in_channels=(512, 512)),
)
