"""`--backbone` of protocols that need a head on it."""


def reader_with_head(values, reader):
    """A reader of the backbone with its head, if it has one.

    Args:
        values: parsed flags of `attmask evaluate`.
        reader: `evaluation.Reader` of the backbone alone.

    Returns:
        `(reader, has_head)`: of both, or the one that was given.

    Raises:
        InputError: for `--train` beside a head.
    """
    from keras_attmask.applications.classifier_file import read_classifier
    from keras_attmask.errors import InputError
    from keras_attmask.errors import naming
    from keras_attmask.evaluation import Reader
    from keras_attmask.evaluation.with_head import has_head
    from keras_attmask.export.precision import float32_twin

    with naming("--backbone"):
        network = read_classifier(values.backbone, "backbone")
    if network is None or not has_head(network):
        return reader, False
    if values.train:
        raise InputError(
            "--train: expected none beside a backbone that has a head, got "
            f"{values.train!r}"
        )
    network = float32_twin(network)
    return Reader(network, reader.preprocessing, reader.batch_size), True
