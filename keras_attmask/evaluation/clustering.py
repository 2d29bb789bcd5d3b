"""How well groups that were found without labels are the classes.

The four scores of the official code's unsupervised classification. There a
cluster is the strongest of a head's prototypes; a backbone alone has none, so
here k-means finds as many groups of class tokens as there are classes.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.cluster import KMeans

from keras_attmask.errors import InputError
from keras_attmask.evaluation.features import extract_features
from keras_attmask.evaluation.knn import unit_rows


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


def cluster(backbone, data, preprocessing, seed=0, batch_size=256):
    """Groups the class tokens of images and compares groups with classes.

    Args:
        backbone: `VisionTransformer`, or the `ClassTokens` of one.
        data: a source with labels.
        preprocessing: `data.preprocessing.Preprocessing`.
        seed: of the ten starts of k-means, the best of which counts.
        batch_size: images a step of the backbone.

    Returns:
        The dict of `clustering_scores`.

    Raises:
        InputError: a source without labels, or fewer images than classes.
    """
    if data.labels is None:
        raise InputError(f"data: expected labels, got {data.name} without")
    features = extract_features(backbone, data, preprocessing, batch_size)
    groups = KMeans(len(np.unique(data.labels)), n_init=10, random_state=seed)
    found = groups.fit_predict(unit_rows(features, "features"))
    return clustering_scores(found, data.labels)
