"""The checkpoints that the authors of AttMask released: one row each."""

import dataclasses

ORIGIN = "https://github.com/gkakogeorgiou/attmask"


@dataclasses.dataclass(frozen=True)
class Published:
    """A released checkpoint, as the README of its origin lists it.

    Attributes:
        name: what the `weights` of a constructor call it.
        architecture: title of the constructor that it fits.
        knn: top-1 accuracy on ImageNet's validation images in percent, by
            the nearest neighbours, as its authors state it.
        linear: likewise, by a linear classifier.
        num_heads: attention heads, which the file does not tell.
        origin: public repository whose README links the file.
        licence: of that repository.
    """

    name: str
    architecture: str
    knn: float
    linear: float
    num_heads: int = 6
    origin: str = ORIGIN
    licence: str = "Apache-2.0"

    @property
    def file(self):
        """Name of the file in the cache."""
        return f"{self.name}.pth"


_ROWS = (
    Published("attmask_high_100ep_imagenet", "ViTSmall16", 72.5, 75.7),
    Published("attmask_hint_100ep_imagenet", "ViTSmall16", 72.8, 76.1),
    Published("attmask_high_300ep_imagenet", "ViTSmall16", 75.0, 77.5),
    # These two learned from 20 % of ImageNet.
    Published("attmask_high_100ep_imagenet20pct", "ViTSmall16", 49.7, 57.9),
    Published("attmask_hint_100ep_imagenet20pct", "ViTSmall16", 49.5, 57.5),
)
PUBLISHED = {row.name: row for row in _ROWS}
