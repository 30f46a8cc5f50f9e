# yowo_agot.py whose 3D branch sees frames instead of their differences: what the
# motion input of the recipe gives (docs/restudy.md).
_base_ = "./yowo_agot.py"

model = dict(backbone=dict(motion_input="none"))
