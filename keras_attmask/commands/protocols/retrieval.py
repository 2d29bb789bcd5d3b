"""attmask evaluate retrieval"""

from absl import flags

from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import limit_and_output
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.protocol import no_train


def _define(values):
    flags.DEFINE_integer(
        "image_size",
        512,
        "Oxford and Paris: pixels of the longer side of a photograph",
        1,
        flag_values=values,
    )
    flags.DEFINE_bool(
        "crop_queries",
        True,
        "Oxford and Paris: cut queries to their boxes, as the benchmark "
        "demands; --nocrop_queries is what DINO and iBOT do",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "side_step",
        None,
        "Oxford and Paris: sides are cut to multiples of so many pixels; by "
        "default of a patch, of several small ones",
        1,
        flag_values=values,
    )


def _run(values, reader):
    from keras_attmask.evaluation import retrieval

    no_train(values, "retrieval")
    with naming_flags(values):
        return retrieval(
            reader,
            values.data,
            image_size=values.image_size,
            crop_queries=values.crop_queries,
            side_step=values.side_step,
            **limit_and_output(values),
        )


PROTOCOL = Protocol(
    "retrieval",
    "images are searched by image: mean average precision on Revisited Oxford "
    "and Paris; recall at k on CUB-200-2011, Stanford Cars, Stanford Online "
    "Products, In-Shop, or any labelled images",
    _run,
    _define,
)
