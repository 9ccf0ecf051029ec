//go:build tools

// Package tools pins the Temporal CLI (with its dev server) that Lockstep builds when no other copy can be had.
package tools

import _ "github.com/temporalio/cli/cmd/temporal"
