"""Pretrained backbones, the way `keras.applications` offers its models."""

from keras_attmask.applications.backbone_file import load_backbone
