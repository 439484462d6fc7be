package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	metricclient "github.com/argoproj/argo-rollouts/metricproviders/plugin/client"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	stepclient "github.com/argoproj/argo-rollouts/rollout/steps/plugin/client"
	routerclient "github.com/argoproj/argo-rollouts/rollout/trafficrouting/plugin/client"
	"github.com/argoproj/argo-rollouts/utils/config"
	"github.com/argoproj/argo-rollouts/utils/defaults"
	"github.com/argoproj/argo-rollouts/utils/plugin/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

// The clients of the controller are singletons that find plugins through a ConfigMap and the working directory. Each
// test has a plugin name of its own, all of them registered here.
var controllerPlugins = map[string][]string{
	"metric": {"lifecycle", "killed", "killed-in-a-run", "hung", "init", "early"},
	"step":   {"lifecycle", "killed"},
	"router": {"lifecycle", "killed"},
}

var setupOnce sync.Once

func setupController(t *testing.T) {
	t.Helper()
	setupOnce.Do(func() {
		directory, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		data := map[string]string{}
		for kind, names := range controllerPlugins {
			key, fixture := "metricProviderPlugins", "metric-fixture"
			if kind == "step" {
				key, fixture = "stepPlugins", "step-fixture"
			} else if kind == "router" {
				key, fixture = "trafficRouterPlugins", "traffic-router-fixture"
			}
			var items []string
			for _, name := range names {
				full := kind + "/" + name
				items = append(items, fmt.Sprintf("- {name: %s, location: 'file:///none'}", full))
				prefix := ""
				if name == "init" {
					prefix = "export FIXTURE_INIT_FAILURES=2; "
				} else if name == "early" {
					prefix = "test -e ready || { touch ready; echo no configuration >&2; exit 1; }; "
				}
				script := fmt.Sprintf("#!/bin/sh\necho $$ > %s.pid\n%sexec %s %s/test/conformance/fixtures/%s.ts\n",
					filepath.Join(directory, kind+"-"+name), prefix, nodePath(), root, fixture)
				path := filepath.Join(directory, defaults.DefaultRolloutPluginFolder, full)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			data[key] = strings.Join(items, "\n")
		}
		clientset := fake.NewSimpleClientset()
		configMap := &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: "argo-rollouts-config", Namespace: defaults.Namespace()}, Data: data,
		}
		if _, err := clientset.CoreV1().ConfigMaps(defaults.Namespace()).Create(context.Background(), configMap, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := config.InitializeConfig(clientset, "argo-rollouts-config"); err != nil {
			t.Fatal(err)
		}
	})
}

func controllerMetric(name, order string) v1alpha1.Metric {
	metric := metricWith(order)
	metric.Provider.Plugin["metric/"+name] = metric.Provider.Plugin[pluginName]
	delete(metric.Provider.Plugin, pluginName)
	return metric
}

func pidOf(t *testing.T, plugin string) int {
	t.Helper()
	var pid int
	text, err := os.ReadFile(plugin + ".pid")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

// measure does what the controller does for each measurement: look the plugin up, which pings it, and call it.
func measure(t *testing.T, name, order string) (v1alpha1.Measurement, error) {
	t.Helper()
	metric := controllerMetric(name, order)
	plugin, err := metricclient.GetMetricPlugin(metric)
	if err != nil {
		return v1alpha1.Measurement{}, err
	}
	return plugin.Run(runNamed("r"), metric), nil
}

func TestControllerClients(t *testing.T) {
	setupController(t)
	for round := 0; round < 3; round++ {
		if got, err := measure(t, "lifecycle", `{"do":"wait"}`); err != nil || got.Value != "r" {
			t.Fatalf("%+v %v", got, err)
		}
		step, err := stepclient.GetPlugin("step/lifecycle")
		if err != nil {
			t.Fatal(err)
		}
		if result, rpcErr := step.Run(fullRollout("iris"), &types.RpcStepContext{}); rpcErr.HasError() || result.Phase != types.PhaseSuccessful {
			t.Fatalf("%+v %v", result, rpcErr)
		}
		router, err := routerclient.GetTrafficPlugin("router/lifecycle")
		if err != nil {
			t.Fatal(err)
		}
		if rpcErr := router.SetWeight(fullRollout("quiet"), 10, nil); rpcErr.HasError() {
			t.Fatal(rpcErr)
		}
	}
}

// Killed between two measurements, a plugin is restarted unseen.
func TestControllerRestartsAKilledPlugin(t *testing.T) {
	setupController(t)
	for round := 0; round < 3; round++ {
		if got, err := measure(t, "killed", `{"do":"wait"}`); err != nil || got.Value != "r" {
			t.Fatalf("%+v %v", got, err)
		}
		pid := pidOf(t, "metric-killed")
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, 5*time.Second, "the process is collected", func() bool { return syscall.Kill(pid, 0) != nil })
		time.Sleep(100 * time.Millisecond)
	}
	for kind, call := range map[string]func() error{
		"step":   func() error { _, err := stepclient.GetPlugin("step/killed"); return err },
		"router": func() error { _, err := routerclient.GetTrafficPlugin("router/killed"); return err },
	} {
		if err := call(); err != nil {
			t.Fatal(err)
		}
		pid := pidOf(t, kind+"-killed")
		_ = syscall.Kill(pid, syscall.SIGKILL)
		eventually(t, 5*time.Second, "the process is collected", func() bool { return syscall.Kill(pid, 0) != nil })
		time.Sleep(100 * time.Millisecond)
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestControllerRecoversFromAKillInTheMiddleOfARun(t *testing.T) {
	setupController(t)
	if _, err := measure(t, "killed-in-a-run", `{"do":"wait"}`); err != nil {
		t.Fatal(err)
	}
	pid := pidOf(t, "metric-killed-in-a-run")
	go func() {
		time.Sleep(300 * time.Millisecond)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}()
	got, err := measure(t, "killed-in-a-run", `{"do":"never"}`)
	if err != nil || got.Phase != v1alpha1.AnalysisPhaseError {
		t.Fatalf("%+v %v", got, err)
	}
	mustContain(t, got.Message, "unexpected EOF")
	eventually(t, 10*time.Second, "a measurement succeeds again", func() bool {
		got, err := measure(t, "killed-in-a-run", `{"do":"wait"}`)
		return err == nil && got.Value == "r"
	})
}

// A process that does not answer holds the ping until the keepalive fails; then it is killed and started afresh.
func TestControllerReplacesAHungPlugin(t *testing.T) {
	setupController(t)
	if _, err := measure(t, "hung", `{"do":"wait"}`); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pidOf(t, "metric-hung"), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	eventually(t, 90*time.Second, "a measurement succeeds again", func() bool {
		got, err := measure(t, "hung", `{"do":"wait"}`)
		return err == nil && got.Value == "r"
	})
	t.Logf("replaced after %s", time.Since(began).Round(time.Second))
}

// The client reports the error of InitPlugin once and then uses the plugin: each Run repeats the set-up until it holds.
func TestControllerUsesAPluginWhoseSetupFailed(t *testing.T) {
	setupController(t)
	if _, err := measure(t, "init", `{"do":"wait"}`); err == nil {
		t.Fatal("the first call must report the failed set-up")
	}
	got, err := measure(t, "init", `{"do":"wait"}`)
	if err != nil || got.Phase != v1alpha1.AnalysisPhaseError {
		t.Fatalf("%+v %v", got, err)
	}
	mustContain(t, got.Message, "failed to run via plugin: set-up 2 of 2 failed")
	if got, err = measure(t, "init", `{"do":"wait"}`); err != nil || got.Value != "r" {
		t.Fatalf("%+v %v", got, err)
	}
}

// Exit 1 before the handshake is the safe way to fail: the next measurement starts afresh.
func TestControllerStartsAfreshAfterAnEarlyExit(t *testing.T) {
	setupController(t)
	if _, err := measure(t, "early", `{"do":"wait"}`); err == nil {
		t.Fatal("an exit before the handshake must be an error")
	}
	eventually(t, 10*time.Second, "a measurement succeeds", func() bool { // as soon as the client saw the exit
		got, err := measure(t, "early", `{"do":"wait"}`)
		return err == nil && got.Value == "r"
	})
}
