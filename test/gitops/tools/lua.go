package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// healthStatuses are the words that a health check of Argo CD may return.
var healthStatuses = []string{"Unknown", "Progressing", "Healthy", "Suspended", "Degraded", "Missing"}

// runHealthCheck runs a script as Argo CD runs one of argocd-cm: with the base and table libraries only, one second long
// at most, and the resource in the global obj.
func runHealthCheck(script string, object map[string]any) (*verdict, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	// The first one makes the place where the others are registered.
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
	} {
		call := lua.P{Fn: state.NewFunction(library.open), Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return nil, fmt.Errorf("the health check failed: %w", err)
	}
	table, isTable := state.Get(-1).(*lua.LTable)
	if !isTable {
		return nil, fmt.Errorf("the health check must return a table, and returned %s", state.Get(-1).Type())
	}
	result := &verdict{Status: text(table, "status"), Message: text(table, "message")}
	if !slices.Contains(healthStatuses, result.Status) {
		return nil, fmt.Errorf("the health check returned the status %q", result.Status)
	}
	return result, nil
}

func text(table *lua.LTable, key string) string {
	value, _ := table.RawGetString(key).(lua.LString)
	return string(value)
}

// toLua maps what JSON has; null becomes nil, so that a field with it is absent.
func toLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case string:
		return lua.LString(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case []any:
		list := state.NewTable()
		for _, item := range value {
			list.Append(toLua(state, item))
		}
		return list
	case map[string]any:
		table := state.NewTable()
		for key, item := range value {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}
