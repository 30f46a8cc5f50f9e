#!/usr/bin/env bash
# Train with several processes: NCCL on GPUs, gloo on CPUs.
#   tools/dist_train.sh CONFIG PROCESSES [arguments of train.py]
# Environment: NNODES, NODE_RANK, MASTER_ADDR, PORT, OMP_NUM_THREADS, PYTHON
exec "$(dirname "$0")/launch.sh" train.py 1 "$@"
