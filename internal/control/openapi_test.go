package control_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/control/api"
)

func TestTheDocumentIsOpenAPIAndDescribesEveryRoute(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(control.OpenAPI())
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))

	served := map[string]bool{}
	for _, r := range control.Routes() {
		served[r] = true
	}
	described := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+api.Base+path] = true
		}
	}
	assert.Equal(t, described, served)
}
