# YOWO that is given motion (differences of frames) and takes classes from the 3D branch
# alone, inside of each box: the recipe of the demo at full size, docs/recipe.md.
_base_ = [
    "./_base_/models/yowo_motion_agot.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]
