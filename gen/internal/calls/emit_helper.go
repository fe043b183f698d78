package calls

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/uringgen/uringgen/gen/internal/target"
)

// emitHelper writes one of the small functions that calls are made of.
func emitHelper(f *jen.File, name string) { helpers[name](f) }

var helpers = map[string]func(*jen.File){
	"escape":    emitEscape,
	"addr":      emitAddr,
	"first":     emitFirst,
	"list":      emitList,
	"behind":    emitBehind,
	"count16":   func(f *jen.File) { emitCount(f, 16) },
	"count32":   func(f *jen.File) { emitCount(f, 32) },
	"direct":    emitDirect,
	"poll":      emitPoll,
	"ioctlNone": emitIoctlNone,
	"flagIf":    emitFlagIf,
}

func emitEscape(f *jen.File) {
	doc(f, "escapes is never true and its pointer never set, which the compiler cannot know: what passes through escape"+
		" is allocated on the heap. A goroutine's stack moves when it grows, and the kernel would go on using the old place.")
	f.Var().Id("escapes").Struct(jen.Id("ever").Bool(), jen.Id("to").Qual("unsafe", "Pointer"))
	doc(f, "escape keeps p off the stack.")
	f.Func().Id("escape").Params(jen.Id("p").Qual("unsafe", "Pointer")).Qual("unsafe", "Pointer").Block(
		jen.If(jen.Id("escapes").Dot("ever")).Block(jen.Id("escapes").Dot("to").Op("=").Id("p")),
		jen.Return(jen.Id("p")),
	)
}

func emitAddr(f *jen.File) {
	doc(f, "addr is the address of p as the kernel takes it. The garbage collector does not see it: the caller keeps p.")
	f.Func().Id("addr").Params(jen.Id("p").Qual("unsafe", "Pointer")).Uint64().Block(
		jen.Return(jen.Uint64().Call(jen.Uintptr().Call(jen.Id("escape").Call(jen.Id("p"))))),
	)
}

func emitFirst(f *jen.File) {
	doc(f, "first is where s begins, nil if it is empty: the kernel takes any address for an array.")
	f.Func().Id("first").Types(jen.Id("T").Any()).Params(jen.Id("s").Index().Id("T")).Qual("unsafe", "Pointer").Block(
		jen.If(jen.Len(jen.Id("s")).Op("==").Lit(0)).Block(jen.Return(jen.Nil())),
		jen.Return(unsafePointer(jen.Op("&").Id("s").Index(jen.Lit(0)))),
	)
}

func emitList(f *jen.File) {
	doc(f, "nothing stands for the elements of an empty list.")
	f.Var().Id("nothing").Uint64()
	doc(f, "list is where s begins. An empty list has an address, too: none would be no list.")
	f.Func().Id("list").Types(jen.Id("T").Any()).Params(jen.Id("s").Index().Id("T")).Qual("unsafe", "Pointer").Block(
		jen.If(jen.Len(jen.Id("s")).Op("==").Lit(0)).Block(jen.Return(unsafePointer(jen.Op("&").Id("nothing")))),
		jen.Return(unsafePointer(jen.Op("&").Id("s").Index(jen.Lit(0)))),
	)
}

func emitBehind(f *jen.File) {
	doc(f, "behind allocates a record and an array of n that starts offset bytes into it, zeroed.")
	f.Func().Id("behind").Types(jen.List(jen.Id("R"), jen.Id("E")).Any()).
		Params(jen.List(jen.Id("offset"), jen.Id("n")).Int()).
		Params(jen.Op("*").Id("R"), jen.Index().Id("E")).Block(
		jen.Var().Id("r").Id("R"),
		jen.Var().Id("e").Id("E"),
		jen.Id("size").Op(":=").Max(
			jen.Int().Call(jen.Qual("unsafe", "Sizeof").Call(jen.Id("r"))),
			jen.Id("offset").Op("+").Id("n").Op("*").Int().Call(jen.Qual("unsafe", "Sizeof").Call(jen.Id("e")))),
		jen.Id("words").Op(":=").Make(jen.Index().Uint64(), jen.Id("size").Op("/").Lit(8).Op("+").Lit(1)),
		jen.Id("p").Op(":=").Add(unsafePointer(jen.Op("&").Id("words").Index(jen.Lit(0)))),
		jen.Return(
			jen.Parens(jen.Op("*").Id("R")).Call(jen.Id("p")),
			jen.Qual("unsafe", "Slice").Call(
				jen.Parens(jen.Op("*").Id("E")).Call(jen.Qual("unsafe", "Add").Call(jen.Id("p"), jen.Id("offset"))),
				jen.Id("n"))),
	)
}

func emitCount(f *jen.File, width int) {
	typ := fmt.Sprintf("Uint%d", width)
	max := jen.Qual("math", "Max"+typ)
	result := map[int]*jen.Statement{16: jen.Uint16(), 32: jen.Uint32()}[width]
	name := fmt.Sprintf("count%d", width)
	doc(f, name+" is a length as the kernel takes it. It does not wrap: the kernel refuses the largest number, which is no length it allows.")
	f.Func().Id(name).Params(jen.Id("n").Int()).Add(result).Block(
		jen.Return(result.Clone().Call(jen.Min(jen.Uint64().Call(jen.Id("n")), max))),
	)
}

func emitDirect(f *jen.File) {
	doc(f, "direct encodes a slot of the file table: one more than its index, since 0 means no slot. The highest number"+
		" asks for any free slot and stays as it is.")
	f.Func().Id("direct").Params(jen.Id("slot").Uint32()).Uint32().Block(
		jen.If(jen.Id("slot").Op("==").Op("^").Uint32().Call(jen.Lit(0))).Block(jen.Return(jen.Id("slot"))),
		jen.Return(jen.Id("slot").Op("+").Lit(1)),
	)
}

func emitPoll(f *jen.File) {
	doc(f, "poll puts a mask of events into the order that the kernel reads: big-endian machines have the 16-bit halves swapped.")
	f.Func().Id("poll").Params(jen.Id("events").Uint32()).Uint32().Block(
		jen.If(jen.Id("bigEndian")).Block(jen.Return(
			jen.Id("events").Op("<<").Lit(16).Op("|").Id("events").Op(">>").Lit(16))),
		jen.Return(jen.Id("events")),
	)
	f.Comment("bigEndian tells the byte order.")
	f.Const().Id("bigEndian").Op("=").Add(archIs(func(t *target.Target) bool { return t.Big }))
}

// Linux numbers ioctls in two ways: where the direction has three bits, "no
// data" is a bit of its own.
func threeBits(t *target.Target) bool { return t.Kernel == "mips" || t.Kernel == "powerpc" }

func emitIoctlNone(f *jen.File) {
	doc(f, "ioctlNone is what ioctl numbers have in their direction bits for requests without data.")
	f.Func().Id("ioctlNone").Params().Uint32().Block(
		jen.If(archIs(threeBits)).Block(jen.Return(jen.Lit(1).Op("<<").Lit(29))),
		jen.Return(jen.Lit(0)),
	)
}

// archIs is a constant condition: runtime.GOARCH is one of those that match.
func archIs(match func(*target.Target) bool) *jen.Statement {
	var out *jen.Statement
	for _, t := range target.All() {
		if !match(t) {
			continue
		}
		c := jen.Qual("runtime", "GOARCH").Op("==").Lit(t.GOARCH)
		if out == nil {
			out = c
		} else {
			out = out.Op("||").Add(c)
		}
	}
	return out
}

func emitFlagIf(f *jen.File) {
	doc(f, "flagIf is flag where on is set.")
	f.Func().Id("flagIf").Params(jen.Id("on").Bool(), jen.Id("flag").Uintptr()).Uintptr().Block(
		jen.If(jen.Id("on")).Block(jen.Return(jen.Id("flag"))),
		jen.Return(jen.Lit(0)),
	)
}
