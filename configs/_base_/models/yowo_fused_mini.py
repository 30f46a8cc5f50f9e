# yowo_mini.py whose classes come from the fused map, as YOWO's do.
_base_ = "./yowo_mini.py"

model = dict(
    neck=dict(pass_on=()),
    bbox_head=dict(
        _delete_=True,
        type="stal_plugin.YOWOHead",
        num_classes=8,
        in_channels=128,
        prior_prob=0.01,
        prior_generator={{_base_.model.bbox_head.prior_generator}},
        loss_bbox={{_base_.model.bbox_head.loss_bbox}},
        loss_obj={{_base_.model.bbox_head.loss_obj}},
        loss_cls={{_base_.model.bbox_head.loss_cls}},
    ),
)
