"""Weights of YOLOX as its authors publish them, for mmdet's YOLOX."""
