"""How the example models are trained, written as ONNX and compared with scikit-learn."""
