"""What a run is made of: one frozen dataclass a section.

The defaults are the published ViT-S/16 values.
"""

import dataclasses

from keras_attmask.recipe import common
from keras_attmask.view_law import Views

GATES = ("independent", "stratified")
STRATEGIES = ("high", "hint", "low", "random", "block", "none")


@dataclasses.dataclass(frozen=True)
class Data:
    """Training images.

    Attributes:
        source: a folder, glob, list of paths, .npz file, "tfds:name/split"
            or "bundled:name/split".
        limit: use that many images at most; 0 takes all.
        in_memory: decode all images once and keep them; for many small
            images of one size.
        unreadable: share of the images that may be unreadable; such are
            stepped over and named, and more of them stop the run.
        processes: that many processes read photographs; 0 reads by threads
            of this one, -1 takes one a core where that pays.
        channels: channels of an image.
        mean: of each channel, 0 to 1.
        std: of each channel, 0 to 1.
    """

    source: str = "tfds:imagenet2012/train"
    limit: int = 0
    in_memory: bool = False
    unreadable: float = 0.01
    processes: int = -1
    channels: int = 3
    mean: tuple = (0.485, 0.456, 0.406)
    std: tuple = (0.229, 0.224, 0.225)


@dataclasses.dataclass(frozen=True)
class Backbone:
    """The Vision Transformer; see `models.VisionTransformer`.

    `mlp_dim` and `layer_scale` of 0 mean four widths and none.
    """

    patch_size: int = 16
    num_layers: int = 12
    num_heads: int = 6
    hidden_dim: int = 384
    mlp_dim: int = 0
    stochastic_depth_rate: float = 0.1
    num_registers: int = 0
    layer_scale: float = 0.0
    position_initial: str = "normal"


@dataclasses.dataclass(frozen=True)
class Head:
    """The projection head; see `layers.ProjectionHead`."""

    num_prototypes: int = 8192
    hidden_dim: int = 2048
    bottleneck_dim: int = 256
    shared: bool = True
    trainable_gain: bool = True


@dataclasses.dataclass(frozen=True)
class Masking:
    """Which patches to hide.

    Attributes:
        strategy: high, hint, low (AttMask), random, block or none.
        mask_ratio: `(low, high)` of the uniform law of the hidden share.
        masking_probability: probability that a view is masked at all.
        hint_ratio: share of patches that hints are drawn from.
        per_image: draw the ratio for each view, not once a step.
        gate: independent (as published) or stratified: exactly
            masking_probability of the views of each image are masked.
    """

    strategy: str = "high"
    mask_ratio: tuple = (0.1, 0.5)
    masking_probability: float = 0.5
    hint_ratio: float = 0.1
    per_image: bool = False
    gate: str = "independent"


@dataclasses.dataclass(frozen=True)
class Objective:
    """Losses and temperatures; temperatures rise over the first epochs.

    A `patch_weight` of 0 is plain DINO.
    """

    cls_weight: float = 1.0
    patch_weight: float = 1.0
    student_temperature: float = 0.1
    teacher_temperature: tuple = (0.04, 0.07)
    patch_teacher_temperature: tuple = (0.04, 0.07)
    temperature_epochs: int = 30
    center_momentum: float = 0.9


@dataclasses.dataclass(frozen=True)
class Optimizer:
    """AdamW and its schedules.

    Attributes:
        learning_rate: peak for a batch of 256; scaled with the batch.
        final_learning_rate: end of the cosine, not scaled.
        warmup_epochs: epochs of the linear rise.
        weight_decay: first and last value of a cosine.
        clip_norm: bound of each variable's gradient norm.
        frozen_epochs: epochs in which the prototypes do not move.
    """

    learning_rate: float = 5e-4
    final_learning_rate: float = 1e-6
    warmup_epochs: float = 10.0
    weight_decay: tuple = (0.04, 0.4)
    clip_norm: float = 3.0
    frozen_epochs: float = 1.0


@dataclasses.dataclass(frozen=True)
class Teacher:
    """First and last value of the cosine of the teacher's momentum."""

    momentum: tuple = (0.996, 1.0)


@dataclasses.dataclass(frozen=True)
class Training(common.Training):
    """Beside what all training has.

    Attributes:
        remat: compute the inside of each block again for its gradient
            instead of keeping it; less memory for more time.
        chunk_tokens: tokens whose scores over prototypes exist at once; 0
            for all.
        picture_epochs: epochs between two pictures of attention and masks;
            0 draws at the end alone, as is done in any case.
        initial: weights to begin with: a full checkpoint of the official
            code, or any backbone that `attmask convert` reads or a run
            folder holds; empty begins at random.
    """

    remat: bool = False
    chunk_tokens: int = 4096
    picture_epochs: int = 10
    initial: str = ""


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """What is measured on frozen class tokens while a run trains.

    Attributes:
        bank: labelled images that vote by k-NN; empty leaves it out.
        queries: images that are classified; without a bank they need no
            labels, and view retrieval and effective rank are measured. Empty
            measures nothing.
        num_neighbors: voters.
        temperature: of a voter's weight.
        every_epochs: epochs between two evaluations.
        crop_ratio: share of an image's side that is kept (256 to 224).
        limit: use that many images of each at most; 0 takes all.
    """

    bank: str = ""
    queries: str = ""
    num_neighbors: int = 20
    temperature: float = 0.07
    every_epochs: int = 10
    crop_ratio: float = 0.875
    limit: int = 0


@dataclasses.dataclass(frozen=True)
class Recipe:
    """All sections; `name` titles the run folder.

    `saved_model` is the folder that the finished backbone is exported to;
    empty means none.
    """

    name: str = "attmask"
    saved_model: str = ""
    data: Data = Data()
    views: Views = Views()
    backbone: Backbone = Backbone()
    head: Head = Head()
    masking: Masking = Masking()
    objective: Objective = Objective()
    optimizer: Optimizer = Optimizer()
    teacher: Teacher = Teacher()
    training: Training = Training()
    evaluation: Evaluation = Evaluation()

    def to_dict(self):
        """Nested plain dict, ready for JSON."""
        return dataclasses.asdict(self)
