"""What one example folder holds: variants of a model, requests, and scikit-learn's answers to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from onnx import ModelProto


@dataclass(frozen=True)
class Answers:
    """Labels int[N] with probabilities float64[N, classes], or values float64[N]."""

    labels: np.ndarray | None
    values: np.ndarray

    @property
    def decisions(self) -> np.ndarray:
        """Whatever a user of the model acts on: the label, or the value of a regression."""
        return self.values if self.labels is None else self.labels


def _never(rows: np.ndarray) -> np.ndarray:
    return np.zeros(len(rows), dtype=bool)


@dataclass(frozen=True)
class Variant:
    """One ONNX file, and what scikit-learn says that it must answer."""

    model: ModelProto
    predict: Callable[[np.ndarray], Answers]
    prepare: Callable[[np.ndarray], np.ndarray] = field(default=lambda rows: rows)
    """From a row of the request file to the input of this variant."""
    fails: Callable[[np.ndarray], np.ndarray] = _never
    """Which rows make the run fail."""
    loses: Callable[[np.ndarray], np.ndarray] = _never
    """Which rows get probabilities that are not a number."""

    @cached_property
    def file_bytes(self) -> bytes:
        return self.model.SerializeToString(deterministic=True)


@dataclass(frozen=True)
class Example:
    """A folder of models that answer the same requests; `stable` is the one that the others are compared with."""

    name: str
    variants: dict[str, Variant]
    requests: np.ndarray
    dataset: np.ndarray
    columns: list[str] | None = None
    """Names of the features, for the CSV form of the requests; None for no such file."""
    commits_dataset: bool = False
    """Whether expected.json holds the whole data set, and stable's answers to it."""


def label_classifier(model, scale: float = 1, order: list[int] | None = None) -> Callable[[np.ndarray], Answers]:
    """Answers of a scikit-learn classifier to float32(rows) * scale; `order[k]` is the label given for class `k`."""

    def predict(rows: np.ndarray) -> Answers:
        inputs = rows.astype(np.float32) * scale
        labels, probabilities = model.predict(inputs), model.predict_proba(inputs)
        if order is None:
            return Answers(labels, probabilities)
        return Answers(np.array(order)[labels], probabilities[:, np.argsort(order)])

    return predict


def value_regressor(model) -> Callable[[np.ndarray], Answers]:
    """Answers of a scikit-learn regressor to float32(rows)."""
    return lambda rows: Answers(None, model.predict(rows.astype(np.float32)))
