"""Which views there are and how each is drawn."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Views:
    """How views are drawn (section 8 of the method, per view).

    Attributes:
        global_crops: number of global views G.
        local_crops: number of local views L.
        global_size: side of a global view in pixels.
        local_size: side of a local view in pixels.
        global_scale: `(low, high)` share of the image's area.
        local_scale: `(low, high)` likewise.
        flip_probability: of a left-right mirror.
        jitter_probability: of colour jitter.
        jitter: brightness, contrast, saturation and hue strengths.
        grey_probability: of dropping colour.
        blur_probability: for global view 1, global view 2, local views.
        blur_sigma: `(low, high)` in pixels.
        solarize_probability: likewise three.
    """

    global_crops: int = 2
    local_crops: int = 10
    global_size: int = 224
    local_size: int = 96
    global_scale: tuple = (0.25, 1.0)
    local_scale: tuple = (0.05, 0.25)
    flip_probability: float = 0.5
    jitter_probability: float = 0.8
    jitter: tuple = (0.4, 0.4, 0.2, 0.1)
    grey_probability: float = 0.2
    blur_probability: tuple = (1.0, 0.1, 0.5)
    blur_sigma: tuple = (0.1, 2.0)
    solarize_probability: tuple = (0.0, 0.2, 0.0)


@dataclasses.dataclass(frozen=True)
class Kind:
    """Views of one size: the global or the local ones.

    Attributes:
        first: number of the first of them among all views.
        count: how many an image.
        size: their side in pixels.
        scale: `(low, high)` share of the image's area.
    """

    first: int
    count: int
    size: int
    scale: tuple


@dataclasses.dataclass(frozen=True)
class ViewLaw(Views):
    """`Views` and how they are normalised.

    Attributes:
        mean: of each channel, 0 to 1.
        std: of each channel, 0 to 1.
    """

    mean: tuple = (0.485, 0.456, 0.406)
    std: tuple = (0.229, 0.224, 0.225)

    @property
    def num_crops(self):
        """Global and local views together."""
        return self.global_crops + self.local_crops

    @property
    def kinds(self):
        """The kinds of views that there are: `{"global": Kind, ...}`."""
        kinds = {
            "global": Kind(
                0, self.global_crops, self.global_size, self.global_scale
            ),
            "local": Kind(
                self.global_crops,
                self.local_crops,
                self.local_size,
                self.local_scale,
            ),
        }
        return {name: kind for name, kind in kinds.items() if kind.count}

    def of_views(self, three, first, count):
        """Values for views `first` and on from global 1, global 2, local."""
        return [
            three[2] if n >= self.global_crops else three[min(n, 1)]
            for n in range(first, first + count)
        ]


def whole_views(share, views):
    """How many of an image's views a share is; None for a part of one."""
    count = round(share * views)
    return count if abs(share * views - count) < 1e-9 else None
