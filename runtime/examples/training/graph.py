"""ONNX models put together from fragments: a classifier or regressor, and what comes before and after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

OPSET_VERSION = 17
ML_OPSET_VERSION = 3
IR_VERSION = 8


@dataclass(frozen=True)
class Fragment:
    """Nodes and constants that belong together; fragments are joined by the names of their tensors."""

    nodes: tuple[NodeProto, ...]
    constants: tuple[TensorProto, ...] = ()


def constant(name: str, values, dtype) -> TensorProto:
    """A named constant tensor with the shape of `values`."""
    return numpy_helper.from_array(np.asarray(values, dtype=dtype), name)


def classification_model(name: str, fragments: list[Fragment], features: int, classes: int) -> ModelProto:
    """`input` float32[N, features] -> `label` int64[N], `probabilities` float32[N, classes]."""
    label = helper.make_tensor_value_info('label', TensorProto.INT64, ['N'])
    probabilities = helper.make_tensor_value_info('probabilities', TensorProto.FLOAT, ['N', classes])
    return _model(name, fragments, features, [label, probabilities])


def regression_model(name: str, fragments: list[Fragment], features: int) -> ModelProto:
    """`input` float32[N, features] -> `value` float32[N, 1]."""
    value = helper.make_tensor_value_info('value', TensorProto.FLOAT, ['N', 1])
    return _model(name, fragments, features, [value])


def _model(name: str, fragments: list[Fragment], features: int, outputs) -> ModelProto:
    graph = helper.make_graph(
        nodes=[node for fragment in fragments for node in fragment.nodes],
        name=name,
        inputs=[helper.make_tensor_value_info('input', TensorProto.FLOAT, ['N', features])],
        outputs=outputs,
        initializer=[tensor for fragment in fragments for tensor in fragment.constants],
    )
    opsets = [helper.make_opsetid('', OPSET_VERSION), helper.make_opsetid('ai.onnx.ml', ML_OPSET_VERSION)]
    model = helper.make_model(graph, producer_name='modelgate-examples', opset_imports=opsets, ir_version=IR_VERSION)
    checker.check_model(model, full_check=True)
    return model
