# Center3D as the paper's code has it: the COCO checkpoint localises and is frozen, the
# 3D network (Kinetics) sees frames blended with coloured heatmaps; one vector of
# classes for all actors of a clip, from 512 x 7 x 7 features. The code's CenterNet is
# an hourglass that predicts 17 joints; mmdet's predicts boxes, whose points are drawn.
# Without the COCO checkpoint this finds nothing: see center3d_r18.py.
_base_ = "./center3d_r18.py"

model = dict(
    localizer=dict(bbox_head=dict(num_keypoints=0)),
    frozen=True,
    classifier_input="blend",
    blend_weight=0.7,
    classifier=dict(
        pool_size=7,
        backbone=dict(
            _delete_=True,
            type="stal_plugin.ResNet3D18",
            init_cfg=dict(
                type="stal_plugin.PretrainedIfPresent",
                checkpoint="weights/resnet3d18-kinetics.pth",
                made_by="python tools/convert_weights.py kinetics-resnet3d18 "
                "resnet-18-kinetics.pth weights/resnet3d18-kinetics.pth",
            ),
        ),
    ),
)
