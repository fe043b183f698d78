package target

var targets = []*Target{
	{
		GOARCH: "amd64", Bits: 64, LongLongAlign: 8, MaxAlign: 16,
		CC: "amd64", Triplet: "x86_64-linux-gnu", Kernel: "x86", Clang: "x86_64-linux-gnu",
		defines: []string{"__x86_64__ 1", "__x86_64 1", "__amd64__ 1", "__amd64 1"},
	}, {
		GOARCH: "386", Bits: 32, LongLongAlign: 4, MaxAlign: 16,
		CC: "386", Triplet: "i386-linux-gnu", Kernel: "x86", Clang: "i386-linux-gnu",
		defines: []string{"__i386__ 1", "__i386 1"},
	}, {
		GOARCH: "arm", Bits: 32, LongLongAlign: 8, MaxAlign: 8, UnsignedChar: true, UnsignedWchar: true, UnnamedBitfieldAligns: true,
		CC: "arm", Triplet: "arm-linux-gnueabihf", Kernel: "arm", Clang: "arm-linux-gnueabihf",
		defines: []string{"__arm__ 1", "__ARM_EABI__ 1", "__ARMEL__ 1"},
	}, {
		GOARCH: "arm64", Bits: 64, LongLongAlign: 8, MaxAlign: 16, UnsignedChar: true, UnsignedWchar: true, UnnamedBitfieldAligns: true,
		CC: "arm64", Triplet: "aarch64-linux-gnu", Kernel: "arm64", Clang: "aarch64-linux-gnu",
		defines: []string{"__aarch64__ 1", "__AARCH64EL__ 1"},
	}, {
		GOARCH: "loong64", Bits: 64, LongLongAlign: 8, MaxAlign: 16,
		CC: "loong64", Triplet: "loongarch64-linux-gnu", Kernel: "loongarch",
		defines: []string{"__loongarch__ 1", "__loongarch_lp64 1", "__loongarch64 1", "__loongarch_grlen 64"},
	}, {
		GOARCH: "mips", Bits: 32, Big: true, LongLongAlign: 8, MaxAlign: 8,
		CC: "arm", Triplet: "mips-linux-gnu", Kernel: "mips", Clang: "mips-linux-gnu",
		defines: with(mips32, "__MIPSEB__ 1", "_MIPSEB 1"),
	}, {
		GOARCH: "mipsle", Bits: 32, LongLongAlign: 8, MaxAlign: 8,
		CC: "arm", Triplet: "mipsel-linux-gnu", Kernel: "mips", Clang: "mipsel-linux-gnu",
		defines: with(mips32, "__MIPSEL__ 1", "_MIPSEL 1"),
	}, {
		GOARCH: "mips64", Bits: 64, Big: true, LongLongAlign: 8, MaxAlign: 16,
		CC: "mips64le", Triplet: "mips64-linux-gnuabi64", Kernel: "mips", Clang: "mips64-linux-gnuabi64",
		defines: with(mips64, "__MIPSEB__ 1", "_MIPSEB 1"),
	}, {
		GOARCH: "mips64le", Bits: 64, LongLongAlign: 8, MaxAlign: 16,
		CC: "mips64le", Triplet: "mips64el-linux-gnuabi64", Kernel: "mips", Clang: "mips64el-linux-gnuabi64",
		defines: with(mips64, "__MIPSEL__ 1", "_MIPSEL 1"),
	}, {
		GOARCH: "ppc64", Bits: 64, Big: true, LongLongAlign: 8, MaxAlign: 16, UnsignedChar: true,
		CC: "ppc64le", Triplet: "powerpc64-linux-gnu", Kernel: "powerpc", Clang: "powerpc64-linux-gnu",
		defines: with(powerpc64, "_CALL_ELF 1"),
	}, {
		GOARCH: "ppc64le", Bits: 64, LongLongAlign: 8, MaxAlign: 16, UnsignedChar: true,
		CC: "ppc64le", Triplet: "powerpc64le-linux-gnu", Kernel: "powerpc", Clang: "powerpc64le-linux-gnu",
		defines: with(powerpc64, "_CALL_ELF 2"),
	}, {
		GOARCH: "riscv64", Bits: 64, LongLongAlign: 8, MaxAlign: 16, UnsignedChar: true,
		CC: "riscv64", Triplet: "riscv64-linux-gnu", Kernel: "riscv", Clang: "riscv64-linux-gnu",
		defines: []string{"__riscv 1", "__riscv_xlen 64", "__riscv_flen 64"},
	}, {
		GOARCH: "s390x", Bits: 64, Big: true, LongLongAlign: 8, MaxAlign: 8, UnsignedChar: true,
		CC: "s390x", Triplet: "s390x-linux-gnu", Kernel: "s390", Clang: "s390x-linux-gnu",
		defines: []string{"__s390__ 1", "__s390x__ 1", "__zarch__ 1"},
	},
}

// What the members of a family share.
var (
	mips32 = []string{
		"__mips__ 1", "__mips 32", "_ABIO32 1", "_MIPS_SIM _ABIO32",
		"_MIPS_SZINT 32", "_MIPS_SZLONG 32", "_MIPS_SZPTR 32", "__mips_isa_rev 2",
	}
	mips64 = []string{
		"__mips__ 1", "__mips 64", "__mips64 1", "_ABI64 3", "_MIPS_SIM _ABI64",
		"_MIPS_SZINT 32", "_MIPS_SZLONG 64", "_MIPS_SZPTR 64", "__mips_isa_rev 2",
	}
	powerpc64 = []string{"__powerpc__ 1", "__powerpc64__ 1", "__PPC__ 1", "__PPC64__ 1"}
)

func with(family []string, more ...string) []string {
	return append(family[:len(family):len(family)], more...)
}
