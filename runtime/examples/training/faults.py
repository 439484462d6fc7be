"""Faults that a canary can have: too slow, failing on some inputs, not a number on some inputs."""

from __future__ import annotations

import numpy as np
from onnx import helper

from .graph import Fragment, constant

WORK_ROWS = 64
WORK_COLUMNS = 512


def useless_work(source: str, target: str, multiplications: int) -> Fragment:
    """Copies `source` to `target` after matrix multiplications that change nothing.

    The work takes the mean of the input through `multiplications` products of [64, 512] by [512, 512], about 34 million
    floating-point operations each, whatever the number of rows. Its result passes floor(sigmoid(x) / 2), which is 0 for
    every number, and is added to the input: a runtime cannot fold it away, and no answer changes. The matrices are made
    by ConstantOfShape, so that the file stays small.
    """
    products = tuple(
        helper.make_node('MatMul', [f'work_{i}', 'work_matrix'], [f'work_{i + 1}']) for i in range(multiplications)
    )
    average = constant('', [1 / WORK_COLUMNS], np.float32)
    nodes = (
        helper.make_node('ConstantOfShape', ['work_matrix_shape'], ['work_matrix'], value=average),
        helper.make_node('ConstantOfShape', ['work_start_shape'], ['work_ones'], value=constant('', [1], np.float32)),
        helper.make_node('ReduceMean', [source], ['work_mean'], keepdims=1),
        helper.make_node('Mul', ['work_mean', 'work_ones'], ['work_0']),
        *products,
        helper.make_node('ReduceMean', [f'work_{multiplications}'], ['work_result'], keepdims=1),
        helper.make_node('Sigmoid', ['work_result'], ['work_between_0_and_1']),
        helper.make_node('Mul', ['work_between_0_and_1', 'work_half'], ['work_below_1']),
        helper.make_node('Floor', ['work_below_1'], ['work_zero']),
        helper.make_node('Add', [source, 'work_zero'], [target]),
    )
    constants = (
        constant('work_matrix_shape', [WORK_COLUMNS, WORK_COLUMNS], np.int64),
        constant('work_start_shape', [WORK_ROWS, WORK_COLUMNS], np.int64),
        constant('work_half', 0.5, np.float32),
    )
    return Fragment(nodes, constants)


def failure_above(source: str, target: str, feature: int, limit: float) -> Fragment:
    """Copies `source` to `target`, and fails the run if any row has `feature` above `limit`.

    Such a row looks up entry 1 of a table that has only entry 0; ONNX Runtime then ends the whole run with an error.
    """
    nodes = (
        *_is_above(source, 'fails', feature, limit),
        helper.make_node('Cast', ['fails'], ['fails_entry'], to=7),
        helper.make_node('Gather', ['fails_table', 'fails_entry'], ['fails_zero'], axis=0),
        helper.make_node('Add', [source, 'fails_zero'], [target]),
    )
    return Fragment(nodes, (*_is_above_constants('fails', feature, limit), constant('fails_table', [0], np.float32)))


def nan_above(source: str, probabilities: str, target: str, feature: int, limit: float) -> Fragment:
    """Copies `probabilities` to `target`, as not-a-number in rows that have `feature` above `limit`."""
    nodes = (
        *_is_above(source, 'lost', feature, limit),
        helper.make_node('Where', ['lost', 'lost_value', probabilities], [target]),
    )
    return Fragment(nodes, (*_is_above_constants('lost', feature, limit), constant('lost_value', np.nan, np.float32)))


def _is_above(source: str, name: str, feature: int, limit: float):
    """Nodes that make `name`, bool[N, 1]: is the feature above the limit?"""
    return (
        helper.make_node('Gather', [source, f'{name}_feature'], [f'{name}_value_read'], axis=1),
        helper.make_node('Greater', [f'{name}_value_read', f'{name}_limit'], [name]),
    )


def _is_above_constants(name: str, feature: int, limit: float):
    return (constant(f'{name}_feature', [feature], np.int64), constant(f'{name}_limit', limit, np.float32))
