# yowo_agot.py whose classes come from the fused map, as YOWO's do: what classes from
# the 3D map inside of each box give (docs/restudy.md).
_base_ = [
    "../_base_/models/yowo_fused_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]
