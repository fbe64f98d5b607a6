//go:build tools

package app

// Vercel's Go builder writes a main function around each file of api/ that imports this package, then runs go mod tidy
// and takes the newest version it finds, of this and of aws-lambda-go below it. The import, which no build of ours
// contains, keeps both in go.mod, so that a deployment builds the same tomorrow (@vercel/go 13.0.0, dist/index.js).
import _ "github.com/vercel/go-bridge/go/bridge"
