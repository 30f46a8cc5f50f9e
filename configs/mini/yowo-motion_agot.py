# CPU-size child of yowo-motion_agot.py, from random weights and on differences alone.
# As yowo_diyanchor_agot.py, for the recipe (docs/recipe.md) is in the base of all mini
# configs.
_base_ = [
    "../_base_/models/yowo_diyanchor_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]
