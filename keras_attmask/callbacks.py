"""All callbacks in one place, as Keras users look for them."""

from keras_attmask.evaluation import Evaluate
from keras_attmask.evaluation import OnlineKNN
from keras_attmask.evaluation import OnlineScores
from keras_attmask.training import Checkpoint
from keras_attmask.training import CollapseMonitor
from keras_attmask.training import ProgressBar
from keras_attmask.training import RunLog
from keras_attmask.training import StopOnNonFinite
from keras_attmask.training import StopOnSignal
from keras_attmask.training import TeacherEMA
from keras_attmask.training import Throughput
from keras_attmask.training import UnreadableReport
