# CPU-size child of yowo-fpn_agot.py: two levels, decoupled head, dynamic assignment.
# What `make demo` trains, in four epochs (docs/recipe.md).
_base_ = [
    "../_base_/models/yowo_fpn_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_4e.py",
    "../_base_/default_runtime.py",
]
