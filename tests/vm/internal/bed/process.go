package bed

import (
	"bytes"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// process is the guest's process and its children. It dies with us, however
// we end.
type process struct {
	cmd     *exec.Cmd
	done    chan struct{} // closed when the process is gone
	once    sync.Once
	waitErr error // valid then
}

// start runs cmd in a process group of its own, on a thread that lives as
// long as the process: the parent-death signal is the thread's.
func start(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &process{cmd: cmd, done: make(chan struct{})}
	errc := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		errc <- err
		if err == nil {
			p.waitErr = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-errc
}

// settle gives the process time to end by itself.
func (p *process) settle(d time.Duration) {
	select {
	case <-p.done:
	case <-time.After(d):
	}
}

// end kills the process with all its children and waits for it.
func (p *process) end() {
	p.once.Do(func() {
		// It may have ended by itself.
		if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			panic("kill of the guest: " + err.Error())
		}
	})
	<-p.done
}

// state is how the process ended.
func (p *process) state() string {
	if p.waitErr != nil {
		return p.waitErr.Error()
	}
	return p.cmd.ProcessState.String()
}

// logBuffer keeps the console: all of it up to a limit, then its end.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

const logLimit = 4 << 20

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.b.Len() > 2*logLimit {
		tail := append([]byte("…\n"), l.b.Bytes()[logLimit:]...)
		l.b.Reset()
		l.b.Write(tail)
	}
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
