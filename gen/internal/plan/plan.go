// Package plan is a Go package about to be written, as plain data: what is
// named how, of which Go type, at which offset, documented in which words. It
// is made from model, layout and tables, and it is all that the emitters see.
package plan

// Package is the whole of a generated package.
type Package struct {
	Name   string
	Kernel string  // version that the headers come from, e.g. "7.3.4"
	Doc    string  // goes on after "Package NAME", "" if nobody wrote any
	Files  []*File // in order of the tables

	Helpers []string // byte-order types in use, sorted: "BE16", "LE32"
}

// File is one Go file: what one header declares.
type File struct {
	Name    string // "io_uring.go"
	Header  string // include name, "linux/io_uring.h"
	SHA256  string // of the original header, hex
	Types   []*Type
	Consts  []*Group
	Records []*Record
}

// Type is a defined integer type for a family of constants.
type Type struct {
	Name       string // "SetupFlags"
	Underlying string // "uint32"
	Flags      bool   // members are bits to be ORed, String prints A|B
	Doc        string
	C          string // what the family is in C: "enum io_uring_op", "IORING_SETUP_*"
	TellsSince bool   // has a method Since
}

// Group is a run of constants that stand together in the source.
type Group struct {
	Doc    string
	Consts []*Const
}

// Const is one integer constant under its C name.
type Const struct {
	Name  string
	Type  string // Go type, "" for untyped
	Value string // Go literal
	Doc   string
	Since string // "5.1", "6.13..7.2" for a bracket, "" if unknown
	Pos   string // header:line
}

// Record is a Go struct for a C struct or union.
type Record struct {
	Name   string // Go name
	C      string // "struct io_uring_sqe", "union …", or the member path of an in-place record
	Tag    string // key for look-ups: the C tag, or the member path of an in-place record
	Doc    string
	Since  string
	Pos    string
	Size   int64
	Align  int64
	Fields []*Field
	Access []*Access // every named C member that can be reached from the record, in C order
}

// Field is a field of the Go struct, in order, covering every byte.
type Field struct {
	Name   string // "_" for padding
	Type   string // Go type
	Offset int64
	Size   int64
	Doc    string

	// Word is the size in bytes of an element of an unexported carrier: of
	// the words that stand for a union, of the bytes of bit-fields or of a
	// member that Go cannot align. 0 where the field is a C member.
	Word int64
}

// Access is how a C member is reached in Go.
type Access struct {
	C      string // member name in C, as written after "sqe->": "msg_flags"
	GoType string // type of the member as seen by a Go user
	Offset int64
	Size   int64 // 0 for a flexible array
	Doc    string

	// Field is the Go field that holds the member's bytes exactly: same
	// offset, same size. "" if only part of a field, or an unexported
	// carrier, holds it.
	Field     string
	FieldType string // Go type of Field; differs from GoType for another arm of a union

	// Getter and Setter are methods, "" where Field is the member itself.
	Getter string
	Setter string // "" for members that are reached through a pointer or slice

	// Kind says what Getter returns.
	Kind AccessKind

	// Store is the field that holds the bytes where Field does not, nil
	// where they lie in none (flexible arrays) or in more than one.
	Store *Field
	Bits  *Bits // of a bit-field
}

// Bits is where a bit-field is within the bytes from Access.Offset on.
type Bits struct {
	First  int64 // in the order in which the ABI allocates bits, 0 to 7
	Width  int64
	Bytes  int64 // that the bits are in
	Signed bool
}

// AccessKind is the shape of a member.
type AccessKind uint8

// The shapes of member.
const (
	Scalar   AccessKind = iota // a value of GoType
	Pointer                    // *GoType into the record: arrays and records in unions
	Flexible                   // func(n int) []GoType beyond the end of the record
)

// Lookup finds a record by C tag or member path.
func (p *Package) Lookup(tag string) *Record {
	for _, f := range p.Files {
		for _, r := range f.Records {
			if r.Tag == tag {
				return r
			}
		}
	}
	return nil
}

// Member finds a C member of the record.
func (r *Record) Member(c string) *Access {
	for _, a := range r.Access {
		if a.C == c {
			return a
		}
	}
	return nil
}

// Const finds a constant by its C name.
func (p *Package) Const(name string) *Const {
	for _, f := range p.Files {
		for _, g := range f.Consts {
			for _, c := range g.Consts {
				if c.Name == name {
					return c
				}
			}
		}
	}
	return nil
}

// Type finds a defined type by its Go name.
func (p *Package) Type(name string) *Type {
	for _, f := range p.Files {
		for _, t := range f.Types {
			if t.Name == name {
				return t
			}
		}
	}
	return nil
}
