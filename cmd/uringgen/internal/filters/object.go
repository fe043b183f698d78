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
	kernel   string // architecture that it was compiled for, "" for none
}

// orders are the byte orders, by clang's names of their targets.
var orders = map[string]binary.ByteOrder{"bpfel": binary.LittleEndian, "bpfeb": binary.BigEndian}

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
var objectName = regexp.MustCompile(`^(.+?)(?:_(x86|arm64|arm|loongarch|mips|powerpc|riscv|s390))?_(bpfe[lb])\.o$`)

// Open reads objects that bpf2go has written, and sorts them by their stems.
func (j *Job) Open(files []string) ([]*Source, error) {
	var out []*Source
	byStem := map[string]*Source{}
	for _, path := range files {
		name := filepath.Base(path)
		m := objectName.FindStringSubmatch(name)
		if m == nil {
			return nil, fmt.Errorf("%s: not called as bpf2go calls objects: NAME_bpfel.o, or NAME_ARCH_bpfeb.o with one of bpf2go's architectures", path)
		}
		stem, kernel, order := m[1], m[2], m[3]
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		spec, err := load(path, data)
		if err != nil {
			return nil, err
		}
		if spec.ByteOrder != orders[order] {
			return nil, fmt.Errorf("%s: the object is of the other byte order than its name says: compile it anew for %s", path, order)
		}
		s := byStem[stem]
		if s == nil {
			s = &Source{Stem: stem}
			byStem[stem] = s
			out = append(out, s)
		}
		for _, o := range s.Objects {
			if o.Name == name {
				return nil, fmt.Errorf("%s: there is another object called %s", path, name)
			}
		}
		s.Objects = append(s.Objects, &Object{Name: name, Spec: spec, kernel: kernel})
		s.Inputs = append(s.Inputs, gen.FilterInput{Name: name, SHA256: hash(data)})
	}
	for _, s := range out {
		j.share(s.Objects)
	}
	return out, nil
}

// share gives each architecture the object of its byte order that was compiled
// for it; if there is none, the first for another one of its class, whose
// constants have the same values; and then one for any architecture.
func (j *Job) share(objects []*Object) {
	for _, c := range j.Classes {
		for _, a := range c {
			var best *Object
			for _, o := range objects {
				if o.rank(a, c) > best.rank(a, c) {
					best = o
				}
			}
			if best != nil {
				best.GOARCHes = append(best.GOARCHes, a.GOARCH)
			}
		}
	}
}

// rank is how well an object serves an architecture of a class, 0 for not.
func (o *Object) rank(a gen.Arch, c gen.ArchClass) int {
	switch {
	case o == nil || a.BigEndian != (o.Spec.ByteOrder == binary.BigEndian):
		return 0
	case o.kernel == a.Kernel:
		return 3
	case slices.ContainsFunc(c, func(x gen.Arch) bool { return x.Kernel == o.kernel }):
		return 2
	case o.kernel == "":
		return 1
	}
	return 0
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// docTag is what FILTER_DOC of uringgen.h puts before its text.
const docTag = "doc:"

// doc is the documentation that the source gives a program.
func (o *Object) doc(name string) string {
	insns := o.Spec.Programs[name].Instructions
	if len(insns) == 0 {
		return ""
	}
	fn := btf.FuncMetadata(&insns[0])
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

// place is where a program begins: "socket.bpf.c:12". Its first instructions
// may be of a function from a header, so lines of headers come last. It is ""
// if the object does not tell.
func (o *Object) place(name string) string {
	header := ""
	for _, in := range o.Spec.Programs[name].Instructions {
		l, ok := in.Source().(*btf.Line)
		if !ok {
			continue
		}
		at := fmt.Sprintf("%s:%d", filepath.Base(l.FileName()), l.LineNumber())
		if filepath.Ext(l.FileName()) != ".h" {
			return at
		}
		if header == "" {
			header = at
		}
	}
	return header
}

// split takes a place apart.
func split(place string) (file string, line int) {
	file, number, _ := strings.Cut(place, ":")
	line, _ = strconv.Atoi(number) // 0 where nothing is known
	return file, line
}
