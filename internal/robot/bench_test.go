package robot

import (
	"testing"

	"github.com/ssprlab/ssprlab/internal/chance"
)

// BenchmarkPicture is one challenge with its picture.
func BenchmarkPicture(b *testing.B) {
	d, err := NewDesk(noonClock, chance.New(1).Next)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c := d.Ask(Picture)
		if _, ok := d.Image(c.ID); !ok {
			b.Fatal("no picture")
		}
		d.Check(c.ID, "")
	}
}
