"""Digits: two perceptrons with ten classes."""

from __future__ import annotations

from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from .example import Example, Variant, label_classifier
from .graph import classification_model
from .perceptron import perceptron

PIXELS = 64
CLASSES = 10
TRAINING_ROWS = 1397
INPUT_SCALE = 1 / 16
"""Pixels are 0 to 16."""


def digits() -> Example:
    """Both perceptrons learn from the first 1397 images; the other 400 are the requests."""
    rows, labels = load_digits(return_X_y=True)
    variants = {}
    for name, random_state in (('stable', 0), ('candidate', 1)):
        network = MLPClassifier(hidden_layer_sizes=(64,), max_iter=400, random_state=random_state)
        # The order of a sum changes its last bits: one thread, one order.
        with threadpool_limits(1):
            network.fit(rows[:TRAINING_ROWS] * INPUT_SCALE, labels[:TRAINING_ROWS])
        model = classification_model(name, [perceptron(network, INPUT_SCALE)], features=PIXELS, classes=CLASSES)
        variants[name] = Variant(model, label_classifier(network, scale=INPUT_SCALE))
    return Example('digits', variants, rows[TRAINING_ROWS:], rows)
