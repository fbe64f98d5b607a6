package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// jsonFault says what is wrong with JSON that could not be decoded, without the names of Go's types.
func jsonFault(err error) string {
	var other *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return syntax.Error()
	case !errors.As(err, &other):
		return "a value in it has a form that it cannot have"
	}
	path := slices.DeleteFunc(strings.Split(other.Field, "."), isGoName)
	if field := strings.Join(path, "."); field != "" {
		return fmt.Sprintf("%s cannot be %s", field, jsonKind(other.Value))
	}
	return "it is " + jsonKind(other.Value)
}

// isGoName reports whether a part of a path is an embedded struct's name, as none of the fields that are read is.
func isGoName(part string) bool { return part == "" || unicode.IsUpper(rune(part[0])) }

// jsonKind is a kind of value in other words than encoding/json's.
func jsonKind(value string) string {
	kind, which, _ := strings.Cut(value, " ")
	switch {
	case kind == "array":
		return "a list"
	case kind == "object":
		return "an object"
	case which != "" && len(which) <= 40:
		return "the number " + which
	case kind == "bool":
		return "true or false"
	default:
		return "a " + kind
	}
}
