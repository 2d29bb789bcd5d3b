"""Keras layers of the Vision Transformer and its head."""

from keras_attmask.layers.class_token import ClassToken
from keras_attmask.layers.layer_scale import LayerScale
from keras_attmask.layers.mask_token import MaskToken
from keras_attmask.layers.mlp import MLP
from keras_attmask.layers.patch_embedding import PatchEmbedding
from keras_attmask.layers.position_embedding import PositionEmbedding
from keras_attmask.layers.projection_head import ProjectionHead
from keras_attmask.layers.prototypes import Prototypes
from keras_attmask.layers.self_attention import SelfAttention
from keras_attmask.layers.stochastic_depth import StochasticDepth
from keras_attmask.layers.stochastic_depth import joint_factors
from keras_attmask.layers.transformer_block import TransformerBlock
