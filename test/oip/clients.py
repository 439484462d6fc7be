"""Drives `modelgate runtime` with NVIDIA's tritonclient and KServe's InferenceRESTClient, as their users would.

    python clients.py IRIS_URL TYPES_URL NAN_URL

IRIS_URL serves the iris example as 'stable', TYPES_URL the model of make-types-model.ts as
'types', NAN_URL the iris example that answers NaN to some rows as 'nan'.
"""

import asyncio
import json
import sys
import traceback
import urllib.error
import urllib.request

import numpy as np
import tritonclient.http as triton
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

IRIS_URL, TYPES_URL, NAN_URL = sys.argv[1:4]
ROWS = np.array([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]], dtype=np.float32)

TYPES = {
    "bool": np.array([[True, False]]),
    "uint8": np.array([[0, 255]], dtype=np.uint8),
    "uint16": np.array([[0, 65535]], dtype=np.uint16),
    "uint32": np.array([[0, 2**32 - 1]], dtype=np.uint32),
    "uint64": np.array([[2**53 + 1, 2**64 - 1]], dtype=np.uint64),
    "int8": np.array([[-128, 127]], dtype=np.int8),
    "int16": np.array([[-(2**15), 2**15 - 1]], dtype=np.int16),
    "int32": np.array([[-(2**31), 2**31 - 1]], dtype=np.int32),
    "int64": np.array([[-(2**63), 2**53 + 1]], dtype=np.int64),
    "float16": np.array([[-0.0, np.nan]], dtype=np.float16),
    "float32": np.array([[1e-45, -np.inf]], dtype=np.float32),
    "float64": np.array([[0.1, np.inf]]),
    "string": np.array([["Ä".encode(), b""]], dtype=np.object_),
}


def client(url):
    return triton.InferenceServerClient(url.removeprefix("http://"))


def iris_input(binary=True):
    tensor = triton.InferInput("input", list(ROWS.shape), "FP32")
    tensor.set_data_from_numpy(ROWS, binary_data=binary)
    return tensor


def types_inputs(binary):
    tensors = []
    for name, values in TYPES.items():
        tensor = triton.InferInput(name, list(values.shape), np_to_triton_dtype(values.dtype))
        tensor.set_data_from_numpy(values, binary_data=binary or name == "float16")
        tensors.append(tensor)
    return tensors


def refusal(work):
    try:
        work()
    except InferenceServerException as error:
        return error
    raise AssertionError("expected a refusal")


def triton_reads_health_and_metadata():
    iris = client(IRIS_URL)
    assert iris.is_server_live() and iris.is_server_ready() and iris.is_model_ready("stable")
    assert "binary_tensor_data" in iris.get_server_metadata()["extensions"]
    metadata = iris.get_model_metadata("stable")
    assert metadata["inputs"] == [{"name": "input", "datatype": "FP32", "shape": [-1, 4]}]
    assert iris.get_model_metadata("stable", "1") == metadata
    entry = {"name": "stable", "version": "1", "state": "READY", "reason": ""}
    assert iris.get_model_repository_index() == [entry]


def triton_infers_with_its_defaults():
    result = client(IRIS_URL).infer("stable", [iris_input()])
    assert result.as_numpy("label").tolist() == [0, 2]
    assert np.allclose(result.as_numpy("probabilities").sum(axis=1), 1, atol=1e-5)


def triton_infers_in_json():
    wanted = [triton.InferRequestedOutput("probabilities", binary_data=False)]
    json_only = client(IRIS_URL).infer("stable", [iris_input(binary=False)], outputs=wanted, request_id="r7")
    binary = client(IRIS_URL).infer("stable", [iris_input()])
    assert np.array_equal(json_only.as_numpy("probabilities"), binary.as_numpy("probabilities"))
    response = json_only.get_response()
    assert (response["id"], response["model_version"]) == ("r7", "1")
    assert [output["name"] for output in response["outputs"]] == ["probabilities"]


def triton_reads_nan_in_json():
    tensor = triton.InferInput("input", [1, 4], "FP32")
    tensor.set_data_from_numpy(np.array([[7, 3, 5, 2.4]], dtype=np.float32))
    wanted = [triton.InferRequestedOutput("probabilities", binary_data=False)]
    result = client(NAN_URL).infer("nan", [tensor], outputs=wanted)
    assert np.isnan(result.as_numpy("probabilities")).all()


def triton_infers_asynchronously():
    concurrent = triton.InferenceServerClient(IRIS_URL.removeprefix("http://"), concurrency=8)
    pending = [concurrent.async_infer("stable", [iris_input()], model_version="1") for _ in range(64)]
    assert all(one.get_result().as_numpy("label").tolist() == [0, 2] for one in pending)


def triton_carries_every_type_in_binary():
    result = client(TYPES_URL).infer("types", types_inputs(binary=True))
    for name, values in TYPES.items():
        back = result.as_numpy(f"{name}_back")
        assert (back.dtype, back.tobytes() if name != "string" else back.tolist()) == (
            values.dtype,
            values.tobytes() if name != "string" else values.tolist(),
        ), name


def triton_carries_every_type_in_json():
    wanted = [triton.InferRequestedOutput(f"{name}_back", binary_data=name == "float16") for name in TYPES]
    inputs = types_inputs(binary=False)
    # json.dumps writes bare NaN and Infinity, which are no JSON; finite values stand in for them.
    for tensor, values in zip(inputs, TYPES.values()):
        if values.dtype in (np.float32, np.float64):
            tensor.set_data_from_numpy(np.nan_to_num(values), binary_data=False)
    result = client(TYPES_URL).infer("types", inputs, outputs=wanted)
    for name, values in TYPES.items():
        back = result.as_numpy(f"{name}_back")
        if name == "string":
            assert back.tolist() == [["Ä", ""]]
        elif name in ("float32", "float64"):
            assert np.array_equal(back, np.nan_to_num(values)), name
        else:
            assert back.tobytes() == values.tobytes(), name


def triton_is_refused_in_its_own_words():
    iris = client(IRIS_URL)
    unknown = refusal(lambda: iris.infer("nobody", [iris_input()]))
    assert unknown.status() == "404" and "nobody" in unknown.message(), unknown
    version = refusal(lambda: iris.infer("stable", [iris_input()], model_version="9"))
    assert version.status() == "404", version
    wrong = triton.InferInput("input", [1, 4], "FP64")
    wrong.set_data_from_numpy(ROWS[:1].astype(np.float64))
    error = refusal(lambda: iris.infer("stable", [wrong]))
    assert error.status() == "400" and 'expected "FP32", received "FP64"' in error.message(), error
    packed = refusal(lambda: iris.infer("stable", [iris_input()], request_compression_algorithm="gzip"))
    assert packed.status() == "415", packed


async def kserve_infers():
    config = RESTConfig(protocol="v2")
    for binary in (False, True):
        tensor = InferInput("input", list(ROWS.shape), "FP32")
        tensor.set_data_from_numpy(ROWS, binary_data=binary)
        request = InferRequest(
            "stable",
            [tensor],
            request_id="k7",
            request_outputs=[RequestedOutput("label", {"binary_data": binary})],
        )
        async with InferenceRESTClient(config) as kserve:
            response = await kserve.infer(IRIS_URL, request, model_name="stable")
        (label,) = response.outputs
        assert label.as_numpy().tolist() == [0, 2], (binary, label)
        assert (response.id, response.model_name) == ("k7", "stable")


async def kserve_reads_health():
    async with InferenceRESTClient(RESTConfig(protocol="v2")) as kserve:
        assert await kserve.is_server_live(IRIS_URL)
        assert await kserve.is_server_ready(IRIS_URL)
        assert await kserve.is_model_ready(IRIS_URL, "stable")


def curl_infers():
    body = b'{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}'
    with urllib.request.urlopen(f"{IRIS_URL}/v2/models/stable/infer", data=body) as response:
        assert json.load(response)["outputs"][0]["data"] == [0]


def simple_contract_answers_beside_it():
    body = b'{"inputs":[5.1,3.5,1.4,0.2]}'
    for path in ("/predict", "/v1/predict"):
        with urllib.request.urlopen(IRIS_URL + path, data=body) as response:
            assert json.load(response) == {"prediction": [0]}
    try:
        urllib.request.urlopen(f"{IRIS_URL}/v7/predict", data=body)
        raise AssertionError("expected a refusal")
    except urllib.error.HTTPError as error:
        assert error.code == 404 and "version 7" in json.load(error)["error"]


def main():
    tests = [
        triton_reads_health_and_metadata,
        triton_infers_with_its_defaults,
        triton_infers_in_json,
        triton_infers_asynchronously,
        triton_reads_nan_in_json,
        triton_carries_every_type_in_binary,
        triton_carries_every_type_in_json,
        triton_is_refused_in_its_own_words,
        kserve_reads_health,
        kserve_infers,
        curl_infers,
        simple_contract_answers_beside_it,
    ]
    failed = 0
    for test in tests:
        name = test.__name__.replace("_", " ")
        try:
            asyncio.run(test()) if asyncio.iscoroutinefunction(test) else test()
            print(f"ok      {name}")
        except Exception:
            failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
