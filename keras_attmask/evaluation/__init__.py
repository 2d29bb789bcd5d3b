"""How good the features are: one protocol a file."""

from keras_attmask.evaluation.baselines import raw_pixel_features
from keras_attmask.evaluation.clustering import cluster
from keras_attmask.evaluation.clustering import clustering_scores
from keras_attmask.evaluation.features import ClassTokens
from keras_attmask.evaluation.features import answers_of
from keras_attmask.evaluation.features import extract_features
from keras_attmask.evaluation.knn import knn
from keras_attmask.evaluation.knn import knn_accuracy
from keras_attmask.evaluation.knn import knn_classify
from keras_attmask.evaluation.linear import Head
from keras_attmask.evaluation.linear import linear
from keras_attmask.evaluation.linear import linear_head
from keras_attmask.evaluation.linear import sweep_heads
from keras_attmask.evaluation.lowshot import lowshot
from keras_attmask.evaluation.lowshot import lowshot_scores
from keras_attmask.evaluation.online_knn import OnlineKNN
from keras_attmask.evaluation.online_scores import OnlineScores
from keras_attmask.evaluation.patch_tokens import PatchTokens
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.scores import scores
from keras_attmask.evaluation.segmentation import class_iou
from keras_attmask.evaluation.segmentation import confusion_matrix
from keras_attmask.evaluation.segmentation import mean_iou
from keras_attmask.evaluation.segmentation_probe import segmentation_probe
