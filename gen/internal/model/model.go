// Package model is what a set of C headers declares, as plain data: records,
// enumerations, macros and typedefs, each with its place in the source.
//
// A model is symbolic. It holds no offset and no size of a record: those
// depend on the target and are computed by package layout. Only constant
// values are numbers here, since the C front end has to evaluate them.
// Nothing in this package knows how a model was made or what is made of it.
package model

import "fmt"

// Pos is a place in a header. Line and Col count from 1; the zero value means
// that the place is unknown.
type Pos struct {
	File string // include name, e.g. "linux/io_uring.h"
	Line int
	Col  int // in bytes
}

// String is the file:line:col form that compilers and editors know.
func (p Pos) String() string {
	if p.File == "" {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Unit is everything that one run of the front end saw.
type Unit struct {
	Files    []string   // include names of all files read, sorted
	Records  []*Record  // in order of definition, outer before in-place inner
	Enums    []*Enum    // in order of definition
	Macros   []*Macro   // in order of file, line
	Typedefs []*Typedef // in order of definition
}

// RecordKind tells struct from union.
type RecordKind uint8

// The two kinds of record.
const (
	Struct RecordKind = iota
	Union
)

// String is the C keyword.
func (k RecordKind) String() string {
	if k == Union {
		return "union"
	}
	return "struct"
}

// Record is a struct or union definition.
type Record struct {
	Kind    RecordKind
	Tag     string // "" if it has none
	Typedef string // name of the first typedef that defines it in place, "" if none
	Pos     Pos
	Comment string // the header's own comment, cleaned; "" unless asked for
	Members []*Member

	// Parent is the record that this one is defined in, nil at file scope.
	Parent *Record

	Packed  bool  // __attribute__((packed))
	Aligned int64 // __attribute__((aligned(n))) in bytes; 0 none, -1 without argument
	Pack    int64 // #pragma pack(n) in force; 0 none
}

// Name is the tag, else the typedef name, else "".
func (r *Record) Name() string {
	if r.Tag != "" {
		return r.Tag
	}
	return r.Typedef
}

// Member is a member of a record. A member without a name is an anonymous
// record whose members belong to the enclosing one, or an unnamed bit-field.
type Member struct {
	Name    string
	Pos     Pos
	Comment string
	Type    *Type

	Bitfield bool
	Bits     int64 // width if Bitfield

	Packed  bool  // packed on this member alone
	Aligned int64 // aligned on this member alone; 0 none, -1 without argument
}

// InPlace is the record that this member's declaration defines (through any
// arrays), nil if its type was defined elsewhere.
func (m *Member) InPlace(owner *Record) *Record {
	t := m.Type
	for t != nil && t.Kind == Array {
		t = t.Elem
	}
	if t != nil && t.Kind == RecordType && t.Record != nil && t.Record.Parent == owner {
		return t.Record
	}
	return nil
}

// TypeKind is the shape of a type.
type TypeKind uint8

// The shapes of type that a uapi header uses.
const (
	Void TypeKind = iota
	Bool
	Int   // Base says which
	Float // Base says which
	EnumType
	Pointer // Elem is the pointee, nil for functions
	Array   // Len elements of Elem
	RecordType
	Func
)

// Base is one of C's arithmetic types. Its size is the target's business.
type Base uint8

// C's arithmetic types.
const (
	NoBase Base = iota
	Char
	SChar
	UChar
	Short
	UShort
	IntBase
	UInt
	Long
	ULong
	LongLong
	ULongLong
	Int128
	UInt128
	FloatBase
	Double
	LongDouble
)

// Type is a use of a type. Types form a tree, shared only at records and
// enums.
type Type struct {
	Kind TypeKind
	// C is the spelling in the source: the outermost typedef's name if there
	// is one ("__be16", "__u64"), else the plain C name ("unsigned int",
	// "struct io_uring_sqe", "enum io_uring_op"). "" for arrays and pointers.
	C       string
	Base    Base
	Aligned int64 // raised by a typedef's attribute (__aligned_u64); 0 none
	Len     int64 // of Array: -1 flexible, else the count, which may be 0
	Elem    *Type
	Record  *Record
	Enum    *Enum
}

// Enum is an enumeration.
type Enum struct {
	Tag     string
	Typedef string
	Pos     Pos
	Comment string
	Base    Base // the compatible integer type
	Consts  []*Const
}

// Const is an enumerator.
type Const struct {
	Name    string
	Pos     Pos
	Comment string
	Value   Value
}

// Value is an integer of up to 64 bits, with its sign kept apart so that
// both ~0ULL and -1 are exact.
type Value struct {
	Bits     uint64 // two's complement
	Negative bool
}

// Int64 is the value as a signed number, wrapped if over the range.
func (v Value) Int64() int64 { return int64(v.Bits) }

// String is decimal, with a sign where negative.
func (v Value) String() string {
	if v.Negative {
		return fmt.Sprintf("%d", int64(v.Bits))
	}
	return fmt.Sprintf("%d", v.Bits)
}

// MacroKind is what a macro's body evaluates to.
type MacroKind uint8

// The kinds of macro body.
const (
	OtherMacro    MacroKind = iota // no value: keyword, statement, empty, attribute
	IntMacro                       // integer constant expression
	FloatMacro                     // floating constant
	StringMacro                    // string literal
	FunctionMacro                  // takes parameters
)

// Macro is a #define.
type Macro struct {
	Name    string
	Pos     Pos
	Comment string
	Kind    MacroKind
	Body    string // replacement list, one space between tokens where the source has space
	Value   Value  // of IntMacro
	Base    Base   // C type of an IntMacro's value
	Text    string // of StringMacro
	// Params are the parameters of a FunctionMacro. The last one ends in
	// "..." if the macro takes a variable number of arguments.
	Params []string
}

// Typedef is a type name at file scope.
type Typedef struct {
	Name string
	Pos  Pos
	Type *Type
}
