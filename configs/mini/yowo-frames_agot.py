# yowo_agot.py whose 3D branch sees frames instead of their differences: what the
# motion input of the recipe gives (docs/restudy.md).
_base_ = [
    "../_base_/models/yowo_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(backbone=dict(motion_input="none"))
