"""Files of a small release of AVA."""

LABELS = "".join(
    f'item {{\n  name: "action {k}"\n  id: {k}\n}}\n' for k in range(1, 81)
)
TRAIN = """\
mov,0902,0.1,0.2,0.5,0.9,12,0
mov,0902,0.1,0.2,0.5,0.9,80,0
mov,0902,0.6,0.2,0.9,0.9,1,1
mov,0903,0.1,0.2,0.5,0.9,12,0
mov,0904,0.1,0.2,0.5,0.9,12,0
"""
VAL = "val,0902,0.1,0.2,0.5,0.9,3,7\n"
