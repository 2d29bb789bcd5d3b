"""All that data allow to measure, in one folder."""

from keras_attmask.evaluation.report.report import report
