"""The iris forest behind FastAPI, as tutorials build such a service: a peer that the model server is measured beside."""

import numpy as np
from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from pydantic import BaseModel
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

REQUESTS = Counter("inference_requests_total", "Requests answered", ["endpoint"])
LATENCY = Histogram("inference_latency_seconds", "Time of a prediction")


class PredictRequest(BaseModel):
    inputs: list[float]


app = FastAPI()
iris = load_iris()
model = RandomForestClassifier(n_estimators=200, random_state=42).fit(iris.data, iris.target)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@app.post("/predict")
def predict(request: PredictRequest) -> dict[str, list[int]]:
    REQUESTS.labels(endpoint="/predict").inc()
    with LATENCY.time():
        prediction = model.predict(np.array(request.inputs).reshape(1, -1))
    return {"prediction": prediction.tolist()}
