# The corrected link: through a weight per channel that is zero at first.
_base_ = [
    "../_base_/models/yowo_pretrained_mini.py",
    "../_base_/datasets/weizmann_pretrained.py",
    "../_base_/schedules/adamw_pretrained_4e.py",
    "../_base_/default_runtime.py",
]

# of the strides 8, 16 and 32
__stages = [("stage2", "block1"), ("stage3", "block3"), ("stage4", "block4")]
model = dict(
    backbone=dict(
        links=[
            dict(
                type="stal_plugin.ExpandLink",
                stages=__stages,
            )
        ]
    ),
    bbox_head=dict(num_classes=10, loss_cls=dict(num_classes=10)),
)
