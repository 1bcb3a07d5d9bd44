package portal

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// tokensURL is the administrator's desk of hardware tokens.
const tokensURL = "/lab/tokens"

// maxTokenName bounds what a person types of a token, in octets.
const maxTokenName = 256

// A tokensPage lists the hardware tokens of the tenant. Uploaded is what came of
// a file, nil when none was uploaded just now.
type tokensPage struct {
	*frame
	Tokens   []HardwareToken
	Header   string // first line of a file
	Uploaded *TokenUpload
}

func (tokensPage) name() string { return "tokens" }

func (s *site) tokenRoutes(e *echo.Echo) {
	e.GET(tokensURL, s.tokens)
	e.POST(tokensURL, s.tokensUploaded)
	e.POST(tokensURL+"/assign", s.tokenDo("token-assigned", func(c echo.Context, serial, value string) error {
		return s.Tokens.Assign(c.Request().Context(), serial, strings.TrimSpace(value))
	}))
	e.POST(tokensURL+"/activate", s.tokenDo("token-activated", func(c echo.Context, serial, value string) error {
		return s.Tokens.Activate(c.Request().Context(), serial, secret.New(strings.TrimSpace(value)))
	}))
	e.POST(tokensURL+"/unassign", s.tokenDo("token-unassigned", func(c echo.Context, serial, _ string) error {
		return s.Tokens.Unassign(c.Request().Context(), serial)
	}))
	e.POST(tokensURL+"/delete", s.tokenDo("token-deleted", func(c echo.Context, serial, _ string) error {
		return s.Tokens.Delete(c.Request().Context(), serial)
	}))
}

func (s *site) tokens(c echo.Context) error { return s.showTokens(c, nil) }

func (s *site) showTokens(c echo.Context, up *TokenUpload) error {
	list, err := s.Tokens.List(c.Request().Context())
	if err != nil {
		return err
	}
	f := s.labFrame(c, "tokens")
	f.Nav = s.navigation("/lab/authenticator")
	return s.render(c, http.StatusOK, tokensPage{frame: f, Tokens: list, Header: s.Tokens.Header(), Uploaded: up})
}

// tokensUploaded takes a CSV file, or the same lines pasted. The page that
// answers tells which lines were bad, by number and field; nothing of the file
// comes back.
func (s *site) tokensUploaded(c echo.Context) error {
	text, err := tokenFile(c.Response(), c.Request())
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return s.back(c, tokensURL, flash{Problem: "token-file-missing", Field: "file"})
	}
	up, err := s.Tokens.Upload(c.Request().Context(), text)
	if refused, ok := errors.AsType[TokenRefusal](err); ok {
		return s.back(c, tokensURL, flash{Problem: "token-refused", Field: "file", User: string(refused)})
	}
	if err != nil {
		return err
	}
	return s.showTokens(c, &up)
}

func tokenFile(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenFile)
	if err := r.ParseMultipartForm(maxTokenFile); err != nil {
		return nil, formFault(err, maxTokenFile)
	}
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return []byte(r.PostFormValue("csv")), nil
	}
	if err != nil {
		return nil, &formError{Field: "file", Why: "unreadable"}
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, formFault(err, maxTokenFile)
	}
	if len(text) == 0 {
		text = []byte(r.PostFormValue("csv")) // a browser sends an empty file when none was chosen
	}
	return text, nil
}

// tokenDo makes the handler of a press beside a token.
func (s *site) tokenDo(note string, do func(c echo.Context, serial, value string) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		form, err := readForm(c.Response(), c.Request(), field{"serial", maxTokenName}, field{"value", maxUser})
		if err != nil {
			return err
		}
		err = do(c, form["serial"], form["value"])
		if refused, ok := errors.AsType[TokenRefusal](err); ok {
			return s.back(c, tokensURL, flash{Problem: "token-refused", User: string(refused)})
		}
		if err != nil {
			return err
		}
		return s.back(c, tokensURL, flash{Note: note})
	}
}
