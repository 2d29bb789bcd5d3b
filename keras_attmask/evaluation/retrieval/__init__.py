"""Searching by image: average precision and recall."""

from keras_attmask.evaluation.retrieval.average_precision import (
    average_precision,
)
from keras_attmask.evaluation.retrieval.average_precision import (
    mean_average_precision,
)
from keras_attmask.evaluation.retrieval.average_precision import (
    mean_precision_at,
)
from keras_attmask.evaluation.retrieval.average_precision import precision_at
from keras_attmask.evaluation.retrieval.average_precision import (
    revisited_scores,
)
from keras_attmask.evaluation.retrieval.multi_scale import MultiScaleTokens
from keras_attmask.evaluation.retrieval.protocol import retrieval
from keras_attmask.evaluation.retrieval.recall import recall_at_k
