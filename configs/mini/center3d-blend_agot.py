# CPU-size child of center3d-blend_agot.py. Without pretrained weights a frozen
# localizer finds nothing, so this one learns; to freeze it: model.frozen=True and
# model.localizer.init_cfg.
_base_ = [
    "../_base_/models/center3d_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini.py",
    "../_base_/default_runtime.py",
]

model = dict(
    classifier_input="blend",
    blend_weight=0.7,
    classifier=dict(
        pool_size=7,
        backbone=dict(in_channels=3, stem_stride=(1, 2, 2)),
    ),
)
