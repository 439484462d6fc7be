package conformance

import (
	"testing"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/plugin/types"
)

func TestTrafficRouterSeesItsArguments(t *testing.T) {
	t.Parallel()
	_, router := startRouter(t)
	if err := router.InitPlugin(); err.HasError() {
		t.Fatal(err)
	}
	if got := router.Type(); got != "router-fixture" {
		t.Fatal(got)
	}
	rollout, percentage := fullRollout("iris"), int32(25)
	extra := []v1alpha1.WeightDestination{{Weight: 5, ServiceName: "extra", PodTemplateHash: "e"}}
	const extraJSON = `[{"weight":5,"serviceName":"extra","podTemplateHash":"e"}]`
	header := &v1alpha1.SetHeaderRoute{Name: "beta", Match: []v1alpha1.HeaderRoutingMatch{
		{HeaderName: "x-a", HeaderValue: &v1alpha1.StringMatch{Exact: "1"}},
		{HeaderName: "x-b", HeaderValue: &v1alpha1.StringMatch{Prefix: "2"}},
		{HeaderName: "x-c", HeaderValue: &v1alpha1.StringMatch{Regex: ".*"}},
	}}
	mirror := &v1alpha1.SetMirrorRoute{Name: "shadow", Percentage: &percentage, Match: []v1alpha1.RouteMatch{{
		Method: &v1alpha1.StringMatch{Exact: "POST"}, Path: &v1alpha1.StringMatch{Prefix: "/predict"},
		Headers: map[string]v1alpha1.StringMatch{"x-a": {Regex: "1"}},
	}}}
	for want, got := range map[string]types.RpcError{
		`{"method":"updateHash","name":"iris","request":{"canaryHash":"c","stableHash":"s","additionalDestinations":` + extraJSON + `}}`: router.UpdateHash(rollout, "c", "s", extra),
		`{"method":"setWeight","name":"iris","request":{"desiredWeight":30,"additionalDestinations":` + extraJSON + `}}`:                 router.SetWeight(rollout, 30, extra),
		`{"method":"setWeight","name":"iris","request":{"desiredWeight":0,"additionalDestinations":[]}}`:                                 router.SetWeight(rollout, 0, nil),
		`{"method":"setHeaderRoute","name":"iris","request":{"name":"beta","match":[
			{"headerName":"x-a","headerValue":{"kind":"exact","value":"1"}},
			{"headerName":"x-b","headerValue":{"kind":"prefix","value":"2"}},
			{"headerName":"x-c","headerValue":{"kind":"regex","value":".*"}}]}}`: router.SetHeaderRoute(rollout, header),
		`{"method":"setMirrorRoute","name":"iris","request":{"name":"shadow","percentage":25,"match":[{
			"method":{"kind":"exact","value":"POST"},"path":{"kind":"prefix","value":"/predict"},
			"headers":[{"name":"x-a","value":{"kind":"regex","value":"1"}}]}]}}`: router.SetMirrorRoute(rollout, mirror),
		`{"method":"removeManagedRoutes","name":"iris","request":{}}`: router.RemoveManagedRoutes(rollout),
	} {
		mustMatchJSON(t, got.ErrorString, want)
	}
	quiet := fullRollout("quiet")
	for _, err := range []types.RpcError{
		router.UpdateHash(quiet, "c", "s", nil), router.SetWeight(quiet, 1, nil), router.SetHeaderRoute(quiet, header),
		router.SetMirrorRoute(quiet, mirror), router.RemoveManagedRoutes(quiet),
	} {
		if err.HasError() {
			t.Fatal(err)
		}
	}
}

func TestTrafficRouterVerifiesWeights(t *testing.T) {
	t.Parallel()
	_, router := startRouter(t)
	for weight, want := range map[int32]types.RpcVerified{0: types.Verified, 30: types.NotVerified, 50: types.NotImplemented} {
		if got, err := router.VerifyWeight(fullRollout("iris"), weight, nil); err.HasError() || got != want {
			t.Fatalf("%d: %v %v", weight, got, err)
		}
	}
	if got, err := router.VerifyWeight(fullRollout("iris"), 101, nil); !err.HasError() || got != types.NotVerified {
		t.Fatalf("%v %v", got, err)
	}
}
