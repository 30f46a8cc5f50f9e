# CPU-size child of yowo_enfloss-balanced_agot.py. The mean weight of an instance is
# that of yowo_enfloss_agot.py, 3.33, so that the two differ in balance only.
_base_ = "./yowo_enfloss_agot.py"

model = dict(
    bbox_head=dict(
        loss_cls=dict(
            beta=0.999, form="inverse", normalize="instance", loss_weight=10 / 3
        )
    ),
)
