"""Writes a folder that transformers' `from_pretrained` takes."""

import json

from keras_attmask.convert.safetensors_file import write_safetensors
from keras_attmask.errors import InputError


def _config(state, backbone, form):
    height, width, channels = backbone.image_shape
    config = {
        "attention_probs_dropout_prob": 0.0,
        "dtype": "float32",
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0,
        "hidden_size": backbone.hidden_dim,
        "image_size": height if height == width else [height, width],
        "initializer_range": 0.02,
        "layer_norm_eps": backbone.norm_epsilon,
        "num_attention_heads": backbone.num_heads,
        "num_channels": channels,
        "num_hidden_layers": backbone.num_layers,
        "patch_size": backbone.patch_size,
        "qkv_bias": any(name.endswith("query.bias") for name in state),
    }
    if form == "hf_vit":
        return config | {
            "architectures": ["ViTModel"],
            "model_type": "vit",
            "intermediate_size": backbone.mlp_dim,
            "encoder_stride": backbone.patch_size,
            "pooler_act": "tanh",
            "pooler_output_size": backbone.hidden_dim,
        }
    return config | _dinov2(backbone)


def _dinov2(backbone):
    config = {
        "architectures": ["Dinov2Model"],
        "model_type": "dinov2",
        "apply_layernorm": True,
        "drop_path_rate": 0.0,
        "layerscale_value": 1.0,
        "mlp_ratio": backbone.mlp_dim // backbone.hidden_dim,
        "reshape_hidden_states": True,
        "use_mask_token": backbone.use_mask_token,
        "use_swiglu_ffn": False,
    }
    if backbone.num_registers:
        config["architectures"] = ["Dinov2WithRegistersModel"]
        config["model_type"] = "dinov2_with_registers"
        config["num_register_tokens"] = backbone.num_registers
        config.pop("use_mask_token")
    return config


def write_folder(state, backbone, form, folder):
    """Writes `config.json` and `model.safetensors`.

    Args:
        state: dict of name to array.
        backbone: the `VisionTransformer` that they belong to.
        form: "hf_vit" or "hf_dinov2".
        folder: an empty `pathlib.Path`.

    Raises:
        InputError: for sizes that the class cannot have.
    """
    ratio = backbone.mlp_dim / backbone.hidden_dim
    if form == "hf_dinov2" and ratio != int(ratio):
        raise InputError(
            f"{form}: expected a perceptron of a multiple of the width "
            f"{backbone.hidden_dim}, got {backbone.mlp_dim}"
        )
    if form == "hf_dinov2" and backbone.grid[0] != backbone.grid[1]:
        raise InputError(
            f"{form}: expected a square grid, the only one of Dinov2Model, "
            f"got {backbone.grid[0]}x{backbone.grid[1]}"
        )
    text = json.dumps(_config(state, backbone, form), indent=2, sort_keys=True)
    (folder / "config.json").write_text(text + "\n", "utf-8")
    write_safetensors(state, folder / "model.safetensors")
