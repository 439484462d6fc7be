"""Iris: one good forest, one good successor, and the ways in which a successor can be bad."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

from .example import Example, Variant, label_classifier
from .faults import failure_above, nan_above, useless_work
from .graph import classification_model
from .trees import forest

CLASSES = 3
REQUESTS_PER_CLASS = 500
NOISE_CM = 0.05
PETAL_LENGTH, PETAL_WIDTH = 2, 3
FAILING_PETAL_LENGTH_CM = 6.05
LOST_PETAL_WIDTH_CM = 2.35
MULTIPLICATIONS = 10
SWAPPED = [0, 2, 1]
COLUMNS = ['sepal_length_cm', 'sepal_width_cm', 'petal_length_cm', 'petal_width_cm']


def iris() -> Example:
    """All iris models and 1500 requests, 500 for each class as the stable model sees it."""
    rows, labels = load_iris(return_X_y=True)
    stable = _train(rows, labels)
    good = _train(rows, labels, random_state=2)
    drifted = _train(_misread(rows), labels)
    five = _train(_with_petal_area(rows), labels)
    answers = label_classifier(stable)

    def model(name: str, *fragments, features: int = 4):
        return classification_model(name, list(fragments), features=features, classes=CLASSES)

    variants = {
        'stable': Variant(model('stable', forest(stable)), answers),
        'good': Variant(model('good', forest(good)), label_classifier(good)),
        'drifted': Variant(model('drifted', forest(drifted)), label_classifier(drifted)),
        'swapped': Variant(
            model('swapped', forest(stable, answers=SWAPPED)), label_classifier(stable, order=SWAPPED)
        ),
        'slow': Variant(
            model('slow', useless_work('input', 'features', MULTIPLICATIONS), forest(stable, source='features')),
            answers,
        ),
        'failing': Variant(
            model(
                'failing',
                failure_above('input', 'features', PETAL_LENGTH, FAILING_PETAL_LENGTH_CM),
                forest(stable, source='features'),
            ),
            answers,
            fails=lambda inputs: inputs[:, PETAL_LENGTH] > FAILING_PETAL_LENGTH_CM,
        ),
        'nan': Variant(
            model(
                'nan',
                forest(stable, probabilities='votes'),
                nan_above('input', 'votes', 'probabilities', PETAL_WIDTH, LOST_PETAL_WIDTH_CM),
            ),
            answers,
            loses=lambda inputs: inputs[:, PETAL_WIDTH] > LOST_PETAL_WIDTH_CM,
        ),
        'other-signature': Variant(
            model('other-signature', forest(five), features=5), label_classifier(five), prepare=_with_petal_area
        ),
    }
    return Example('iris', variants, _requests(rows, stable), rows, COLUMNS, commits_dataset=True)


def _train(rows: np.ndarray, labels: np.ndarray, random_state: int = 42) -> RandomForestClassifier:
    return RandomForestClassifier(n_estimators=200, random_state=random_state).fit(rows, labels)


def _misread(rows: np.ndarray) -> np.ndarray:
    """Training data of a miscalibrated sensor: petals 1 cm too long and 0.65 cm too wide, noise of sd 0.3 cm."""
    noise = np.random.default_rng(5).normal(0, 0.3, rows.shape)
    return rows + noise + np.array([0, 0, 1.0, 0.65])


def _with_petal_area(rows: np.ndarray) -> np.ndarray:
    """A fifth feature: petal length times petal width."""
    return np.column_stack([rows, rows[:, PETAL_LENGTH] * rows[:, PETAL_WIDTH]])


def _requests(rows: np.ndarray, stable: RandomForestClassifier) -> np.ndarray:
    """Iris rows drawn with replacement, with a little noise, to 0.1 cm.

    As many of each predicted class: classes 1 and 2 can then be swapped without a change in the mix of predictions.
    """
    generator = np.random.default_rng(20)
    drawn = rows[generator.integers(len(rows), size=4 * CLASSES * REQUESTS_PER_CLASS)]
    noisy = np.maximum(np.round(drawn + generator.normal(0, NOISE_CM, drawn.shape), 1), 0.1)
    predicted = stable.predict(noisy)
    kept = np.concatenate([np.flatnonzero(predicted == k)[:REQUESTS_PER_CLASS] for k in range(CLASSES)])
    return noisy[generator.permutation(kept)]
