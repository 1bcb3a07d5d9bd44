# One image with the four programs; each service of docker-compose.yml runs one.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/ ./cmd/portal ./cmd/agent ./cmd/fakead ./cmd/ssprctl \
 && mkdir -p /out/ready

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/portal /out/agent /out/fakead /out/ssprctl /usr/local/bin/
COPY --from=build --chown=nonroot:nonroot /out/ready /ready
USER nonroot
ENTRYPOINT ["/usr/local/bin/portal"]
