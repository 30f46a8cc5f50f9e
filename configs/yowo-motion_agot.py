# YOWO that is given motion (differences of frames) and takes classes from the 3D branch
# alone, inside of each box: the recipe of the demo at full size, docs/recipe.md.
# The 3D branch sees frames, too; a stem pretrained on RGB is filled up with zeros.
_base_ = [
    "./_base_/models/yowo_diyanchor_agot.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(
    backbone=dict(motion_input="both", backbone_3d=dict(in_channels=6)),
    neck=dict(pass_on=(1,)),
    bbox_head=dict(
        type="stal_plugin.RoIClassYOWOHead", cls_in_channels=512, cls_channels=512
    ),
)
