package robot

import (
	"io"

	"github.com/ssprlab/ssprlab/internal/chance"
)

// A Sum is the arithmetic behind a question in words. Both numbers and the result
// lie between 1 and 20.
type Sum struct {
	Op   Op
	A, B int
}

// An Op is what a sum does with its numbers.
type Op string

// The operations.
const (
	Plus  Op = "plus"
	Minus Op = "minus"
)

func drawSum(r io.Reader) Sum {
	a, b := 2+chance.Intn(r, 9), 1+chance.Intn(r, 9) // 2…10, 1…9
	if chance.Intn(r, 2) == 0 {
		return Sum{Op: Plus, A: a, B: b}
	}
	if a <= b {
		a, b = b+1, a
	}
	return Sum{Op: Minus, A: a, B: b}
}

func (s Sum) result() int {
	if s.Op == Minus {
		return s.A - s.B
	}
	return s.A + s.B
}
