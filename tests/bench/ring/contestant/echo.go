//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/ring"
)

const (
	connections = 32
	messageSize = 64
)

// Which of the two requests of a connection has completed; user data is its
// number, doubled.
const (
	received = iota
	sent
)

// peers is the server's connections, a buffer for each.
type peers struct {
	fds     [connections]int
	buffers [connections][]byte
}

// acceptAll tells the port and waits for all connections.
func acceptAll() (*peers, error) {
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(s)
	if err := errors.Join(syscall.Bind(s, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(s, connections)); err != nil {
		return nil, err
	}
	a, err := syscall.Getsockname(s)
	if err != nil {
		return nil, err
	}
	fmt.Println(a.(*syscall.SockaddrInet4).Port)
	p := new(peers)
	for i := range p.fds {
		p.buffers[i] = make([]byte, messageSize)
		if p.fds[i], _, err = syscall.Accept(s); err != nil {
			return nil, err
		}
		if err := syscall.SetsockoptInt(p.fds[i], syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func echoRaw(o *ring.Options) error {
	q, err := ring.NewRaw(entries, o)
	if err != nil {
		return err
	}
	p, err := acceptAll()
	if err != nil {
		return err
	}
	for i := range p.fds {
		s := q.Next()
		s.PrepRecv(int32(p.fds[i]), unsafe.Pointer(&p.buffers[i][0]), messageSize, 0)
		s.UserData = uint64(i*2 + received)
	}
	for left := connections; left > 0; {
		if _, err := q.SubmitAndWait(1); err != nil {
			return err
		}
		cqes := q.CQEs()
		for n := range cqes {
			res, data := cqes[n].Res, cqes[n].UserData
			if res < 0 {
				return unexpected(res)
			}
			if res == 0 {
				left--
				continue
			}
			i := data / 2 % connections
			s, buf := q.Next(), unsafe.Pointer(&p.buffers[i][0])
			if data%2 == received {
				s.PrepSend(int32(p.fds[i]), buf, uint32(res), 0)
				s.UserData = i*2 + sent
			} else {
				s.PrepRecv(int32(p.fds[i]), buf, messageSize, 0)
				s.UserData = i*2 + received
			}
		}
		q.Advance(uint32(len(cqes)))
	}
	return nil
}

func echoSafe(o *ring.Options) error {
	r, err := ring.New(entries, o)
	if err != nil {
		return err
	}
	p, err := acceptAll()
	if err != nil {
		return err
	}
	for i := range p.fds {
		s := r.Next()
		s.Recv(p.fds[i], p.buffers[i], 0)
		s.SetUserData(uint64(i*2 + received))
	}
	for left := connections; left > 0; {
		if _, err := r.SubmitAndWait(1); err != nil {
			return err
		}
		for c := range r.Completions() {
			if c.Res < 0 {
				return c.Err()
			}
			if c.Res == 0 {
				left--
				continue
			}
			i := c.UserData / 2 % connections
			s := r.Next()
			if c.UserData%2 == received {
				s.Send(p.fds[i], p.buffers[i][:c.Res], 0)
				s.SetUserData(i*2 + sent)
			} else {
				s.Recv(p.fds[i], p.buffers[i], 0)
				s.SetUserData(i*2 + received)
			}
		}
	}
	return nil
}

// echoNet is what a Go programmer would write without io_uring.
func echoNet() error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	var all sync.WaitGroup
	errs := make(chan error, connections)
	for range connections {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		all.Go(func() { errs <- echoOne(c) })
	}
	all.Wait()
	close(errs)
	var failed []error
	for err := range errs {
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func echoOne(c net.Conn) error {
	defer c.Close()
	buf := make([]byte, messageSize)
	for {
		n, err := c.Read(buf)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			_, err = c.Write(buf[:n])
		}
		if err != nil {
			return err
		}
	}
}
