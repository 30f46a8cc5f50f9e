#!/usr/bin/env bash
# Test with several processes: NCCL on GPUs, gloo on CPUs.
#   tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [arguments of test.py]
# Environment: NNODES, NODE_RANK, MASTER_ADDR, PORT, OMP_NUM_THREADS, PYTHON
exec "$(dirname "$0")/launch.sh" test.py 2 "$@"
