# CPU-size child of center3d-actor_agot.py.
_base_ = "./center3d_agot.py"

model = dict(
    classifier_input="blend",
    blend_weight=0.3,
    classifier=dict(
        per="actor",
        pool_size=3,
        backbone=dict(in_channels=3, stem_stride=(1, 2, 2)),
    ),
)
