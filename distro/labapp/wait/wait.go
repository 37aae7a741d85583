// Package wait is cmd/labwait in Go, for lab images that are made where no C compiler for Linux is: on a Mac.
// Each Pod takes a megabyte more with it.
package wait

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Units of a duration, as sleep knows them.
var units = map[byte]float64{'s': 1, 'm': 60, 'h': 60 * 60, 'd': 24 * 60 * 60}

// Sleep waits for the sum of the durations: N[s|m|h|d] or "infinity". Its result is the exit code.
func Sleep(args []string, stderr io.Writer) int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	if len(args) == 0 {
		_, _ = fmt.Fprintln(stderr, "usage: sleep N[s|m|h|d]...")
		return 1
	}
	var seconds float64
	for _, arg := range args {
		s, ok := duration(arg)
		if !ok {
			_, _ = fmt.Fprintf(stderr, "sleep: invalid number '%s'\n", arg)
			return 1
		}
		seconds += s
	}
	ctx := context.Background()
	const ages = 1e9 // 30 years; more may overflow
	if seconds <= ages {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, time.Duration(seconds*float64(time.Second)))
		defer stop()
	}
	select {
	case got := <-signals:
		number, _ := got.(syscall.Signal)
		return 128 + int(number) // as a shell reports it
	case <-ctx.Done():
		return 0
	}
}

// Pause waits until it is told to end. An orphan in a shared PID namespace becomes its child, and is waited for.
func Pause() int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	for got := range signals {
		if got != syscall.SIGCHLD {
			break
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
	return 0
}

// duration is the seconds that text stands for.
func duration(text string) (float64, bool) {
	unit := 1.0
	if last := len(text) - 1; last > 0 && !strings.HasPrefix(strings.ToLower(text), "inf") {
		if u, ok := units[text[last]]; ok {
			unit, text = u, text[:last]
		}
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value < 0 || math.IsNaN(value) {
		return 0, false
	}
	return value * unit, true
}
