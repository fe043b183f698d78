package bed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/uringgen/uringgen/tests/vm/internal/wire"
)

// Run boots the machine and copies the program's output to out as it comes.
// It returns when the program is over and the guest is gone, or with an
// *Error.
func Run(ctx context.Context, m Machine, out io.Writer) (*Result, error) {
	cmd, err := command(m)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var log logBuffer
	cmd.ExtraFiles = []*os.File{w}
	cmd.Stdout, cmd.Stderr = &log, &log
	began := time.Now()
	p, err := start(cmd)
	w.Close()
	if err != nil {
		return nil, &Error{Kernel: m.Kernel.Name, What: err.Error()}
	}
	defer p.end()
	stop := context.AfterFunc(ctx, p.end) // closes the pipe, so that receive returns
	defer stop()

	res := &Result{Files: map[string][]byte{}}
	started, err := receive(r, res, out)
	if err != nil {
		p.settle(time.Second) // for its own exit status and the last of the console
		p.end()
		return nil, failure(ctx, m, err, p, log.String(), started)
	}
	p.end()
	res.Log, res.Wall = log.String(), time.Since(began)
	return res, nil
}

// receive reads frames up to Bye.
func receive(r io.Reader, res *Result, out io.Writer) (started bool, err error) {
	frames := wire.NewReader(r)
	for {
		f, err := frames.Next()
		if err != nil {
			return started, err
		}
		switch f.Kind {
		case wire.Hello:
			started = true
			err = json.Unmarshal(f.Data, &res.Start)
		case wire.Output:
			_, err = out.Write(f.Data)
		case wire.File:
			name, data, _ := strings.Cut(string(f.Data), "\x00")
			res.Files[name] = []byte(data)
		case wire.Log:
			res.Messages = string(f.Data)
		case wire.Bye:
			return started, json.Unmarshal(f.Data, &res.Exit)
		default:
			err = wire.ErrMangled
		}
		if err != nil {
			return started, err
		}
	}
}

// failure says why no Bye came.
func failure(ctx context.Context, m Machine, err error, p *process, log string, started bool) error {
	e := &Error{Kernel: m.Kernel.Name, Log: log, Started: started, Retry: true}
	when := "before its program started"
	if started {
		when = "while its program ran"
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.What = fmt.Sprintf("the guest was still running after %v, %s", m.Timeout, when)
		e.Remedy = "its console log is above; -limit gives it longer"
	case ctx.Err() != nil:
		e.What, e.Retry = "interrupted", false
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.What = fmt.Sprintf("the guest died %s (%s)", when, p.state())
		e.Remedy = "its console log is above"
		if strings.Contains(log, "Attempted to kill init") {
			e.What += ": a test killed process 1"
		}
	default:
		e.What = "results were lost: " + err.Error()
	}
	return e
}
