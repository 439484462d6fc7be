"""Runs an ONNX file under ONNX Runtime and compares its answers with scikit-learn's, and with stable's."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import onnxruntime

from .example import Answers, Example, Variant

TIMED_RUNS = 300
TOLERANCE = 2e-6
"""Largest difference allowed from scikit-learn, relative to the largest answer: float32 sums against float64 ones."""


@dataclass(frozen=True)
class Agreement:
    """How an ONNX file does on the data set and on the requests."""

    wrong_labels: int
    wrong_failures: int
    largest_difference: float
    single_run_ms: float

    @property
    def is_exact(self) -> bool:
        return self.wrong_labels == 0 and self.wrong_failures == 0 and self.largest_difference <= TOLERANCE


@dataclass(frozen=True)
class Distance:
    """How far a variant is from stable on the requests, by scikit-learn's answers."""

    differing_share: float
    population_stability_index: float | None
    mean_difference: float


def agreement(content: bytes, variant: Variant, example: Example) -> Agreement:
    """Runs every row by itself, as a failing row fails its whole batch."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(content, options)
    rows = np.concatenate([example.dataset, example.requests])
    inputs = variant.prepare(rows).astype(np.float32)
    expected, fails, loses = variant.predict(variant.prepare(rows)), variant.fails(rows), variant.loses(rows)
    wrong_labels = wrong_failures = 0
    largest = 0.0
    scale = float(np.abs(expected.values).max())
    for i in range(len(rows)):
        answer = _run(session, inputs[i : i + 1])
        if (answer is None) != fails[i]:
            wrong_failures += 1
        if answer is None:
            continue
        if np.isnan(answer.values).all() != loses[i]:
            wrong_failures += 1
        if answer.labels is not None and expected.labels is not None:
            wrong_labels += int(answer.labels[0] != expected.labels[i])
        if not loses[i]:
            largest = max(largest, float(np.abs(answer.values[0] - expected.values[i]).max()) / scale)
    return Agreement(wrong_labels, wrong_failures, largest, _median_run_ms(session, inputs[~fails][:1]))


def distance(variant: Variant, stable: Variant, requests: np.ndarray) -> Distance:
    """Compares rows that the variant answers; rows that fail or lose their probabilities are left out."""
    kept = requests[~(variant.fails(requests) | variant.loses(requests))]
    theirs, ours = variant.predict(variant.prepare(kept)), stable.predict(kept)
    is_different = theirs.decisions != ours.decisions
    index = None
    if theirs.labels is not None and ours.labels is not None:
        index = population_stability_index(ours.labels, theirs.labels)
    return Distance(float(is_different.mean()), index, float(np.abs(theirs.values - ours.values).mean()))


def population_stability_index(reference: np.ndarray, current: np.ndarray) -> float:
    """Sum over classes of (q - p) ln(q / p), p and q the shares of a class in `reference` and `current`."""
    classes = int(max(reference.max(), current.max())) + 1
    p = np.bincount(reference, minlength=classes) / len(reference)
    q = np.bincount(current, minlength=classes) / len(current)
    return float(((q - p) * np.log(q / p)).sum())


def _run(session: onnxruntime.InferenceSession, inputs: np.ndarray) -> Answers | None:
    """None where ONNX Runtime ends the run with an error."""
    try:
        outputs = session.run(None, {'input': inputs})
    except onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument:
        return None
    return Answers(outputs[0], outputs[1]) if len(outputs) == 2 else Answers(None, outputs[0])


def _median_run_ms(session: onnxruntime.InferenceSession, row: np.ndarray) -> float:
    times_s = []
    for _ in range(TIMED_RUNS):
        began_s = perf_counter()
        session.run(None, {'input': row})
        times_s.append(perf_counter() - began_s)
    return float(np.median(times_s)) * 1000
