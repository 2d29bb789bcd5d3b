"""The Vision Transformer backbone."""

import keras
from keras import ops

from keras_attmask.arguments import arguments_of
from keras_attmask.layers import ClassToken
from keras_attmask.layers import MaskToken
from keras_attmask.layers import PatchEmbedding
from keras_attmask.layers import PositionEmbedding
from keras_attmask.layers import TransformerBlock
from keras_attmask.models.blocks import through_blocks
from keras_attmask.models.preset import Preset
from keras_attmask.models.quantized import Quantized

OUTPUTS = (
    "class_token",
    "patch_tokens",
    "class_attention",
    "class_attention_heads",
    "block_tokens",
)


@keras.saving.register_keras_serializable(package="keras_attmask")
class VisionTransformer(Preset, Quantized, keras.Model):
    """Pre-norm Vision Transformer with named outputs.

    "An Image is Worth 16x16 Words", arXiv 2010.11929, with the details of
    DINO, iBOT and AttMask. Weights exist from construction on. Any image
    that the patch divides may be given, whatever `image_shape` says: the
    position table is read at the grid of the image.

    Args:
        image_shape: `(H, W, C)` that the position table belongs to.
        patch_size: side of a patch in pixels.
        num_layers: number of blocks.
        num_heads: attention heads a block.
        hidden_dim: width D.
        mlp_dim: hidden width of the perceptrons; None means 4 D.
        stochastic_depth_rate: rate of the last block; earlier blocks rise
            to it linearly from 0.
        num_registers: extra learned tokens without position.
        layer_scale: first value of LayerScale gains; None leaves them out.
        norm_epsilon: epsilon of the layer norms.
        position_rule: "scale" (AttMask, DINO), "size" (transformers) or
            "antialias" (DINOv2 with registers, timm), see
            `layers.position_embedding.interpolation_matrix`.
        position_initial: "normal" or "sincos".
        use_mask_token: own a vector for hidden patches (the student does).
        remat: in training, compute the inside of a block again for its
            gradient instead of keeping it.

    Call arguments:
        images: normalised float `(B, H, W, C)`.
        patch_mask: optional bool `(B, N)`; True hides a patch. (A Keras
            mask is something else: hidden patches are still computed.)
        outputs: names from `OUTPUTS`.
        num_blocks: how many last blocks "block_tokens" holds.
        sample_key: optional int32 `(B,)` for stochastic depth.
        training: turns stochastic depth on.

    Returns:
        A dict: "class_token" `(B, D)` and "patch_tokens" `(B, N, D)` after
        the final norm; "class_attention" float32 `(B, N)`, the last block's
        attention from class token to patches, mean over heads;
        "class_attention_heads" `(B, H, N)`; "block_tokens", a list of
        `(B, 1 + N, D)`, one for each of the last blocks, earliest first,
        each through the final norm.

    Raises:
        ValueError: a patch that does not divide the image, an unknown
            output, more blocks than there are, a patch mask for a network
            without mask token.

    Example:
        >>> backbone = VisionTransformer((32, 32, 3), 4, 2, 3, 48)
        >>> tokens = backbone(np.zeros((1, 32, 32, 3)))["patch_tokens"]
        >>> tokens.shape
        (1, 64, 48)
    """

    preprocessing = None  # how its images are prepared, if anybody knows

    def __init__(
        self,
        image_shape,
        patch_size=16,
        num_layers=12,
        num_heads=6,
        hidden_dim=384,
        mlp_dim=None,
        stochastic_depth_rate=0.0,
        num_registers=0,
        layer_scale=None,
        norm_epsilon=1e-6,
        position_rule="scale",
        position_initial="normal",
        use_mask_token=False,
        remat=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image_shape = tuple(image_shape)
        self.patch_size = patch_size
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.hidden_dim = hidden_dim
        self.mlp_dim = mlp_dim or 4 * hidden_dim
        self.stochastic_depth_rate = stochastic_depth_rate
        self.num_registers = num_registers
        self.layer_scale = layer_scale
        self.norm_epsilon = norm_epsilon
        self.position_rule = position_rule
        self.position_initial = position_initial
        self.use_mask_token = use_mask_token
        self.remat = remat
        self._make_input_layers()
        self.blocks = [self._make_block(i) for i in range(num_layers)]
        self.norm = keras.layers.LayerNormalization(
            epsilon=norm_epsilon, name="norm", dtype=self.dtype_policy
        )
        self.build((None, *self.image_shape))

    def get_config(self):
        own = arguments_of(self, VisionTransformer)
        return {**super().get_config(), **own}

    def _make_block(self, index):
        # The rate of stochastic depth rises linearly from 0 with depth.
        share = index / max(self.num_layers - 1, 1)
        return TransformerBlock(
            self.num_heads,
            self.mlp_dim,
            self.stochastic_depth_rate * share,
            self.layer_scale,
            self.norm_epsilon,
            index,
            name=f"block_{index}",
            dtype=self.dtype_policy,
        )

    def _make_input_layers(self):
        dtype = self.dtype_policy
        self.patch_embedding = PatchEmbedding(
            self.hidden_dim,
            self.patch_size,
            name="patch_embedding",
            dtype=dtype,
        )
        self.grid = self.patch_embedding.grid(self.image_shape)
        self.class_token = ClassToken(name="class_token", dtype=dtype)
        self.position_embedding = PositionEmbedding(
            self.grid,
            self.position_rule,
            self.position_initial,
            name="position_embedding",
            dtype=dtype,
        )
        self.mask_token = self.registers = None
        if self.use_mask_token:
            self.mask_token = MaskToken(name="mask_token", dtype=dtype)
        if self.num_registers:
            self.registers = ClassToken(
                self.num_registers, name="registers", dtype=dtype
            )

    def build(self, input_shape):
        if self.built:
            return
        self.patch_embedding.build(input_shape)
        patches = (None, self.grid[0] * self.grid[1], self.hidden_dim)
        tokens = (None, None, self.hidden_dim)
        for layer in (self.class_token, self.mask_token, self.registers):
            if layer is not None:
                layer.build(patches)
        for layer in (self.position_embedding, *self.blocks, self.norm):
            layer.build(tokens)
        self.built = True

    def _embed(self, images, patch_mask):
        grid = self.patch_embedding.grid(images.shape[1:3])
        x = self.patch_embedding(images)
        if patch_mask is not None:
            if self.mask_token is None:
                raise ValueError(
                    "`patch_mask` needs a network with a mask token: expected "
                    "use_mask_token=True, got False."
                )
            x = self.mask_token(x, patch_mask)
        x = ops.concatenate([self.class_token(x), x], axis=1)  # (B, 1 + N, D)
        x = self.position_embedding(x, grid=grid)
        if self.registers is not None:
            extra = self.registers(x)
            x = ops.concatenate([x[:, :1], extra, x[:, 1:]], axis=1)
        return x

    def _check_outputs(self, outputs, num_blocks):
        unknown = [name for name in outputs if name not in OUTPUTS]
        if unknown:
            raise ValueError(
                f"`outputs` must be names from {OUTPUTS}, got {unknown[0]!r}."
            )
        if "block_tokens" in outputs and not 1 <= num_blocks <= self.num_layers:
            raise ValueError(
                f"`num_blocks` must lie in [1, {self.num_layers}], got "
                f"{num_blocks!r}."
            )

    def compute_output_spec(
        self,
        images,
        patch_mask=None,
        outputs=("class_token", "patch_tokens"),
        num_blocks=4,
        **kwargs,
    ):
        self._check_outputs(outputs, num_blocks)
        batch, dim = images.shape[0], self.hidden_dim
        rows, columns = self.patch_embedding.grid(images.shape[1:3])
        patches = rows * columns

        def tensor(*shape, dtype=self.compute_dtype):
            return keras.KerasTensor((batch, *shape), dtype)

        specs = {
            "class_token": tensor(dim),
            "patch_tokens": tensor(patches, dim),
            "class_attention": tensor(patches, dtype="float32"),
            "class_attention_heads": tensor(
                self.num_heads, patches, dtype="float32"
            ),
            "block_tokens": [
                tensor(1 + patches, dim) for _ in range(num_blocks)
            ],
        }
        return {name: specs[name] for name in outputs}

    def _without_registers(self, x):
        if self.registers is None:
            return x
        first = 1 + self.num_registers
        return ops.concatenate([x[:, :1], x[:, first:]], axis=1)

    def _collect(self, x, row, kept, outputs):
        """The dict of named outputs."""
        results = {}
        first = 1 + self.num_registers
        if "block_tokens" in outputs:
            results["block_tokens"] = [
                self._without_registers(self.norm(tokens)) for tokens in kept
            ]
        if "patch_tokens" in outputs:
            x = self.norm(x)
            results["patch_tokens"] = x[:, first:]
            results["class_token"] = x[:, 0]
        elif "class_token" in outputs:
            results["class_token"] = self.norm(x[:, :1])[:, 0]
        if row is not None:
            results["class_attention_heads"] = row[:, :, first:]
            results["class_attention"] = ops.mean(row[:, :, first:], axis=1)
        return {name: results[name] for name in outputs}

    @property
    def looped(self):
        """Variables that blocks of a loop have in common, a list a kind."""
        if keras.backend.backend() != "jax" or self.num_layers < 3:
            return []
        return list(zip(*(block.weights for block in self.blocks[:-1])))

    def call(
        self,
        images,
        patch_mask=None,
        outputs=("class_token", "patch_tokens"),
        num_blocks=4,
        sample_key=None,
        training=False,
    ):
        self._check_outputs(outputs, num_blocks)
        found = through_blocks(
            self.blocks,
            self._embed(images, patch_mask),
            sample_key,
            training,
            remat=self.remat,
            attends=any(name.startswith("class_att") for name in outputs),
            class_only=not {"patch_tokens", "block_tokens"} & set(outputs),
            keep=num_blocks if "block_tokens" in outputs else 0,
        )
        return self._collect(*found, outputs)
