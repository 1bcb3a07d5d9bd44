package directory_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/secret"
)

func BenchmarkNewDomain(b *testing.B) {
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var keep []*directory.Forest
	for b.Loop() {
		f, err := directory.NewForest(directory.ForestConfig{Now: start, Rand: chance.New(1).Stream("x"), Domains: []directory.DomainConfig{{DNSName: "corp.example", NetBIOS: "CORP"}}})
		if err != nil {
			b.Fatal(err)
		}
		if len(keep) < 20 {
			keep = append(keep, f)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(keep)), "B/domain")
	runtime.KeepAlive(keep)
}

func filled(b tester, n int) *lab {
	l := newLab(b, directory.Windows2022)
	for i := range n {
		name := fmt.Sprintf("user%06d", i)
		_, err := l.domain.AddUser(l.now, directory.UserSpec{
			SAMAccountName: name, Parent: staff, Password: secret.New(firstPass), DisplayName: "User " + name,
			GivenName: "User", Surname: name, Mail: name + "@corp.example",
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return l
}

func BenchmarkLoad100k(b *testing.B) {
	for b.Loop() {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		l := filled(b, 100_000)
		b.ReportMetric(time.Since(begun).Seconds(), "s/load")
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
		runtime.KeepAlive(l)
	}
}

func BenchmarkBind(b *testing.B) {
	l := filled(b, 10_000)
	quiet(l)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		i := 0
		for pb.Next() {
			i++
			name := fmt.Sprintf("CN=User user%06d,%s", i%10_000, staff)
			_, res := l.dc.Bind(context.Background(), l.request(directory.Caller{}), directory.BindRequest{Version: 3, Name: name, Password: secret.New(firstPass)})
			if res.Code != directory.Success {
				b.Fatal(res.Diagnostic)
			}
		}
	})
}

// quiet stops the journal: benchmarks measure the directory.
func quiet(l *lab) { l.muted = true }

type nowhere struct{ n int }

func (w *nowhere) Entry(directory.Entry) error { w.n++; return nil }
func (w *nowhere) Reference(...string) error   { return nil }

func benchSearch(b *testing.B, base func(i int) string, scope directory.Scope, filter func(i int) directory.Filter, attrs ...string) {
	b.Helper()
	l := filled(b, 10_000)
	quiet(l)
	c := l.as("user000001@corp.example", firstPass)
	r := l.request(c)
	var found atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		i := 0
		w := &nowhere{}
		cursors := &directory.Cursors{}
		for pb.Next() {
			i++
			res := l.dc.Search(context.Background(), r, directory.SearchRequest{Base: base(i), Scope: scope, Filter: filter(i), Attributes: attrs}, cursors, w)
			if res.Code != directory.Success {
				b.Fatal(res.Diagnostic)
			}
		}
		found.Add(int64(w.n))
	})
	if found.Load() == 0 {
		b.Fatal("nothing found")
	}
}

func userDN(i int) string { return fmt.Sprintf("CN=User user%06d,%s", i%10_000, staff) }

func BenchmarkBaseSearch(b *testing.B) {
	all := directory.MustFilter("(objectClass=*)")
	benchSearch(b, userDN, directory.BaseObject, func(int) directory.Filter { return all })
}

func BenchmarkIndexedSearch(b *testing.B) {
	benchSearch(b, func(int) string { return base }, directory.WholeSubtree, func(i int) directory.Filter {
		return directory.And(directory.Equal("objectClass", []byte("user")), directory.Equal("mail", fmt.Appendf(nil, "user%06d@corp.example", i%10_000)))
	}, "cn", "mail", "pwdLastSet")
}

func BenchmarkFullScan10k(b *testing.B) {
	f := directory.MustFilter("(&(description=x*)(telephoneNumber=*))")
	l := filled(b, 10_000)
	c := l.as("user000001@corp.example", firstPass)
	for b.Loop() {
		w := &nowhere{}
		l.dc.Search(context.Background(), l.request(c), directory.SearchRequest{Base: base, Scope: directory.WholeSubtree, Filter: f}, nil, w)
	}
}

func BenchmarkPasswordSet(b *testing.B) {
	l := filled(b, 10_000)
	quiet(l)
	r := l.request(l.admin())
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		i := 0
		for pb.Next() {
			i++
			res := l.dc.Modify(context.Background(), r, directory.ModifyRequest{DN: userDN(i), Changes: []directory.ModifyChange{
				{Kind: directory.ReplaceValues, Name: "unicodePwd", Values: [][]byte{quoted(fmt.Sprintf("N3w!Passw0rd%d", i))}},
			}})
			if res.Code != directory.Success {
				b.Fatal(res.Diagnostic)
			}
		}
	})
}
