package e2e

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// composeProject reads docker-compose.yml through the reference implementation,
// which holds it to the compose schema.
func composeProject(t testing.TB) *types.Project {
	t.Helper()
	const name = "../docker-compose.yml"
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	path, err := filepath.Abs(name)
	require.NoError(t, err)
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir: filepath.Dir(path), ConfigFiles: []types.ConfigFile{{Filename: path, Content: text}}, Environment: types.Mapping{},
	}, loader.WithProfiles([]string{"*"}))
	require.NoError(t, err)
	return project
}

// programOf is which of our programs a service runs, or "".
func programOf(s types.ServiceConfig) string {
	switch {
	case s.Image != "ssprlab":
		return ""
	case len(s.Entrypoint) > 0:
		return filepath.Base(s.Entrypoint[0])
	}
	return "portal" // the image's own entry point
}

func networksOf(s types.ServiceConfig) []string { return slices.Sorted(maps.Keys(s.Networks)) }

func TestComposeFile(t *testing.T) {
	project := composeProject(t)
	assert.Equal(t, "ssprlab", project.Name)

	t.Run("the cloud and the premises share the relay and nothing else", func(t *testing.T) {
		for name, s := range project.Services {
			networks := networksOf(s)
			if name == "relay" {
				assert.ElementsMatch(t, []string{"cloud", "onpremises"}, networks)
				continue
			}
			assert.Len(t, networks, 1, name)
		}
		assert.Equal(t, []string{"cloud"}, networksOf(project.Services["portal"]))
		for _, name := range []string{"agent", "directory", "samba", "samba-agent"} {
			assert.Equal(t, []string{"onpremises"}, networksOf(project.Services[name]), name)
		}
	})
	t.Run("only loopback is published", func(t *testing.T) {
		for name, s := range project.Services {
			for _, p := range s.Ports {
				assert.Equal(t, "127.0.0.1", p.HostIP, "%s publishes %s", name, p.Published)
			}
		}
	})
	t.Run("a profile holds the Samba domain", func(t *testing.T) {
		for name, s := range project.Services {
			assert.Equal(t, strings.HasPrefix(name, "samba"), len(s.Profiles) > 0, name)
		}
	})
	t.Run("every service of ours says whether it is well", func(t *testing.T) {
		for name, s := range project.Services {
			if programOf(s) != "" || name == "samba" {
				require.NotNil(t, s.HealthCheck, name)
			}
		}
	})
	t.Run("the files to build from exist", func(t *testing.T) {
		for name, s := range project.Services {
			if s.Build != nil {
				file := s.Build.Dockerfile
				if file == "" {
					file = "Dockerfile"
				}
				assert.FileExists(t, filepath.Join("..", file), name)
			}
		}
	})
	t.Run("every flag exists", func(t *testing.T) {
		for name, s := range project.Services {
			program := programOf(s)
			if program == "" {
				continue
			}
			code, _, help := runProgram(t, "", program, "--help")
			require.Zero(t, code)
			for _, argument := range s.Command {
				flag, _, _ := strings.Cut(strings.TrimLeft(argument, "-"), "=")
				exists := strings.Contains(help, "\n  -"+flag+" ") || strings.Contains(help, "\n  -"+flag+"\n")
				assert.True(t, exists, "service %s uses --%s, which %s does not have", name, flag, program)
			}
		}
	})
}
