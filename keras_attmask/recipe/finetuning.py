"""What a fine-tuning is made of: one frozen dataclass a section.

The defaults are those that Vision Transformers are fine-tuned with on
ImageNet (arXiv 2111.07832, appendix; 2111.06377, table 9).
"""

import dataclasses

from keras_attmask.recipe import common


@dataclasses.dataclass(frozen=True)
class Data:
    """Images with what is to be learned of them.

    Classes are folders' names, names after a tab in a list of paths, or
    "labels" of an .npz file. For several labels an image, names stand there
    with commas between; for regression, numbers do. An .npz file holds those
    as "targets" `(n, K)`.

    Attributes:
        train: a folder, list of paths, .npz file, "tfds:name/split" or
            "bundled:name/split".
        validation: likewise; empty takes `hold_out`.
        hold_out: share of the training images, of each class alike, that is
            kept for validation where no others are named; 0 measures nothing.
        limit: use that many training images at most; 0 takes all.
        validation_limit: likewise.
        in_memory: decode all training images once and keep them; for many
            small images of one size.
        unreadable: share of the images that may be unreadable; such are
            stepped over and named, and more of them stop the run.
        processes: that many processes read photographs; 0 reads by threads
            of this one, -1 takes one a core where that pays.
        mean: of each channel, 0 to 1; empty takes those of the backbone.
        std: likewise.
        crop_ratio: share of an image's side that is looked at when nothing
            is drawn; 0 takes that of the backbone.
    """

    train: str = ""
    validation: str = ""
    hold_out: float = 0.0
    limit: int = 0
    validation_limit: int = 0
    in_memory: bool = False
    unreadable: float = 0.01
    processes: int = -1
    mean: tuple = ()
    std: tuple = ()
    crop_ratio: float = 0.0


@dataclasses.dataclass(frozen=True)
class Backbone:
    """The network to begin with, and what is taken from it.

    Attributes:
        weights: a run folder, a preset, a .keras file, a checkpoint that
            `attmask convert` reads, or the name of a released one.
        num_heads: attention heads, where the weights do not tell; 0 asks
            them.
        image_size: side of images in pixels; 0 takes that of the weights.
        pretrained: false forgets the weights and begins at random, for
            comparison.
        frozen: train the head alone.
        pooling: token (class token), avg (mean of patch tokens) or token+avg.
        num_blocks: take that from so many last blocks, side by side.
        stochastic_depth_rate: of the last block.
        remat: compute the inside of each block again for its gradient; less
            memory for more time.
    """

    weights: str = ""
    num_heads: int = 0
    image_size: int = 0
    pretrained: bool = True
    frozen: bool = False
    pooling: str = "token"
    num_blocks: int = 1
    stochastic_depth_rate: float = 0.1
    remat: bool = False


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """What is done to training images, for each of them by itself.

    Images are mixed with others of the batch; where devices share it, with
    others of the same device.

    Attributes:
        crop_scale: `(low, high)` share of the image's area that is cut out.
        flip_probability: of a left-right mirror.
        jitter_probability: of colour jitter.
        jitter: brightness, contrast, saturation and hue strengths.
        rand_augment: magnitude of RandAugment, 0 to 10; 0 leaves it out.
        rand_augment_ops: operations that it does to an image.
        random_erasing: probability that a box is filled with noise.
        mixup: alpha of MixUp; 0 leaves it out.
        cutmix: alpha of CutMix; 0 leaves it out.
        mix_probability: that an image is mixed at all.
        switch_probability: that it is by CutMix, where both are on.
    """

    crop_scale: tuple = (0.08, 1.0)
    flip_probability: float = 0.5
    jitter_probability: float = 0.0
    jitter: tuple = (0.4, 0.4, 0.2, 0.1)
    rand_augment: float = 9.0
    rand_augment_ops: int = 2
    random_erasing: float = 0.25
    mixup: float = 0.8
    cutmix: float = 1.0
    mix_probability: float = 1.0
    switch_probability: float = 0.5


@dataclasses.dataclass(frozen=True)
class Objective:
    """What is learned.

    Attributes:
        task: classification, multilabel or regression.
        label_smoothing: share of a target that goes to all classes alike.
    """

    task: str = "classification"
    label_smoothing: float = 0.1


@dataclasses.dataclass(frozen=True)
class Optimizer:
    """AdamW and its schedule.

    Attributes:
        learning_rate: peak for a batch of 256; scaled with the batch.
        final_learning_rate: end of the cosine, not scaled.
        warmup_epochs: epochs of the linear rise.
        weight_decay: number.
        layer_decay: learning rate of a block over that of the next one; 1
            treats all alike.
        clip_norm: bound of each variable's gradient norm; 0 sets none.
    """

    learning_rate: float = 1e-3
    final_learning_rate: float = 1e-6
    warmup_epochs: float = 5.0
    weight_decay: float = 0.05
    layer_decay: float = 0.75
    clip_norm: float = 0.0


@dataclasses.dataclass(frozen=True)
class Training(common.Training):
    """Beside what all training has.

    Attributes:
        ema: share of the old value that a step keeps in the mean of the
            weights, which is then what is measured and kept; 0 takes the
            weights as they are.
    """

    batch_size: int = 256
    ema: float = 0.0


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """When the validation images are looked at.

    Attributes:
        every_epochs: epochs between two evaluations; the last one has one in
            any case.
        batch_size: images at once.
    """

    every_epochs: int = 1
    batch_size: int = 256


@dataclasses.dataclass(frozen=True)
class FinetuneRecipe:
    """All sections; `name` titles the run folder.

    `saved_model` is the folder that the finished model is exported to; empty
    means none.
    """

    name: str = "finetune"
    saved_model: str = ""
    data: Data = Data()
    backbone: Backbone = Backbone()
    augmentation: Augmentation = Augmentation()
    objective: Objective = Objective()
    optimizer: Optimizer = Optimizer()
    training: Training = Training()
    evaluation: Evaluation = Evaluation()

    def to_dict(self):
        """Nested plain dict, ready for JSON."""
        return dataclasses.asdict(self)
