"""How well groups that were found without labels are the classes.

The four scores of the official code's unsupervised classification. There a
cluster is the strongest of a head's prototypes; a backbone alone has none, so
here k-means finds as many groups of class tokens as there are classes.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.cluster import KMeans

from keras_attmask.data.labelled import labelled_test
from keras_attmask.errors import InputError
from keras_attmask.evaluation.nearest import unit_rows
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded


def clustering_scores(clusters, labels):
    """Compares a partition with the classes.

    Args:
        clusters: a number an image, `(n,)`.
        labels: of the classes, `(n,)`.

    Returns:
        A dict of "nmi" (normalised mutual information), "ari" (adjusted Rand
        index), "fmi" (Fowlkes-Mallows index) and "accuracy": the share of
        images whose cluster is that of their class under the best one-to-one
        assignment (Hungarian method).

    Raises:
        InputError: for arrays that do not fit.
    """
    clusters, labels = np.asarray(clusters), np.asarray(labels)
    if clusters.shape != labels.shape or labels.ndim != 1 or not labels.size:
        raise InputError(
            f"clusters: expected one for each of the labels, "
            f"{labels.shape}, got {clusters.shape}"
        )
    table = metrics.cluster.contingency_matrix(labels, clusters)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return {
        "nmi": float(metrics.normalized_mutual_info_score(labels, clusters)),
        "ari": float(metrics.adjusted_rand_score(labels, clusters)),
        "fmi": float(metrics.fowlkes_mallows_score(labels, clusters)),
        "accuracy": float(table[rows, columns].sum() / len(labels)),
    }


def cluster(
    backbone,
    data,
    preprocessing=None,
    seed=0,
    batch_size=256,
    limit=None,
    output=None,
):
    """Groups the class tokens of images and compares groups with classes.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: images with labels, see `data.labelled_test`.
        preprocessing: `data.Preprocessing`, see `Reader`.
        seed: of the ten starts of k-means, the best of which counts.
        batch_size: images a step of the backbone.
        limit: use that many images; None uses all.
        output: folder for `cluster.json`; None writes nothing.

    Returns:
        The dict of `clustering_scores`.

    Raises:
        InputError: images without labels.
    """
    reader = Reader.of(backbone, preprocessing, batch_size)
    source = labelled_test(data, limit)
    features = reader.class_tokens(source)
    groups = KMeans(len(np.unique(source.labels)), n_init=10, random_state=seed)
    found = groups.fit_predict(unit_rows(features, "features"))
    scores = clustering_scores(found, source.labels)
    return recorded(scores, output, "cluster")
