package main

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"math"
	"net/url"
	"time"
)

// The types have one of each kind that gob knows.
type (
	numbers struct {
		I  int
		I8 int8
		U  uint64
		F  float64
		C  complex128
		B  bool
	}
	nested struct {
		Name  string
		Inner *nested
		List  []nested
		Map   map[string]nested
	}
	holder struct {
		Before string
		Any    any
		Middle []any
		After  string
	}
	first  struct{ X int }
	second struct{ Y string }
	third  struct{ Z any }
	flag   bool
)

// Embedded is exported, so that its fields travel.
type Embedded struct{ Inside int }

type embedder struct {
	Embedded
	Outer string
}

type kind struct {
	Name string `json:"name"`
	Hex  string `json:"hex"`
}

func encodeKinds() []kind {
	gob.RegisterName("first", first{})
	gob.RegisterName("second", second{})
	gob.RegisterName("third", third{})
	gob.RegisterName("flag", flag(false))
	address, err := url.Parse("http://example.com/x")
	check(err)
	var nothing any
	var anything any = first{7}
	var nestedAny any = third{Z: third{Z: second{"deep"}}}
	var scalar any = flag(true)
	var list any = []int{1, -2}
	cases := []struct {
		name   string
		values []any
	}{
		{"numbers", []any{numbers{-1, -128, math.MaxUint64, 17, complex(1, -2), true}}},
		{"number limits", []any{numbers{I: math.MaxInt64, F: math.Inf(-1)}, numbers{I: math.MinInt64, F: math.NaN()}}},
		{"safe integers", []any{[]int64{0, 63, 64, -64, -65, 1<<31 - 1, 1 << 31, 1<<53 - 1, 1 << 53, -(1<<53 - 1), -(1 << 53)}}},
		{"unsigned", []any{[]uint64{0, 127, 128, 255, 256, 1<<32 - 1, 1<<53 - 1, 1 << 53, math.MaxUint64}}},
		{"floats", []any{[]float64{0, 1, -1, 0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1)}}},
		{"string", []any{"héllo"}},
		{"string that is not UTF-8", []any{[]string{"a\xffb", "\ufffd", "", "a longer text with a replacement \ufffd in it"}}},
		{"bytes", []any{[]byte{0, 1, 255}}},
		{"array", []any{[3]int{1, 0, 3}}},
		{"array of bytes", []any{[2]byte{1, 2}}},
		{"slices", []any{[][]string{{"a"}, {}, {"b", "c"}}}},
		{"map", []any{map[int]string{5: "five"}}},
		{"empty map", []any{map[string]int{}}},
		{"recursive", []any{nested{Name: "a", Inner: &nested{Name: "b"}, List: []nested{{Name: "c"}, {}}, Map: map[string]nested{"k": {Name: "d"}}}}},
		{"embedded", []any{embedder{Embedded{5}, "out"}}},
		{"empty struct", []any{struct{}{}}},
		{"time in UTC", []any{time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}},
		{"time with a zone", []any{time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", -3600))}},
		{"time with seconds in its zone", []any{time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 1172))}},
		{"binary marshaler", []any{address}},
		{"nil interface", []any{&nothing}},
		{"interface", []any{&anything, &anything}},
		{"interface of a scalar", []any{&scalar}},
		{"interface of a list", []any{&list}},
		{"nested interfaces", []any{&nestedAny, &anything}},
		{"interfaces in a struct", []any{
			holder{"b", first{1}, []any{second{"x"}, nil, third{Z: second{"y"}}, flag(true)}, "a"},
			holder{After: "only"},
			holder{Any: third{Z: []int{9}}, After: "last"},
		}},
	}
	kinds := make([]kind, 0, len(cases))
	for _, each := range cases {
		var stream bytes.Buffer
		encoder := gob.NewEncoder(&stream)
		for _, value := range each.values {
			check(encoder.Encode(value))
		}
		kinds = append(kinds, kind{each.name, hex.EncodeToString(stream.Bytes())})
	}
	return kinds
}
