"""A backbone and what stands on it, as a functional model."""

import numbers

import keras

from keras_attmask.errors import InputError

POOLING = (None, "avg", "max", "token", "token+avg")


def check_head(pooling, classes):
    """Refuses what no head can be made of.

    Raises:
        InputError: naming the argument, what was expected and what came.
    """
    if pooling not in POOLING:
        raise InputError(
            f"pooling: expected one of {', '.join(map(repr, POOLING))}, got "
            f"{pooling!r}"
        )
    if not isinstance(classes, numbers.Integral) or classes < 1:
        raise InputError(f"classes: expected 1 or more, got {classes!r}")


def feature_output(backbone, images, pooling):
    """Features of images, as `pooling` wants them.

    Args:
        backbone: `VisionTransformer`.
        images: Keras tensor `(B, H, W, C)`.
        pooling: one of `POOLING`.

    Returns:
        `(B, rows, columns, D)` for None, `(B, 2 D)` for "token+avg",
        `(B, D)` for the others.
    """
    tokens = backbone(images)
    if pooling == "token":
        return tokens["class_token"]
    rows, columns = backbone.grid
    shape = (rows, columns, backbone.hidden_dim)
    features = keras.layers.Reshape(shape, name="feature_map")(
        tokens["patch_tokens"]
    )
    if pooling is None:
        return features
    if pooling == "max":
        return keras.layers.GlobalMaxPooling2D(name="max_pool")(features)
    average = keras.layers.GlobalAveragePooling2D(name="avg_pool")(features)
    if pooling == "avg":
        return average
    both = [tokens["class_token"], average]
    return keras.layers.Concatenate(name="token_and_average")(both)


def class_output(backbone, images, classes, activation):
    """Class scores of images: a linear classifier on the class token.

    Args:
        backbone: `VisionTransformer`.
        images: Keras tensor `(B, H, W, C)`.
        classes: how many.
        activation: of the scores.

    Returns:
        `(B, classes)`; float32 under a mixed policy, where a softmax over
        many classes would lose its digits.
    """
    dtype = backbone.variable_dtype
    classifier = keras.layers.Dense(
        classes, activation=activation, name="predictions", dtype=dtype
    )
    return classifier(backbone(images)["class_token"])
