# CPU-size form of linknet-gated-bottleneck_jhmdb.py, on Agot.
_base_ = [
    "../_base_/models/yowo_mini.py",
    "../_base_/links.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(backbone=dict(links={{_base_.links.gated_bottleneck}}))
