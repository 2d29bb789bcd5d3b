"""Published numbers to stand beside one's own, each with its source.

What is not here was not found where it could be checked.
"""

import dataclasses

_README = "README of gkakogeorgiou/attmask"
_FORK = "eval_metric_learning.py of billpsomas/ibot"


@dataclasses.dataclass(frozen=True)
class Published:
    """One number.

    Attributes:
        protocol: that measured it.
        measure: its name there.
        value: a share.
        network: what was measured, and how long it was trained on what.
        data: that it was measured on.
        source: where it is stated.
    """

    protocol: str
    measure: str
    value: float
    network: str
    data: str
    source: str


# Mode, training, k-NN and linear of ViT-S/16 on the validation images.
_RELEASED = (
    ("High", "300 epochs of ImageNet", 0.750, 0.775),
    ("Hint", "100 epochs of ImageNet", 0.728, 0.761),
    ("High", "100 epochs of ImageNet", 0.725, 0.757),
    ("High", "100 epochs of 20 % of ImageNet", 0.497, 0.579),
    ("Hint", "100 epochs of 20 % of ImageNet", 0.495, 0.575),
)
_RECALL = {
    "CUB-200-2011": {1: 57.174, 2: 69.379, 4: 80.250, 8: 87.779},
    "Stanford Cars": {1: 39.798, 2: 50.387, 4: 61.419, 8: 71.504},
    "Stanford Online Products": {1: 59.043, 10: 73.925, 100: 85.432},
    "In-Shop": {1: 40.737, 10: 63.694, 20: 70.333},
}

PUBLISHED = (
    *(
        Published(
            protocol,
            protocol,
            value,
            f"AttMask-{mode}, ViT-S/16, {training}",
            "ImageNet",
            _README,
        )
        for mode, training, *values in _RELEASED
        for protocol, value in zip(("knn", "linear"), values)
    ),
    *(
        Published(
            "retrieval",
            f"recall_at_{k}",
            value / 100,
            "AttMask, ViT-S/16",
            data,
            _FORK,
        )
        for data, values in _RECALL.items()
        for k, value in values.items()
    ),
    *(
        Published(
            "backgrounds",
            measure,
            value,
            "AttMask-High, ViT-S/16",
            "ImageNet-9",
            "plots of the CLAD paper, after the AttMask paper",
        )
        for measure, value in (("mixed_same", 0.762), ("mixed_rand", 0.623))
    ),
)


def published_beside(measured):
    """The published numbers of protocols that were measured too.

    Args:
        measured: iterable of `(protocol, measure)`.

    Returns:
        A list of `Published`, in their order.
    """
    measured = set(measured)
    return [row for row in PUBLISHED if (row.protocol, row.measure) in measured]
