// Command twin is the least metric provider in Go, for comparison with fixtures/trivial-metric.ts.
package main

import (
	"time"

	metricrpc "github.com/argoproj/argo-rollouts/metricproviders/plugin/rpc"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/plugin/types"
	"github.com/hashicorp/go-plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type trivial struct{}

func pass(run *v1alpha1.AnalysisRun) v1alpha1.Measurement {
	at := metav1.NewTime(time.Unix(0, 0))
	return v1alpha1.Measurement{Phase: v1alpha1.AnalysisPhaseSuccessful, Value: run.Name, StartedAt: &at, FinishedAt: &at}
}

func (trivial) InitPlugin() types.RpcError { return types.RpcError{} }
func (trivial) Type() string               { return "trivial" }

func (trivial) Run(run *v1alpha1.AnalysisRun, _ v1alpha1.Metric) v1alpha1.Measurement {
	return pass(run)
}

func (trivial) Resume(run *v1alpha1.AnalysisRun, _ v1alpha1.Metric, _ v1alpha1.Measurement) v1alpha1.Measurement {
	return pass(run)
}

func (trivial) Terminate(run *v1alpha1.AnalysisRun, _ v1alpha1.Metric, _ v1alpha1.Measurement) v1alpha1.Measurement {
	return pass(run)
}

func (trivial) GarbageCollect(*v1alpha1.AnalysisRun, v1alpha1.Metric, int) types.RpcError {
	return types.RpcError{}
}

func (trivial) GetMetadata(v1alpha1.Metric) map[string]string { return nil }

func main() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: 1, MagicCookieKey: "ARGO_ROLLOUTS_RPC_PLUGIN", MagicCookieValue: "metricprovider",
		},
		Plugins: map[string]plugin.Plugin{"RpcMetricProviderPlugin": &metricrpc.RpcMetricProviderPlugin{Impl: trivial{}}},
	})
}
