package qstashsim

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"strconv"
)

// expression is an Upstash-Retry-Delay: the delay in milliseconds, given how often the message was retried before.
type expression func(retried int) (milliseconds float64, err error)

// parseExpression reads arithmetic over numbers, the variable retried and pow, exp, sqrt, abs, floor, ceil, round, min
// and max. The grammar is Go's, which for these agrees with the one documented.
func parseExpression(text string) (expression, error) {
	tree, err := parser.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	evaluate := func(retried int) (float64, error) {
		ms, err := eval(tree, float64(retried))
		if err == nil && (math.IsNaN(ms) || math.IsInf(ms, 0)) {
			err = fmt.Errorf("%q is %v", text, ms)
		}
		return ms, err
	}
	_, err = evaluate(0)
	return evaluate, err
}

func eval(node ast.Expr, retried float64) (float64, error) {
	switch node := node.(type) {
	case *ast.BasicLit:
		return strconv.ParseFloat(node.Value, 64)
	case *ast.Ident:
		if node.Name == "retried" {
			return retried, nil
		}
	case *ast.ParenExpr:
		return eval(node.X, retried)
	case *ast.UnaryExpr:
		x, err := eval(node.X, retried)
		if node.Op == token.SUB {
			return -x, err
		}
	case *ast.BinaryExpr:
		return evalBinary(node, retried)
	case *ast.CallExpr:
		return evalCall(node, retried)
	}
	return 0, fmt.Errorf("unknown term %T", node)
}

func evalBinary(node *ast.BinaryExpr, retried float64) (float64, error) {
	x, err := eval(node.X, retried)
	if err != nil {
		return 0, err
	}
	y, err := eval(node.Y, retried)
	if err != nil {
		return 0, err
	}
	switch node.Op {
	case token.ADD:
		return x + y, nil
	case token.SUB:
		return x - y, nil
	case token.MUL:
		return x * y, nil
	case token.QUO:
		return x / y, nil
	}
	return 0, fmt.Errorf("unknown operator %s", node.Op)
}

var (
	unary = map[string]func(float64) float64{
		"exp": math.Exp, "sqrt": math.Sqrt, "abs": math.Abs,
		"floor": math.Floor, "ceil": math.Ceil, "round": math.Round,
	}
	binary = map[string]func(x, y float64) float64{"pow": math.Pow, "min": math.Min, "max": math.Max}
)

func evalCall(node *ast.CallExpr, retried float64) (float64, error) {
	name, _ := node.Fun.(*ast.Ident)
	if name == nil {
		return 0, fmt.Errorf("call of a %T", node.Fun)
	}
	args := make([]float64, len(node.Args))
	for i, arg := range node.Args {
		value, err := eval(arg, retried)
		if err != nil {
			return 0, err
		}
		args[i] = value
	}
	if f, ok := unary[name.Name]; ok && len(args) == 1 {
		return f(args[0]), nil
	}
	if f, ok := binary[name.Name]; ok && len(args) == 2 {
		return f(args[0], args[1]), nil
	}
	return 0, fmt.Errorf("unknown function %s of %d arguments", name.Name, len(args))
}
