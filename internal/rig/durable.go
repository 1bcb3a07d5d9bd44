package rig

import (
	"net/http"
)

// durable lets requests that may change something answer only when what they
// changed is on the disk.
func (l *Lab) durable(next http.Handler) http.Handler {
	d := l.Config.Data
	if d == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		k := &keepingWriter{ResponseWriter: w, keep: func() error {
			if err := d.save(l, false); err != nil {
				return err
			}
			return d.store.Flush()
		}}
		next.ServeHTTP(k, r)
		k.begin()
	})
}

// A keepingWriter keeps what was changed before the first octet of the answer.
type keepingWriter struct {
	http.ResponseWriter
	keep   func() error
	begun  bool
	failed error
}

func (w *keepingWriter) begin() {
	if w.begun {
		return
	}
	w.begun = true
	if w.failed = w.keep(); w.failed != nil {
		for name := range w.Header() {
			w.Header().Del(name)
		}
		http.Error(w.ResponseWriter, "what was asked for was done but could not be kept: "+w.failed.Error(), http.StatusServiceUnavailable)
	}
}

// WriteHeader implements [http.ResponseWriter].
func (w *keepingWriter) WriteHeader(code int) {
	if code < http.StatusOK {
		w.ResponseWriter.WriteHeader(code)
		return
	}
	if w.begin(); w.failed == nil {
		w.ResponseWriter.WriteHeader(code)
	}
}

// Write implements [http.ResponseWriter].
func (w *keepingWriter) Write(p []byte) (int, error) {
	if w.begin(); w.failed != nil {
		return 0, w.failed
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is below.
func (w *keepingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
