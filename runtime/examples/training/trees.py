"""Tree ensembles of scikit-learn as one ONNX node each, exact at every split.

scikit-learn goes left where float32(x) <= threshold with a float64 threshold. ONNX has float32 thresholds, so each is
rounded down to the largest float32 that is not above it: no float32 input then changes sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from onnx import helper
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier

from .graph import Fragment

Leaf = tuple[int, int, int, float]
"""Tree, node, target (a class, or 0 for a regression), weight."""


def forest(
    model: RandomForestClassifier,
    source: str = 'input',
    probabilities: str = 'probabilities',
    answers: Sequence[int] | None = None,
) -> Fragment:
    """A forest whose leaves vote with their class fractions; `answers[k]` is the label given for class `k`."""
    labels = list(answers) if answers is not None else list(range(len(model.classes_)))

    def vote(values: np.ndarray) -> list[tuple[int, float]]:
        fractions = values[0] / values[0].sum() / len(model.estimators_)
        return [(labels[k], float(fraction)) for k, fraction in enumerate(fractions) if fraction > 0]

    nodes, leaves = _flatten((estimator.tree_ for estimator in model.estimators_), vote)
    node = helper.make_node(
        'TreeEnsembleClassifier',
        [source],
        ['label', probabilities],
        domain='ai.onnx.ml',
        post_transform='NONE',
        classlabels_int64s=sorted(labels),
        class_treeids=[leaf[0] for leaf in leaves],
        class_nodeids=[leaf[1] for leaf in leaves],
        class_ids=[leaf[2] for leaf in leaves],
        class_weights=[leaf[3] for leaf in leaves],
        **nodes,
    )
    return Fragment((node,))


def boosting(model: GradientBoostingRegressor, source: str = 'input', value: str = 'value') -> Fragment:
    """Boosted regression trees: the mean of the training targets plus learning rate times each tree's leaf."""

    def weigh(values: np.ndarray) -> list[tuple[int, float]]:
        return [(0, float(values[0, 0] * model.learning_rate))]

    nodes, leaves = _flatten((estimator.tree_ for estimator in model.estimators_[:, 0]), weigh)
    node = helper.make_node(
        'TreeEnsembleRegressor',
        [source],
        [value],
        domain='ai.onnx.ml',
        aggregate_function='SUM',
        post_transform='NONE',
        n_targets=1,
        base_values=[float(model.init_.constant_.item())],
        target_treeids=[leaf[0] for leaf in leaves],
        target_nodeids=[leaf[1] for leaf in leaves],
        target_ids=[leaf[2] for leaf in leaves],
        target_weights=[leaf[3] for leaf in leaves],
        **nodes,
    )
    return Fragment((node,))


def round_down(thresholds: np.ndarray) -> np.ndarray:
    """The largest float32 that is not above each float64 threshold."""
    nearest = thresholds.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest.astype(np.float64) > thresholds, below, nearest)


def _flatten(
    trees: Iterable, weigh: Callable[[np.ndarray], list[tuple[int, float]]]
) -> tuple[dict[str, list], list[Leaf]]:
    """The `nodes_*` attributes of a tree ensemble, and its leaves weighed by `weigh`."""
    fields = ('treeids', 'nodeids', 'modes', 'featureids', 'values', 'truenodeids', 'falsenodeids')
    nodes: dict[str, list] = {f'nodes_{field}': [] for field in fields}
    leaves: list[Leaf] = []
    for tree_id, tree in enumerate(trees):
        is_leaf = tree.children_left < 0
        nodes['nodes_treeids'] += [tree_id] * tree.node_count
        nodes['nodes_nodeids'] += range(tree.node_count)
        nodes['nodes_modes'] += ['LEAF' if leaf else 'BRANCH_LEQ' for leaf in is_leaf]
        nodes['nodes_featureids'] += np.where(is_leaf, 0, tree.feature).tolist()
        nodes['nodes_values'] += np.where(is_leaf, np.float32(0), round_down(tree.threshold)).tolist()
        nodes['nodes_truenodeids'] += np.where(is_leaf, 0, tree.children_left).tolist()
        nodes['nodes_falsenodeids'] += np.where(is_leaf, 0, tree.children_right).tolist()
        for node_id in np.flatnonzero(is_leaf).tolist():
            leaves += [(tree_id, node_id, target, weight) for target, weight in weigh(tree.value[node_id])]
    return nodes, leaves
