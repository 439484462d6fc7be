"""The iris forest behind Flask, as tutorials build such a service: the peer that the model server is measured beside.

`/predict` answers with scikit-learn; `/without-model` does the same work around it and leaves the model out, which tells how
much of a request is scikit-learn's own cost.
"""

import numpy as np
from flask import Flask, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

REQUESTS = Counter("inference_requests_total", "Requests answered", ["endpoint"])
LATENCY = Histogram("inference_latency_seconds", "Time of a prediction")

app = Flask(__name__)
iris = load_iris()
model = RandomForestClassifier(n_estimators=200, random_state=42).fit(iris.data, iris.target)


@app.get("/healthz")
def healthz() -> Response:
    return jsonify({"status": "alive"})


@app.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)


@app.post("/predict")
def predict() -> Response:
    REQUESTS.labels(endpoint="/predict").inc()
    features = np.array(request.get_json(force=True)["inputs"]).reshape(1, -1)
    with LATENCY.time():
        prediction = model.predict(features)
    return jsonify({"prediction": prediction.tolist()})


@app.post("/without-model")
def without_model() -> Response:
    REQUESTS.labels(endpoint="/without-model").inc()
    features = np.array(request.get_json(force=True)["inputs"]).reshape(1, -1)
    with LATENCY.time():
        prediction = features[:, 0].astype(int)
    return jsonify({"prediction": prediction.tolist()})
