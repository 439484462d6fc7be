package conformance

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/plugin/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func fullRollout(name string) *v1alpha1.Rollout {
	ten, zero, index := int32(10), int32(0), int32(2)
	pause, all := intstr.FromString("1m"), int32(1000)
	return &v1alpha1.Rollout{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ml", Generation: 5},
		Spec: v1alpha1.RolloutSpec{
			Replicas: &zero, Paused: true, MinReadySeconds: 9,
			Strategy: v1alpha1.RolloutStrategy{Canary: &v1alpha1.CanaryStrategy{
				CanaryService: "iris-canary", StableService: "iris-stable",
				TrafficRouting: &v1alpha1.RolloutTrafficRouting{MaxTrafficWeight: &all},
				Steps: []v1alpha1.CanaryStep{
					{SetWeight: &ten}, {SetWeight: &zero}, {Pause: &v1alpha1.RolloutPause{}},
					{Pause: &v1alpha1.RolloutPause{Duration: &pause}},
					{Plugin: &v1alpha1.PluginStep{Name: "a/b", Config: json.RawMessage(`{"x":1}`)}},
				},
			}},
		},
		Status: v1alpha1.RolloutStatus{
			Phase: "Progressing", CurrentPodHash: "6d8f", StableRS: "5c7a", CurrentStepIndex: &index, ObservedGeneration: "5",
			PauseConditions: []v1alpha1.PauseCondition{{Reason: "CanaryPauseStep", StartTime: *at("2026-01-02T03:04:05Z")}},
			Canary: v1alpha1.CanaryStatus{
				Weights: &v1alpha1.TrafficWeights{
					Canary: v1alpha1.WeightDestination{Weight: 10, PodTemplateHash: "6d8f"},
					Stable: v1alpha1.WeightDestination{Weight: 90, PodTemplateHash: "5c7a", ServiceName: "iris-stable"},
				},
				StepPluginStatuses: []v1alpha1.StepPluginStatus{
					{Index: 4, Name: "a/b", Phase: "Running", Status: json.RawMessage(`{"n":1}`)}, {},
				},
			},
		},
	}
}

const describedRollout = `{
  "metadata":{"name":"iris","namespace":"ml","uid":"","resourceVersion":"","generation":5,"labels":{},"annotations":{},"ownerReferences":[]},
  "spec":{"paused":true,"minReadySeconds":9,"progressDeadlineAbort":false,"templateLabels":{},
    "canary":{"canaryService":"iris-canary","stableService":"iris-stable","maxTrafficWeight":1000,"steps":[
      {"kind":"setWeight","weight":10},{"kind":"setWeight","weight":0},{"kind":"pause"},{"kind":"pause","duration":"1m"},
      {"kind":"plugin","name":"a/b","config":{"x":1}}]}},
  "status":{"phase":"Progressing","message":"","abort":false,"promoteFull":false,"controllerPause":false,
    "pauseConditions":[{"reason":"CanaryPauseStep","startTime":"2026-01-02T03:04:05.000Z"}],
    "currentPodHash":"6d8f","stablePodHash":"5c7a","currentStepHash":"","currentStepIndex":2,"observedGeneration":"5",
    "replicas":0,"updatedReplicas":0,"readyReplicas":0,"availableReplicas":0,"stepPluginStatuses":[{"index":4,"name":"a/b","phase":"Running","status":{"n":1}},{"index":0,"name":"","phase":""}],
    "weights":{"canary":{"weight":10,"serviceName":"","podTemplateHash":"6d8f"},"stable":{"weight":90,"serviceName":"iris-stable","podTemplateHash":"5c7a"}}},
  "context":{"pluginName":"a/b","status":{"left":[1,null]}}
}`

func TestStepSeesTheRolloutAndItsContext(t *testing.T) {
	t.Parallel()
	_, step := startStep(t)
	if err := step.InitPlugin(); err.HasError() {
		t.Fatal(err)
	}
	if got := step.Type(); got != "step-fixture" {
		t.Fatal(got)
	}
	context := &types.RpcStepContext{PluginName: "a/b", Status: json.RawMessage(`{"left":[1,null]}`)}
	type operation = func(*v1alpha1.Rollout, *types.RpcStepContext) (types.RpcStepResult, types.RpcError)
	for name, call := range map[string]operation{"run": step.Run, "terminate": step.Terminate, "abort": step.Abort} {
		result, err := call(fullRollout("iris"), context)
		if err.HasError() || result.Phase != types.PhaseSuccessful || result.Message != name {
			t.Fatalf("%s: %+v %v", name, result, err)
		}
		mustMatchJSON(t, string(result.Status), describedRollout)
	}
}

func TestStepRepliesOfEveryShape(t *testing.T) {
	t.Parallel()
	_, step := startStep(t)
	for reply, want := range map[string]types.RpcStepResult{
		`{"phase":"Running"}`: {Phase: "Running"},
		`{"phase":"Running","message":"m","requeueAfterMs":90000,"status":null}`: {
			Phase: "Running", Message: "m", RequeueAfter: 90 * time.Second, Status: json.RawMessage(`null`),
		},
		`{"phase":"Failed","requeueAfterMs":9007199254740,"status":{"a":"\u2028"}}`: {
			Phase: "Failed", RequeueAfter: 9007199254740 * time.Millisecond, Status: json.RawMessage("{\"a\":\"\u2028\"}"),
		},
	} {
		got, err := step.Run(fullRollout("iris"), &types.RpcStepContext{Config: json.RawMessage(`{"do":"answer","reply":` + reply + `}`)})
		if err.HasError() || got.Phase != want.Phase || got.Message != want.Message || got.RequeueAfter != want.RequeueAfter ||
			string(got.Status) != string(want.Status) {
			t.Fatalf("%s: %+v %v", reply, got, err)
		}
	}
}

// Phase Error without an RpcError makes the controller never call the step again: a plugin cannot send it.
func TestStepErrorsAreRpcErrors(t *testing.T) {
	t.Parallel()
	_, step := startStep(t)
	for order, text := range map[string]string{
		`{"do":"throw","text":"no quota"}`:                                "no quota",
		`{"do":"throw"}`:                                                  "unknown error",
		`{"do":"answer","reply":{"phase":"Error"}}`:                       "phase must be one of",
		`{"do":"answer","reply":{"phase":""}}`:                            "phase must be one of",
		`{"do":"answer","reply":{"phase":"Running","message":1}}`:         "message must be a string",
		`{"do":"answer","reply":{"phase":"Running","requeueAfterMs":-1}}`: "requeueAfterMs must be 0 or more",
		`{`: "1 bytes are not JSON",
	} {
		result, err := step.Run(fullRollout("iris"), &types.RpcStepContext{Config: json.RawMessage(order)})
		if result.Phase != "" {
			t.Fatalf("%s: %+v", order, result)
		}
		mustContain(t, err.ErrorString, text)
	}
}

func TestStepDeadlineKeepsTheStatus(t *testing.T) {
	t.Parallel()
	_, step := startStep(t)
	context := &types.RpcStepContext{Config: json.RawMessage(`{"do":"never"}`), Status: json.RawMessage(`{"kept":1}`)}
	result, err := step.Run(fullRollout("iris"), context)
	if err.HasError() || result.Phase != types.PhaseRunning || string(result.Status) != `{"kept":1}` {
		t.Fatalf("%+v %v", result, err)
	}
	if _, err = step.Abort(fullRollout("iris"), context); !err.HasError() {
		t.Fatal("an abort without an answer must be an error")
	}
}

func TestStepSetupErrorIsKept(t *testing.T) {
	t.Parallel()
	s, step := startStep(t, "FIXTURE_INIT_FAILURES=1")
	for i := 0; i < 2; i++ {
		if err := step.InitPlugin(); err.ErrorString != "set-up failed" {
			t.Fatal(err)
		}
		if _, err := step.Run(fullRollout("iris"), &types.RpcStepContext{}); err.ErrorString != "set-up failed" {
			t.Fatal(err)
		}
	}
	s.mustPing(t)
}
