"""Teacher/student training: the model, its optimizer and its callbacks."""

from keras_attmask.training.adamw import AdamW
from keras_attmask.training.checkpoint import Checkpoint
from keras_attmask.training.collapse_monitor import CollapseMonitor
from keras_attmask.training.distiller import Distiller
from keras_attmask.training.finetuner import Finetuner
from keras_attmask.training.interrupt import StopOnSignal
from keras_attmask.training.layer_decay import layer_decay
from keras_attmask.training.progress import ProgressBar
from keras_attmask.training.run_log import RunLog
from keras_attmask.training.stop_on_nonfinite import StopOnNonFinite
from keras_attmask.training.teacher_ema import TeacherEMA
from keras_attmask.training.throughput import Throughput
from keras_attmask.training.unreadable_report import UnreadableReport
