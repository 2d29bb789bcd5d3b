import numpy as np

from keras_attmask.evaluation.linear.training import train


class Counting:
    """Heads that are right about class 1, and count how often they are
    asked."""

    asked = learnt = 0

    def learn(self, features, labels, weights, share):
        self.learnt += 1

    def hits(self, features, labels, weights):
        self.asked += 1
        right = weights * (labels == 1)
        return np.array([[right.sum(), weights.sum()]])


def test_few_teachers_do_not_slow_the_measurement_down():
    features, labels = np.zeros((2500, 3), "float32"), np.arange(2500) % 4
    heads = Counting()

    def stream(epoch):
        for row in range(2):
            yield features[:1], np.array([row])

    course = train(heads, stream, [0, 1], 3, 1, (features, labels))
    assert heads.learnt == 6 and heads.asked == 9
    assert course.accuracy.tolist() == [[[0.25, 1.0]]] * 3
