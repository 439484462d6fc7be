"""The files of an example folder as bytes: requests, expected answers."""

from __future__ import annotations

import json

import numpy as np
import sklearn

from .example import Answers, Example, Variant

DETAILED_REQUESTS = 100
"""How many requests have their probabilities in expected.json; labels and values are there for all."""
DECIMALS = 7


def example_files(example: Example) -> dict[str, bytes]:
    """File name -> content of everything that is committed for an example."""
    files = {f'{name}.onnx': variant.file_bytes for name, variant in example.variants.items()}
    files['requests.jsonl'] = _lines(json.dumps({'inputs': row}, separators=(',', ':')) for row in _plain(example))
    if example.columns is not None:
        rows = (','.join(str(value) for value in row) for row in _plain(example))
        files['requests.csv'] = _lines([','.join(example.columns), *rows])
    files['expected.json'] = _expected(example)
    return files


def _plain(example: Example) -> list[list[float]]:
    """Requests as Python numbers, whole ones without a decimal point."""
    return [[int(value) if value == int(value) else value for value in row] for row in example.requests.tolist()]


def _lines(lines) -> bytes:
    return ''.join(f'{line}\n' for line in lines).encode()


def _expected(example: Example) -> bytes:
    """scikit-learn's answers: of `stable` to the data set where it is committed, of every model to the requests."""
    parts = {'scikitLearn': sklearn.__version__}
    if example.commits_dataset:
        answers = _answers(example.variants['stable'].predict(example.dataset), len(example.dataset))
        parts['dataset'] = {'inputs': example.dataset.tolist()} | answers
    for name, variant in example.variants.items():
        parts[name] = _request_answers(variant, example.requests)
    body = ',\n'.join(f'"{key}":{json.dumps(part, separators=(",", ":"))}' for key, part in parts.items())
    return f'{{\n{body}\n}}\n'.encode()


def _request_answers(variant: Variant, requests: np.ndarray) -> dict:
    answers = _answers(variant.predict(variant.prepare(requests)), DETAILED_REQUESTS)
    fails, loses = np.flatnonzero(variant.fails(requests)), np.flatnonzero(variant.loses(requests))
    return answers | ({'fails': fails.tolist()} if len(fails) else {}) | ({'nan': loses.tolist()} if len(loses) else {})


def _answers(answers: Answers, detailed: int) -> dict:
    """Labels as one string of digits, probabilities of the first `detailed` rows."""
    rounded = np.round(answers.values, DECIMALS)
    if answers.labels is None:
        return {'values': rounded.tolist()}
    return {'labels': ''.join(str(label) for label in answers.labels), 'probabilities': rounded[:detailed].tolist()}
