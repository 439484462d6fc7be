// Package conformance drives the plugin host with the client packages of Argo Rollouts: what they accept is the truth.
package conformance

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	metricrpc "github.com/argoproj/argo-rollouts/metricproviders/plugin/rpc"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	steprpc "github.com/argoproj/argo-rollouts/rollout/steps/plugin/rpc"
	routerrpc "github.com/argoproj/argo-rollouts/rollout/trafficrouting/plugin/rpc"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const pluginName = "conformance/fixture"

var pluginMap = map[string]plugin.Plugin{
	"RpcMetricProviderPlugin": &metricrpc.RpcMetricProviderPlugin{},
	"RpcStepPlugin":           &steprpc.RpcStepPlugin{},
	"RpcTrafficRouterPlugin":  &routerrpc.RpcTrafficRouterPlugin{},
}

// root is that of the TypeScript side; a copy of this module elsewhere names it in REPOSITORY.
var root = "../.."

// TestMain works in a directory of its own: the clients of the controller look for plugins below the current one.
func TestMain(m *testing.M) {
	if other := os.Getenv("REPOSITORY"); other != "" {
		root = other
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		panic(err)
	}
	root = absolute
	directory, err := os.MkdirTemp("", "conformance")
	if err != nil {
		panic(err)
	}
	if err := os.Chdir(directory); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(directory)
	os.Exit(code)
}

func nodePath() string {
	if node := os.Getenv("NODE"); node != "" {
		return node
	}
	for _, arch := range []string{"x64", "arm64"} {
		node := filepath.Join(root, "node_modules/node-linux-"+arch+"/bin/node")
		if _, err := os.Stat(node); err == nil {
			return node
		}
	}
	return "node"
}

// log collects what a plugin writes to standard error, as the client of go-plugin understands it.
type logBuffer struct {
	mutex sync.Mutex
	bytes bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.bytes.Write(p)
}

func (l *logBuffer) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.bytes.String()
}

type started struct {
	client *plugin.Client
	proto  plugin.ClientProtocol
	cmd    *exec.Cmd
	log    *logBuffer
}

func fixtureCommand(t testing.TB, fixture string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(nodePath(), filepath.Join(root, "test/conformance/fixtures", fixture+".ts"))
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

// start runs a fixture under the client of go-plugin, with the settings of the controller.
func start(t testing.TB, fixture, cookie string, env ...string) *started {
	t.Helper()
	s := &started{cmd: fixtureCommand(t, fixture, env...), log: &logBuffer{}}
	s.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: 1, MagicCookieKey: "ARGO_ROLLOUTS_RPC_PLUGIN", MagicCookieValue: cookie,
		},
		Plugins: pluginMap,
		Cmd:     s.cmd,
		Managed: true,
		Logger:  hclog.New(&hclog.LoggerOptions{Name: "host", Output: s.log, Level: hclog.Trace, JSONFormat: true}),
	})
	t.Cleanup(s.client.Kill)
	proto, err := s.client.Client()
	if err != nil {
		t.Fatalf("cannot start %s: %v\n%s", fixture, err, s.log)
	}
	s.proto = proto
	return s
}

func (s *started) dispense(t testing.TB, name string) interface{} {
	t.Helper()
	raw, err := s.proto.Dispense(name)
	if err != nil {
		t.Fatalf("cannot dispense %s: %v\n%s", name, err, s.log)
	}
	return raw
}

func startMetric(t testing.TB, env ...string) (*started, metricrpc.MetricProviderPlugin) {
	t.Helper()
	s := start(t, "metric-fixture", "metricprovider", env...)
	return s, s.dispense(t, "RpcMetricProviderPlugin").(metricrpc.MetricProviderPlugin)
}

func startStep(t testing.TB, env ...string) (*started, steprpc.StepPlugin) {
	t.Helper()
	s := start(t, "step-fixture", "step", env...)
	return s, s.dispense(t, "RpcStepPlugin").(steprpc.StepPlugin)
}

func startRouter(t testing.TB) (*started, routerrpc.TrafficRouterPlugin) {
	t.Helper()
	s := start(t, "traffic-router-fixture", "trafficrouter")
	return s, s.dispense(t, "RpcTrafficRouterPlugin").(routerrpc.TrafficRouterPlugin)
}

func metricWith(order string) v1alpha1.Metric {
	return v1alpha1.Metric{
		Name:     "fixture",
		Provider: v1alpha1.MetricProvider{Plugin: map[string]json.RawMessage{pluginName: json.RawMessage(order)}},
	}
}

func runNamed(name string) *v1alpha1.AnalysisRun {
	return &v1alpha1.AnalysisRun{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ml"}}
}

func (s *started) mustPing(t testing.TB) {
	t.Helper()
	if err := s.proto.Ping(); err != nil {
		t.Fatalf("ping: %v\n%s", err, s.log)
	}
}

// eventually waits for what another process does.
func eventually(t testing.TB, within time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not within %s: %s", within, what)
}

func mustContain(t testing.TB, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Fatalf("expected %q in %.2000q", part, text)
	}
}

// mustLog waits, because a goroutine copies standard error: an answer to a call can arrive before the line written ahead of it.
func mustLog(t testing.TB, log *logBuffer, part string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(log.String(), part) {
			return
		}
	}
	mustContain(t, log.String(), part)
}
