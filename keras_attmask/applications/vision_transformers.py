"""The functions that make the models, as `keras.applications` has them."""

import keras

from keras_attmask.applications import architectures
from keras_attmask.applications.functional import check_head
from keras_attmask.applications.functional import class_output
from keras_attmask.applications.functional import feature_output
from keras_attmask.applications.image_input import image_input
from keras_attmask.applications.pretrained import check_weights
from keras_attmask.applications.pretrained import load_pretrained
from keras_attmask.applications.transfer import copy_weights
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer

_DOC = """{title}: a Vision Transformer with patches of {patch_size} pixels.

    Width {hidden_dim}, {num_layers} blocks, {num_heads} heads. The model is
    functional, and its one layer "backbone" is a `VisionTransformer`: freeze
    it by `model.get_layer("backbone").trainable = False`, or single ones of
    its `blocks`; ask it for class attention or the tokens of its last blocks.
    Images are normalised by `preprocess_input`, channels last.{more}

    Args:
        include_top: whether a linear classifier on the class token ends the
            model.
        weights: None (random), a run folder, the `backbone.weights.h5` in
            one, a preset, a `.keras` file of a backbone or of such a model,
            what `model.save_weights` of such a model wrote, a checkpoint
            that `attmask convert` reads, or the name of one that the authors
            of AttMask released, see `applications.published`. The classifier
            is fresh unless the file has one, and self-supervised runs have
            none. For another `input_shape` the position table is resized
            here, once: no resize stands in the graph.
        input_tensor: optional Keras tensor to use as image input.
        input_shape: `(H, W, C)`, multiples of the patch; None means that of
            `input_tensor`, else (224, 224, 3).
        pooling: the output without classifier. None: the map of patch tokens
            `(B, H / {patch_size}, W / {patch_size}, {hidden_dim})`; "avg" or
            "max": pooled over it; "token": the class token; "token+avg":
            both, `(B, 2 x {hidden_dim})`. All come after the final norm.
        classes: number of classes of the classifier.
        classifier_activation: of the classifier, None for logits; with
            `weights` only None and "softmax".
        name: of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        InputError (a ValueError): an argument that cannot be used, or the
            weights of another architecture.

    Example:
        >>> model = {title}(include_top=False, pooling="token")
        >>> model.output_shape
        (None, {hidden_dim})

    Reference:
        "An Image is Worth 16x16 Words", arXiv 2010.11929{reference}.
    """

_REGISTERS = {
    "more": """

    It has LayerScale and {num_registers} register tokens, as DINOv2 with
    registers. Those have no place in what it returns. With `weights` it has
    as many as they have: none for DINOv2 without registers. Both were made
    for 518 x 518 pixels, a grid of 37 x 37.""",
    "reference": """;
        "Vision Transformers Need Registers", arXiv 2309.16588""",
}


def _document(architecture):
    facts = vars(architecture)
    more = _REGISTERS if architecture.any_registers else {}
    parts = {name: more.get(name, "").format(**facts) for name in _REGISTERS}
    return _DOC.format(**facts, **parts)


def _check_activation(activation, weights):
    # The rule of keras.applications: pretrained scores are a softmax's.
    allowed = (None, keras.activations.linear, keras.activations.softmax)
    if weights is None or keras.activations.get(activation) in allowed:
        return
    raise InputError(
        "classifier_activation: expected None or 'softmax' with pretrained "
        f"weights, got {activation!r}"
    )


def _make_backbone(architecture, image_shape, source):
    if source is not None:
        architecture = architecture.with_registers(source.num_registers)
    settings = architecture.settings()
    if source is not None:
        # These are no part of the architecture, but weights live by them.
        settings["norm_epsilon"] = source.norm_epsilon
        settings["position_rule"] = source.position_rule
    backbone = VisionTransformer(image_shape, **settings, name="backbone")
    if source is not None:
        copy_weights(source, backbone)
    return backbone


def _set_classifier(layer, values, weights):
    classes = len(values[1])
    if classes != layer.units:
        raise InputError(
            f"classes: expected {classes} as in {str(weights)!r}, got "
            f"{layer.units}"
        )
    layer.set_weights(values)


def constructor(architecture):
    """Makes the function that makes models of one architecture.

    Args:
        architecture: `architectures.Architecture`.

    Returns:
        A function with the arguments of `keras.applications`.
    """

    def construct(
        include_top=True,
        weights=None,
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=1000,
        classifier_activation="softmax",
        name=architecture.name,
    ):
        check_weights(weights, architecture.title)
        check_head(pooling, classes)
        if include_top:
            _check_activation(classifier_activation, weights)
        images, sources = image_input(
            input_shape, input_tensor, architecture.patch_size
        )
        shape, pretrained, classifier = tuple(images.shape[1:]), None, None
        if weights is not None:
            pretrained, classifier = load_pretrained(
                weights, architecture, shape
            )
        backbone = _make_backbone(architecture, shape, pretrained)
        if include_top:
            output = class_output(
                backbone, images, classes, classifier_activation
            )
        else:
            output = feature_output(backbone, images, pooling)
        model = keras.Model(sources, output, name=name)
        if include_top and classifier is not None:
            _set_classifier(model.get_layer("predictions"), classifier, weights)
        return model

    construct.__name__ = construct.__qualname__ = architecture.title
    construct.__doc__ = _document(architecture)
    return construct


ViTTiny8 = constructor(architectures.TINY_8)
ViTTiny16 = constructor(architectures.TINY_16)
ViTSmall8 = constructor(architectures.SMALL_8)
ViTSmall14 = constructor(architectures.SMALL_14)
ViTSmall16 = constructor(architectures.SMALL_16)
ViTBase8 = constructor(architectures.BASE_8)
ViTBase14 = constructor(architectures.BASE_14)
ViTBase16 = constructor(architectures.BASE_16)
ViTLarge8 = constructor(architectures.LARGE_8)
ViTLarge16 = constructor(architectures.LARGE_16)
