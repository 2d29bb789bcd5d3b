"""Every protocol by its name, in the order of the help text."""

from keras_attmask.commands.protocols import attention
from keras_attmask.commands.protocols import backgrounds
from keras_attmask.commands.protocols import cluster
from keras_attmask.commands.protocols import finetune
from keras_attmask.commands.protocols import knn
from keras_attmask.commands.protocols import linear
from keras_attmask.commands.protocols import lowshot
from keras_attmask.commands.protocols import masked
from keras_attmask.commands.protocols import report
from keras_attmask.commands.protocols import retrieval
from keras_attmask.commands.protocols import segmentation
from keras_attmask.commands.protocols import unlabelled
from keras_attmask.commands.protocols import video

_MODULES = (
    knn,
    linear,
    lowshot,
    finetune,
    masked,
    backgrounds,
    cluster,
    retrieval,
    video,
    segmentation,
    attention,
    unlabelled,
    report,
)

PROTOCOLS = {module.PROTOCOL.name: module.PROTOCOL for module in _MODULES}
