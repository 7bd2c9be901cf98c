package main

import (
	"encoding/json"

	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type question struct {
	// A resource as the API server gives it.
	Object json.RawMessage `json:"object"`
	// A health check of Argo CD; empty: none is run.
	Lua string `json:"lua"`
	// An entry of Flux' healthCheckExprs; absent: none is evaluated.
	Expressions *expressions `json:"expressions"`
}

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type answer struct {
	Kstatus     verdict  `json:"kstatus"`
	FluxKstatus verdict  `json:"fluxKstatus"`
	Argo        *verdict `json:"argo,omitempty"`
	// The status that the expressions come to, in words of kstatus.
	Flux string `json:"flux,omitempty"`
}

func (q question) answer() (*answer, error) {
	// Integers become int64, as in a client of the API server.
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(q.Object); err != nil {
		return nil, err
	}
	original, err := status.Compute(object)
	if err != nil {
		return nil, err
	}
	fork, err := flux.Compute(object)
	if err != nil {
		return nil, err
	}
	result := &answer{
		Kstatus:     verdict{Status: original.Status.String(), Message: original.Message},
		FluxKstatus: verdict{Status: fork.Status.String(), Message: fork.Message},
	}
	if q.Lua != "" {
		if result.Argo, err = runHealthCheck(q.Lua, object.Object); err != nil {
			return nil, err
		}
	}
	if q.Expressions != nil {
		if result.Flux, err = q.Expressions.evaluate(object.Object); err != nil {
			return nil, err
		}
	}
	return result, nil
}
