package filters

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/uringgen/uringgen/gen"
)

// Object is a compiled source.
type Object struct {
	Name     string // of the file
	GOARCHes []string
	Spec     *ebpf.CollectionSpec
}

// ofOrder are the architectures of a class that have a byte order.
func ofOrder(c gen.ArchClass, order binary.ByteOrder) []string {
	if order == binary.BigEndian {
		return c.BigEndian
	}
	return c.LittleEndian
}

// load reads an object.
func load(name string, data []byte) (*ebpf.CollectionSpec, error) {
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s is no object of clang's for BPF: %w", name, err)
	}
	return spec, nil
}

// objectName is what bpf2go calls its objects: the stem, the architecture if
// the source was compiled for one, and the byte order.
var objectName = regexp.MustCompile(`^(.+?)(?:_(x86|arm64|arm|loongarch|mips|powerpc|riscv|s390))?_bpfe[lb]\.o$`)

// Open reads objects that bpf2go has written, and sorts them by their sources.
// An object whose name has no architecture is for all of its byte order, one
// that has it for all that share the values of their constants with that.
func (j *Job) Open(files []string) ([]*Source, error) {
	var out []*Source
	byStem := map[string]*Source{}
	for _, path := range files {
		name := filepath.Base(path)
		m := objectName.FindStringSubmatch(name)
		if m == nil {
			return nil, fmt.Errorf("%s: not called as bpf2go calls objects: NAME_bpfel.o, or NAME_ARCH_bpfeb.o with one of bpf2go's architectures", path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		spec, err := load(path, data)
		if err != nil {
			return nil, err
		}
		s := byStem[m[1]]
		if s == nil {
			s = &Source{}
			byStem[m[1]] = s
			out = append(out, s)
		}
		s.Objects = append(s.Objects, &Object{name, j.served(m[2], spec.ByteOrder), spec})
		s.Inputs = append(s.Inputs, gen.FilterInput{Name: name, SHA256: hash(data)})
	}
	return out, nil
}

// served are the architectures of the class that a kernel's architecture is
// in, all for "", that have a byte order.
func (j *Job) served(kernel string, order binary.ByteOrder) []string {
	var out []string
	for _, c := range j.Classes {
		if kernel == "" || slices.Contains(c.Kernels, kernel) {
			out = append(out, ofOrder(c, order)...)
		}
	}
	return out
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// docTag is what FILTER_DOC of uringgen.h puts before its text.
const docTag = "doc:"

// doc is the documentation that the source gives a program.
func (o *Object) doc(name string) string {
	fn := btf.FuncMetadata(&o.Spec.Programs[name].Instructions[0])
	if fn == nil {
		return ""
	}
	for _, tag := range fn.Tags {
		if text, ok := strings.CutPrefix(tag, docTag); ok {
			return text
		}
	}
	return ""
}

// place is where a program's first line is: "socket.bpf.c:12".
func (o *Object) place(name string) string {
	for _, in := range o.Spec.Programs[name].Instructions {
		if l, ok := in.Source().(*btf.Line); ok {
			return fmt.Sprintf("%s:%d", filepath.Base(l.FileName()), l.LineNumber())
		}
	}
	return ""
}

// line is the number in what place gives.
func line(place string) int {
	_, number, _ := strings.Cut(place, ":")
	n, _ := strconv.Atoi(number) // 0 where nothing is known
	return n
}
