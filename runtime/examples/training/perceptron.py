"""A multi-layer perceptron of scikit-learn as ONNX."""

from __future__ import annotations

import numpy as np
from onnx import helper
from sklearn.neural_network import MLPClassifier

from .graph import Fragment, constant


def perceptron(model: MLPClassifier, input_scale: float) -> Fragment:
    """Input times `input_scale`, one Gemm and Relu per hidden layer, then Softmax; the label is the largest logit."""
    nodes = [helper.make_node('Mul', ['input', 'input_scale'], ['layer_0'])]
    constants = [constant('input_scale', input_scale, np.float32)]
    last = len(model.coefs_) - 1
    for i, (weights, biases) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        constants += [constant(f'weights_{i}', weights, np.float32), constant(f'biases_{i}', biases, np.float32)]
        result = 'logits' if i == last else f'sums_{i}'
        nodes.append(helper.make_node('Gemm', [f'layer_{i}', f'weights_{i}', f'biases_{i}'], [result]))
        if i < last:
            nodes.append(helper.make_node('Relu', [result], [f'layer_{i + 1}']))
    nodes.append(helper.make_node('Softmax', ['logits'], ['probabilities'], axis=1))
    nodes.append(helper.make_node('ArgMax', ['logits'], ['label'], axis=1, keepdims=0))
    return Fragment(tuple(nodes), tuple(constants))
