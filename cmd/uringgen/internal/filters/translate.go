package filters

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/cmd/internal/requests"
	"github.com/uringgen/uringgen/gen"
)

// payload is where the arguments of an operation begin in the context, in
// bytes.
const payload = 16

// translate makes a program for each operation, on each architecture of the
// object.
func (j *Job) translate(o *Object, name string, ops []gen.Operation, open bool) ([]gen.FilterProgram, error) {
	if open {
		r, err := bpf.Translate(o.Spec, name, bpf.AnyOp)
		if err != nil {
			return nil, err
		}
		j.warn(name, r)
		if readsPayload(r.Program) {
			return nil, fmt.Errorf("%s reads the arguments of an operation, and does not say of which: name it in the section, as in SEC(\"%s/socket\"), or give --op", name, section)
		}
		return o.programs(gen.FilterProgram{}, r), nil
	}
	var out []gen.FilterProgram
	for _, op := range ops {
		r, err := bpf.TranslateWith(o.Spec, name, requests.Options(j.Ops, int(op.Number)))
		if err != nil {
			return nil, err
		}
		j.warn(name, r)
		// One that reads nothing is for kernels without a payload, too, where
		// there are any.
		p := gen.FilterProgram{Op: op.C}
		if reads := readsPayload(r.Program); reads || op.Always {
			p.PDUSize = op.PDUSize
			if reads && op.PDUSize == 0 {
				return nil, fmt.Errorf("%s reads arguments of %s, and no kernel shows any to a filter: read ctx->opcode, sqe_flags or user_data", name, op.C)
			}
		}
		out = append(out, o.programs(p, r)...)
	}
	return out, nil
}

// warn passes the translator's warnings on, each once: it meets them again for
// each operation and architecture.
func (j *Job) warn(name string, r *bpf.Result) {
	for _, w := range r.Warnings {
		text := requests.Warning(name, w)
		if !slices.Contains(j.said, text) {
			j.said = append(j.said, text)
			j.Warn(text)
		}
	}
}

// sizes is the payloads that every kernel with filters has.
func (j *Job) sizes() []gen.FilterSize {
	var out []gen.FilterSize
	for _, op := range j.Ops {
		if op.Always {
			out = append(out, gen.FilterSize{Op: op.C, PDUSize: op.PDUSize})
		}
	}
	return out
}

func readsPayload(p cbpf.Program) bool {
	for _, in := range p {
		if in.Op == cbpf.BPF_LD|cbpf.BPF_W|cbpf.BPF_ABS && in.K >= payload {
			return true
		}
	}
	return false
}

// programs is p with the instructions of r, for each architecture.
func (o *Object) programs(p gen.FilterProgram, r *bpf.Result) []gen.FilterProgram {
	texts := strings.Split(strings.TrimSuffix(r.Program.String(), "\n"), "\n")
	for i, in := range r.Program {
		_, text, _ := strings.Cut(texts[i], "\t")
		p.Instructions = append(p.Instructions, gen.FilterInstruction{
			Op: in.Op, JT: in.JT, JF: in.JF, K: in.K, Text: text, Place: place(r.Positions[i]),
		})
	}
	var out []gen.FilterProgram
	for _, goarch := range o.GOARCHes {
		q := p
		q.GOARCH = goarch
		out = append(out, q)
	}
	return out
}

// place is "socket.bpf.c:12: if (…)".
func place(p bpf.Position) string {
	if p.File == "" {
		return ""
	}
	return strings.TrimSuffix(p.String()+": "+p.Text, ": ")
}
