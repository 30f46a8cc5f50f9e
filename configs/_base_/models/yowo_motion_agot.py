# YOWO with K-means anchors whose 3D branch sees frames and their differences (a stem
# pretrained on RGB is filled up with zeros), and whose classes come from that branch's
# map inside of each box (docs/recipe.md).
_base_ = "./yowo_diyanchor_agot.py"

model = dict(
    backbone=dict(motion_input="both", backbone_3d=dict(in_channels=6)),
    neck=dict(pass_on=(1,)),
    bbox_head=dict(
        type="stal_plugin.RoIClassYOWOHead", cls_in_channels=512, cls_channels=512
    ),
)
