"""Objects followed through films."""

from keras_attmask.evaluation.video.label_maps import mask_of
from keras_attmask.evaluation.video.metrics import boundary_measure
from keras_attmask.evaluation.video.metrics import region_similarity
from keras_attmask.evaluation.video.metrics import statistics
from keras_attmask.evaluation.video.propagation import Propagation
from keras_attmask.evaluation.video.propagation import carried_labels
from keras_attmask.evaluation.video.protocol import video
