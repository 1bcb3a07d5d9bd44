package control

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/control/api"
)

func (s *server) fork(c echo.Context, lab Lab) error {
	next, err := s.Host.Fork(c.Request().Context(), lab.Info.ID)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, api.Base+"/labs/"+next.Info.ID)
	return c.JSON(http.StatusCreated, next.Info)
}

func (s *server) snapshot(c echo.Context, lab Lab) error {
	id, err := s.Host.Snapshot(c.Request().Context(), lab.Info.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, api.Snapshot{Snapshot: id})
}

// restore answers before the lab is back: the request may have come through
// the very listener that ends with the lab.
func (s *server) restore(c echo.Context, lab Lab) error {
	var in api.Snapshot
	if err := decode(c, &in); err != nil {
		return err
	}
	if _, err := s.Host.Restore(c.Request().Context(), lab.Info.ID, in.Snapshot); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderConnection, "close")
	c.Response().Header().Set(echo.HeaderLocation, api.Base+"/labs/"+lab.Info.ID)
	return c.JSON(http.StatusAccepted, in)
}
