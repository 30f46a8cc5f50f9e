# CPU-size child of yowo-fpn_jhmdb.py, on the J-HMDB stand-in (make standin-jhmdb).
_base_ = [
    "../_base_/models/yowo_fpn_mini.py",
    "../_base_/datasets/jhmdb_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]
