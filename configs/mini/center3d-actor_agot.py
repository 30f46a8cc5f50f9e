# CPU-size child of center3d-actor_agot.py.
_base_ = [
    "../_base_/models/center3d_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

model = dict(
    classifier_input="blend",
    blend_weight=0.3,
    classifier=dict(
        per="actor",
        pool_size=3,
        backbone=dict(in_channels=3, stem_stride=(1, 2, 2)),
    ),
)
