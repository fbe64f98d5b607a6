//go:build !linux && !darwin

package main

import "os"

func singleKeys(*os.File) (restore func(), ok bool) { return nil, false }

func inForeground(*os.File) bool { return true }
