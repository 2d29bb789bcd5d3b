"""What a dry run found, as lines for a person."""


def _size(count):
    """Bytes as a person reads them."""
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _parameters(found):
    backbone, head = found["backbone_parameters"], found["head_parameters"]
    return f"{backbone:,} in the backbone, {head:,} in the head"


def _computed(found):
    return f"{found['backend']} in {found['dtype']} on {found['device']}"


def _measured(found):
    first, second = found["seconds"]
    text = f"{_size(found['measured_bytes'])} at most"
    if found["framework_bytes"]:
        text += f", {_size(found['framework_bytes'])} of it before the network"
    return f"{text}; first step {first:.1f} s, second {second:.2f} s"


def _largest(found):
    largest = found["largest_batch_size"]
    if largest is None:
        return "not known: the framework does not tell the device's memory"
    text = f"{largest:,} images of {_size(found['available_bytes'])} available"
    if largest == found["images"]:
        text = f"{largest:,} images, all that there are"
    if not found["fits"]:
        text += f"; {found['batch_size']:,} do not fit"
    return text


def needs(found):
    """The result of `pretraining.dry_run` as text.

    Args:
        found: its dict.

    Returns:
        Several lines.
    """
    images, steps = found["images"], found["steps_per_epoch"]
    rows = {
        "epoch": f"{images:,} images, {steps:,} steps of {found['batch_size']}",
        "FLOP an image": f"{found['flops_per_image']:.3g} in matrix products",
    }
    if "measured_bytes" not in found:
        rows["largest batch"] = "none: not even the smallest fits"
    else:
        measured = f"measured, batch {found['measured_batch_size']:,}"
        rows |= {
            "parameters": _parameters(found),
            "computed by": _computed(found),
            "arrays of a step": f"{_size(found['estimated_bytes'])} expected",
            measured: _measured(found),
            "largest batch": _largest(found),
        }
    width = max(map(len, rows))
    return "\n".join(f"{name:{width}}  {text}" for name, text in rows.items())
