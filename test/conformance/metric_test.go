package conformance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestMetricTypeAndInit(t *testing.T) {
	t.Parallel()
	_, metric := startMetric(t)
	if err := metric.InitPlugin(); err.HasError() {
		t.Fatal(err)
	}
	if got := metric.Type(); got != "fixture" {
		t.Fatalf("type %q", got)
	}
}

func zoned(seconds int) *time.Location { return time.FixedZone("zone", seconds) }

func at(text string) *metav1.Time {
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return &metav1.Time{Time: parsed}
}

// fullRun has a value, or Go's zero value, in everything that the typed view reads.
func fullRun() *v1alpha1.AnalysisRun {
	yes := true
	value, empty := "secret", ""
	return &v1alpha1.AnalysisRun{
		ObjectMeta: metav1.ObjectMeta{
			Name: "iris-6d8f-2-1", Namespace: "ml", UID: "4f1e", ResourceVersion: "77", Generation: 3,
			Labels:            map[string]string{"rollouts-pod-template-hash": "6d8f", "__proto__": "polluted"},
			Annotations:       map[string]string{},
			CreationTimestamp: metav1.Time{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, zoned(5*3600+1800+7))},
			OwnerReferences: []metav1.OwnerReference{
				{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: "iris", UID: "ab", Controller: &yes},
			},
		},
		Spec: v1alpha1.AnalysisRunSpec{
			Metrics: []v1alpha1.Metric{{Name: "one"}, {Name: "two"}},
			Args:    []v1alpha1.Argument{{Name: "token", Value: &value}, {Name: "empty", Value: &empty}, {Name: "none"}},
			DryRun:  []v1alpha1.DryRun{{MetricName: "tw.*"}},
		},
		Status: v1alpha1.AnalysisRunStatus{
			Phase: v1alpha1.AnalysisPhaseRunning, Message: "naïve — 日本\u2028", StartedAt: at("2026-01-02T03:04:05Z"),
			MetricResults: []v1alpha1.MetricResult{{
				Name: "one", Phase: v1alpha1.AnalysisPhaseRunning, Count: 2, Successful: 1, Failed: 1, DryRun: true,
				ConsecutiveSuccess: 1, Metadata: map[string]string{"query": "up"},
				Measurements: []v1alpha1.Measurement{
					{Phase: v1alpha1.AnalysisPhaseSuccessful, Value: "1", StartedAt: at("2026-01-02T03:04:05.123456789+02:00")},
					{Phase: "", Metadata: map[string]string{"a": ""}, ResumeAt: at("0001-01-01T00:00:01Z")},
				},
			}},
		},
	}
}

const describedRun = `{
  "metadata": {"name":"iris-6d8f-2-1","namespace":"ml","uid":"4f1e","resourceVersion":"77","generation":3,
    "labels":{"rollouts-pod-template-hash":"6d8f","__proto__":"polluted"},"annotations":{},
    "creationTimestamp":"2026-01-01T21:33:58.000Z",
    "ownerReferences":[{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"iris","uid":"ab","controller":true}]},
  "spec": {"terminate":false,"args":[{"name":"token","value":"secret"},{"name":"empty","value":""},{"name":"none","value":""}],
    "dryRunMetricNames":["tw.*"],"metrics":["one","two"]},
  "status": {"phase":"Running","message":"naïve — 日本\u2028","startedAt":"2026-01-02T03:04:05.000Z","metricResults":[
    {"name":"one","phase":"Running","message":"","count":2,"successful":1,"failed":1,"inconclusive":0,"error":0,
     "consecutiveError":0,"consecutiveSuccess":1,"dryRun":true,"metadata":{"query":"up"},"measurements":[
       {"phase":"Successful","message":"","value":"1","metadata":{},"startedAt":"2026-01-02T01:04:05.123Z"},
       {"phase":"Running","message":"","value":"","metadata":{"a":""},"resumeAt":"0001-01-01T00:00:01.000Z"}]}]},
  "metric": {"name":"fixture","interval":"30s","initialDelay":"","count":0,"successCondition":"result > 1","failureCondition":"",
    "failureLimit":"25%","consecutiveErrorLimit":4,"plugin":{"conformance/fixture":"{\"do\":\"describe\"}"}}
}`

func fullMetric() v1alpha1.Metric {
	metric := metricWith(`{"do":"describe"}`)
	zero, percent, four := intstr.FromInt32(0), intstr.FromString("25%"), intstr.FromInt32(4)
	metric.Interval, metric.SuccessCondition = "30s", "result > 1"
	metric.Count, metric.FailureLimit, metric.ConsecutiveErrorLimit = &zero, &percent, &four
	return metric
}

func mustMatchJSON(t testing.TB, got, want string) {
	t.Helper()
	var gotValue, wantValue interface{}
	if err := json.Unmarshal([]byte(got), &gotValue); err != nil {
		t.Fatalf("%v in %.2000s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &wantValue); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(gotValue, wantValue) {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMetricSeesTheRunAndTheMetric(t *testing.T) {
	t.Parallel()
	_, metric := startMetric(t)
	for round := 0; round < 3; round++ { // the descriptors come with the first call only
		mustMatchJSON(t, metric.Run(fullRun(), fullMetric()).Value, describedRun)
	}
	described := strings.TrimSuffix(strings.TrimSpace(describedRun), "}")
	given := v1alpha1.Measurement{Phase: "Running", Metadata: map[string]string{"look": "3"}, StartedAt: at("2026-01-02T03:04:05Z")}
	want := described + `,"given":{"phase":"Running","message":"","value":"","metadata":{"look":"3"},"startedAt":"2026-01-02T03:04:05.000Z"}}`
	mustMatchJSON(t, metric.Resume(fullRun(), fullMetric(), given).Value, want)
	mustMatchJSON(t, metric.Terminate(fullRun(), fullMetric(), given).Value, want)
	mustMatchJSON(t, metric.GarbageCollect(fullRun(), fullMetric(), 7).ErrorString, described+`,"limit":7}`)
}

func TestMetricNilRunArrivesAsAnEmptyOne(t *testing.T) {
	t.Parallel()
	_, metric := startMetric(t)
	got := metric.Run(nil, metricWith(`{"do":"describe"}`))
	mustContain(t, got.Value, `"labels":{}`)
}

func TestMetricGetMetadata(t *testing.T) {
	t.Parallel()
	_, metric := startMetric(t)
	if got := metric.GetMetadata(metricWith(`{"do":"x"}`)); !reflect.DeepEqual(got, map[string]string{"order": "x"}) {
		t.Fatal(got)
	}
	got := metric.GetMetadata(metricWith(`{"do":"throw","text":"no"}`))
	if want := map[string]string{"error": "failed to get metadata via plugin: no"}; !reflect.DeepEqual(got, want) {
		t.Fatal(got)
	}
}

// A reply of a wrong shape makes the client give up the stream for good, so every combination of fields is tried.
func TestMetricRepliesOfEveryShape(t *testing.T) {
	t.Parallel()
	_, metric := startMetric(t)
	times := map[string]*metav1.Time{
		"": nil, "2026-01-02T03:04:05Z": at("2026-01-02T03:04:05Z"), "0001-01-01T00:00:00.001Z": at("0001-01-01T00:00:00.001Z"),
		"9999-12-31T23:59:59.999Z": at("9999-12-31T23:59:59.999Z"), "1969-12-31T23:59:59.999Z": at("1969-12-31T23:59:59.999Z"),
	}
	for _, phase := range []string{"Pending", "Running", "Successful", "Failed", "Error", "Inconclusive"} {
		for _, text := range []string{"", "a", "\U0001f600 \u2028 \x00", strings.Repeat("long ", 100)} {
			for stamp, instant := range times {
				for _, metadata := range []map[string]string{nil, {}, {"": "", "k": text}} {
					reply := map[string]interface{}{"phase": phase, "message": text, "value": text}
					want := v1alpha1.Measurement{Phase: v1alpha1.AnalysisPhase(phase), Message: text, Value: text, Metadata: metadata}
					if stamp != "" {
						reply["startedAt"], reply["finishedAt"], reply["resumeAt"] = stamp, stamp, stamp
						want.StartedAt, want.FinishedAt, want.ResumeAt = instant, instant, instant
					}
					if metadata != nil {
						reply["metadata"] = metadata
					}
					order, _ := json.Marshal(map[string]interface{}{"do": "answer", "reply": reply})
					got := metric.Run(runNamed("r"), metricWith(string(order)))
					if got.StartedAt == nil {
						t.Fatalf("no startedAt in %+v", got)
					}
					if stamp == "" {
						got.StartedAt = nil
					}
					if phase == "Error" {
						want.Message = "failed to run via plugin: " + text
					}
					if !sameMeasurement(got, want) {
						t.Fatalf("order %s\ngot  %+v\nwant %+v", order, got, want)
					}
				}
			}
		}
	}
}

func sameMeasurement(a, b v1alpha1.Measurement) bool {
	same := func(x, y *metav1.Time) bool { return (x == nil) == (y == nil) && (x == nil || x.Time.Equal(y.Time)) }
	return a.Phase == b.Phase && a.Message == b.Message && a.Value == b.Value && len(a.Metadata) == len(b.Metadata) &&
		fmt.Sprint(a.Metadata) == fmt.Sprint(b.Metadata) &&
		same(a.StartedAt, b.StartedAt) && same(a.FinishedAt, b.FinishedAt) && same(a.ResumeAt, b.ResumeAt)
}

// Whatever a handler returns, the stream lives on and the measurement says what is wrong.
func TestMetricInvalidRepliesBecomeErrors(t *testing.T) {
	t.Parallel()
	s, metric := startMetric(t)
	for _, reply := range []string{
		`{}`, `{"phase":""}`, `{"phase":1}`, `{"phase":"successful"}`, `{"phase":"Failed","message":3}`,
		`{"phase":"Failed","value":{}}`, `{"phase":"Failed","metadata":{"a":1}}`, `{"phase":"Running","resumeAt":"never"}`,
	} {
		got := metric.Run(runNamed("r"), metricWith(`{"do":"answer","reply":`+reply+`}`))
		if got.Phase != v1alpha1.AnalysisPhaseError || got.StartedAt == nil {
			t.Fatalf("%s: %+v", reply, got)
		}
		mustContain(t, got.Message, "failed to run via plugin: Cannot ")
	}
	s.mustPing(t)
}

func TestMetricThrowIsAMeasurementAndKeepsMetadata(t *testing.T) {
	t.Parallel()
	_, metric := startMetric(t)
	given := v1alpha1.Measurement{Phase: "Running", Metadata: map[string]string{"look": "3"}, StartedAt: at("2026-01-02T03:04:05Z")}
	got := metric.Resume(runNamed("r"), metricWith(`{"do":"throw","text":"Prometheus is away"}`), given)
	want := v1alpha1.Measurement{
		Phase: "Error", Message: "failed to resume via plugin: Prometheus is away", Metadata: given.Metadata, StartedAt: given.StartedAt,
	}
	if !sameMeasurement(got, want) {
		t.Fatalf("%+v", got)
	}
	mustContain(t, metric.Run(runNamed("r"), metricWith(`not JSON`)).Message, "8 bytes are not JSON")
}

func TestMetricConcurrentCallsAreAnsweredInTheirOwnOrder(t *testing.T) {
	t.Parallel()
	_, metric := startMetric(t)
	const calls = 100
	var group sync.WaitGroup
	var mutex sync.Mutex
	var order []int
	for call := 0; call < calls; call++ {
		group.Add(1)
		go func() {
			defer group.Done()
			name := fmt.Sprintf("run-%d", call)
			got := metric.Run(runNamed(name), metricWith(fmt.Sprintf(`{"do":"wait","ms":%d}`, (calls-call)*20)))
			if got.Value != name {
				t.Errorf("asked for %s, received %+v", name, got)
			}
			mutex.Lock()
			order = append(order, call)
			mutex.Unlock()
		}()
	}
	group.Wait()
	ordered := 0
	for i := 1; i < len(order); i++ {
		if order[i] < order[i-1] {
			ordered++
		}
	}
	// In the order of the calls it would be none; a busy machine blurs what is 20 ms apart.
	if ordered < calls/2 {
		t.Fatalf("only %d of %d answers came in the order in which they were ready", ordered, calls-1)
	}
}

// bigRun has about as many bytes on the wire, in real measurements.
func bigRun(bytes int) *v1alpha1.AnalysisRun {
	run := fullRun()
	measurement := v1alpha1.Measurement{
		Phase: v1alpha1.AnalysisPhaseSuccessful, Value: strings.Repeat("0.123", 8), StartedAt: at("2026-01-02T03:04:05Z"),
		FinishedAt: at("2026-01-02T03:04:06Z"), Metadata: map[string]string{"query": "sum(rate(http_requests_total[1m]))"},
	}
	count := bytes / 150
	for i := 0; i < count; i++ {
		result := &run.Status.MetricResults[0]
		result.Measurements = append(result.Measurements, measurement)
	}
	return run
}

func TestMetricBigObjects(t *testing.T) {
	t.Parallel()
	s, metric := startMetric(t)
	for _, size := range []int{100_000, 1_000_000, 20_000_000} {
		run := bigRun(size)
		began := time.Now()
		got := metric.Run(run, metricWith(`{"do":"count"}`))
		if got.Phase != v1alpha1.AnalysisPhaseSuccessful {
			t.Fatalf("%d bytes: %+v\n%s", size, got, s.log)
		}
		t.Logf("%d bytes, %d measurements: %s", size, len(run.Status.MetricResults[0].Measurements), time.Since(began))
		s.mustPing(t)
	}
	text := runNamed("text")
	text.Annotations = map[string]string{"big": strings.Repeat("x", 20_000_000)}
	if got := metric.Run(text, metricWith(`{"do":"wait"}`)); got.Value != "text" {
		t.Fatalf("%+v", got)
	}
}

func TestMetricManyBigObjectsAtOnce(t *testing.T) {
	t.Parallel()
	s, metric := startMetric(t)
	run := bigRun(1_000_000)
	var group sync.WaitGroup
	for call := 0; call < 100; call++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if got := metric.Run(run, metricWith(`{"do":"wait","ms":200}`)); got.Value != run.Name {
				t.Errorf("%+v", got)
			}
		}()
	}
	for ping := 0; ping < 20; ping++ { // pings go on while the calls fill their allowance
		began := time.Now()
		s.mustPing(t)
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("ping took %s", took)
		}
		time.Sleep(50 * time.Millisecond)
	}
	group.Wait()
	t.Logf("peak resident set: %s", peakMemory(s.cmd.Process.Pid))
}

func TestMetricBigReply(t *testing.T) {
	t.Parallel()
	_, metric := startMetric(t)
	if got := metric.Run(runNamed("r"), metricWith(`{"do":"size","bytes":2000000}`)); len(got.Value) != 2_000_000 {
		t.Fatalf("%d bytes, %q", len(got.Value), got.Message)
	}
	got := metric.Run(runNamed("r"), metricWith(`{"do":"size","bytes":20000000}`))
	mustContain(t, got.Message, "is above 16777216")
	if got = metric.Run(runNamed("r"), metricWith(`{"do":"wait"}`)); got.Value != "r" {
		t.Fatalf("%+v", got)
	}
}

func TestMetricDeadlineIsAnsweredAndBounded(t *testing.T) {
	t.Parallel()
	s, metric := startMetric(t, "FIXTURE_CALL_DEADLINE_MS=300")
	order := metricWith(`{"do":"never"}`)
	got := metric.Run(runNamed("r"), order)
	for missed := 1; missed < 5; missed++ {
		if got.Phase != v1alpha1.AnalysisPhaseRunning || got.ResumeAt == nil || got.StartedAt == nil {
			t.Fatalf("%+v", got)
		}
		mustContain(t, got.Message, fmt.Sprintf("no answer in time, %d of 5 times", missed))
		got = metric.Resume(runNamed("r"), order, got)
	}
	if got.Phase != v1alpha1.AnalysisPhaseInconclusive {
		t.Fatalf("%+v", got)
	}
	mustLog(t, s.log, "aborted: Cannot go on with Plugin.Run: no answer within 300 ms")
	if got = metric.Terminate(runNamed("r"), order, got); got.Phase != v1alpha1.AnalysisPhaseError {
		t.Fatalf("%+v", got)
	}
}
