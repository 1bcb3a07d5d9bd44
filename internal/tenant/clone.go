package tenant

import (
	"maps"
	"reflect"
	"slices"
)

// clone copies v so deeply that no slice, map or pointer is shared: what the
// store hands out can be kept and changed. Types with hidden fields (times,
// secrets, compiled lists) do not change and are copied as they are.
func clone[T any](v T) T {
	deepCopy(reflect.ValueOf(&v).Elem())
	return v
}

// deepCopy replaces everything that v shares with others by a copy of its own.
func deepCopy(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		for i := range own.Len() {
			deepCopy(own.Index(i))
		}
		v.Set(own)
	case reflect.Map:
		if v.IsNil() {
			return
		}
		own := reflect.MakeMapWithSize(v.Type(), v.Len())
		for it := v.MapRange(); it.Next(); {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(it.Value())
			deepCopy(value)
			own.SetMapIndex(it.Key(), value)
		}
		v.Set(own)
	case reflect.Pointer:
		if v.IsNil() || !open(v.Type().Elem()) {
			return
		}
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		deepCopy(own.Elem())
		v.Set(own)
	case reflect.Struct:
		if !open(v.Type()) {
			return
		}
		for i := range v.NumField() {
			deepCopy(v.Field(i))
		}
	}
}

// open reports whether every field of a struct type is exported.
func open(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return true
	}
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			return false
		}
	}
	return true
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
