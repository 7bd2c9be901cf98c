package main

import (
	"fmt"

	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// expressions are health check expressions of Flux: each is CEL over the top-level fields of the resource.
type expressions struct {
	InProgress string `json:"inProgress"`
	Failed     string `json:"failed"`
	Current    string `json:"current"`
}

// evaluate follows RFC-0009 of Flux: a generation that was not observed is in progress; then the first expression that
// is true decides, in the order of the fields; without any the resource is in progress. An absent expression is never true.
func (e expressions) evaluate(object map[string]any) (string, error) {
	observed, found, err := unstructured.NestedInt64(object, "status", "observedGeneration")
	if err != nil {
		return "", err
	}
	generation, _, err := unstructured.NestedInt64(object, "metadata", "generation")
	if err != nil {
		return "", err
	}
	if found && observed != generation {
		return flux.InProgressStatus.String(), nil
	}
	for _, candidate := range []struct {
		expression string
		status     flux.Status
	}{
		{e.InProgress, flux.InProgressStatus},
		{e.Failed, flux.FailedStatus},
		{e.Current, flux.CurrentStatus},
	} {
		if candidate.expression == "" {
			continue
		}
		holds, err := isTrue(candidate.expression, object)
		if err != nil {
			return "", fmt.Errorf("%s: %w", candidate.expression, err)
		}
		if holds {
			return candidate.status.String(), nil
		}
	}
	return flux.InProgressStatus.String(), nil
}

// isTrue has the environment of fluxcd/pkg/runtime/cel, where nothing is type-checked before it is evaluated.
func isTrue(expression string, object map[string]any) (bool, error) {
	env, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(),
		cel.EagerlyValidateDeclarations(true),
		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true),
		cel.OptionalTypes(),
		ext.Strings(),
		ext.Sets(),
		ext.Encoders(),
	)
	if err != nil {
		return false, err
	}
	parsed, issues := env.Parse(expression)
	if issues.Err() != nil {
		return false, issues.Err()
	}
	program, err := env.Program(parsed)
	if err != nil {
		return false, err
	}
	value, _, err := program.Eval(object)
	if err != nil {
		return false, err
	}
	holds, isBool := value.Value().(bool)
	if !isBool {
		return false, fmt.Errorf("is no boolean but %s", value.Type().TypeName())
	}
	return holds, nil
}
