// Package wire is the channel between the guest's init and the host: frames
// of a kind, a length, a checksum and a payload, in one stream, so that a
// result cannot overtake the output that came before it, and output that was
// cut short or mangled is noticed.
package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
)

// Kind is what a frame carries.
type Kind byte

// The kinds of frame, in the order in which a run sends them.
const (
	Hello  Kind = 'h' // the guest is up; payload: JSON Start
	Output Kind = 'o' // output of the program
	File   Kind = 'f' // a file that comes back; payload: name, NUL, data
	Log    Kind = 'k' // the kernel's messages of level warning and worse
	Bye    Kind = 'b' // the program is over; payload: JSON Exit. The last frame
)

// Start is what the guest says when it is up.
type Start struct {
	Release string  // of the kernel, as uname -r has it
	Machine string  // as uname -m has it
	Uptime  float64 // seconds since the kernel started
}

// Exit is how the program ended.
type Exit struct {
	Code    int    // exit status; 128 + signal if one ended it
	Signal  string // its name, "" if none
	Error   string // why the program could not be started, "" if it was
	Seconds float64
}

// Frame is one message.
type Frame struct {
	Kind Kind
	Data []byte
}

const (
	magic   = 0x5552 // "UR"
	header  = 2 + 1 + 4 + 4
	maxData = 16 << 20
)

// Writer sends frames. It may be used from several goroutines.
type Writer struct {
	mu sync.Mutex
	w  io.Writer
}

// NewWriter makes a Writer on w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Send writes one frame; data over the limit of a frame is an error.
func (w *Writer) Send(k Kind, data []byte) error {
	if len(data) > maxData {
		return fmt.Errorf("frame of %d bytes is over the limit of %d", len(data), maxData)
	}
	b := make([]byte, header, header+len(data))
	binary.BigEndian.PutUint16(b, magic)
	b[2] = byte(k)
	binary.BigEndian.PutUint32(b[3:], uint32(len(data)))
	binary.BigEndian.PutUint32(b[7:], crc32.ChecksumIEEE(data))
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.w.Write(append(b, data...))
	return err
}

// Stream is an io.Writer whose every Write is an Output frame.
func (w *Writer) Stream() io.Writer { return stream{w} }

type stream struct{ w *Writer }

func (s stream) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		n := min(len(rest), maxData)
		if err := s.w.Send(Output, rest[:n]); err != nil {
			return len(b) - len(rest), err
		}
		rest = rest[n:]
	}
	return len(b), nil
}

// ErrMangled says that the stream is not a run of whole frames.
var ErrMangled = errors.New("the channel from the guest was mangled")

// Reader receives frames.
type Reader struct{ r *bufio.Reader }

// NewReader makes a Reader on r.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReaderSize(r, 64<<10)} }

// Next reads one frame. It returns io.EOF at the end of the stream between
// frames, io.ErrUnexpectedEOF inside one, ErrMangled for anything else that
// is no frame.
func (r *Reader) Next() (Frame, error) {
	var h [header]byte
	if _, err := io.ReadFull(r.r, h[:]); err != nil {
		return Frame{}, err
	}
	n := binary.BigEndian.Uint32(h[3:])
	if binary.BigEndian.Uint16(h[:]) != magic || n > maxData {
		return Frame{}, ErrMangled
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r.r, data); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return Frame{}, err
	}
	if crc32.ChecksumIEEE(data) != binary.BigEndian.Uint32(h[7:]) {
		return Frame{}, ErrMangled
	}
	return Frame{Kind(h[2]), data}, nil
}
