package target

import "strings"

// What every compiler for Linux predefines, and what depends on the size of
// long. GCC 4.2 is the version that clang, too, claims to be.
var (
	common = []string{
		"__STDC__ 1", "__STDC_VERSION__ 201112L", "__STDC_HOSTED__ 1",
		"__GNUC__ 4", "__GNUC_MINOR__ 2", "__GNUC_PATCHLEVEL__ 1",
		"__linux__ 1", "__linux 1", "linux 1", "__gnu_linux__ 1", "__unix__ 1", "__unix 1", "__ELF__ 1",
		"__CHAR_BIT__ 8", "__SCHAR_MAX__ 127", "__SHRT_MAX__ 32767", "__INT_MAX__ 2147483647",
		"__LONG_LONG_MAX__ 9223372036854775807LL",
		"__SIZEOF_SHORT__ 2", "__SIZEOF_INT__ 4", "__SIZEOF_LONG_LONG__ 8",
		"__INT8_TYPE__ signed char", "__UINT8_TYPE__ unsigned char",
		"__INT16_TYPE__ short", "__UINT16_TYPE__ unsigned short",
		"__INT32_TYPE__ int", "__UINT32_TYPE__ unsigned int",
		"__ORDER_LITTLE_ENDIAN__ 1234", "__ORDER_BIG_ENDIAN__ 4321", "__ORDER_PDP_ENDIAN__ 3412",
	}
	lp64 = []string{
		"__LP64__ 1", "_LP64 1", "__LONG_MAX__ 9223372036854775807L",
		"__SIZEOF_LONG__ 8", "__SIZEOF_POINTER__ 8", "__SIZEOF_SIZE_T__ 8", "__SIZEOF_INT128__ 16",
		"__SIZE_TYPE__ unsigned long", "__PTRDIFF_TYPE__ long",
		"__INT64_TYPE__ long", "__UINT64_TYPE__ unsigned long",
	}
	ilp32 = []string{
		"__ILP32__ 1", "_ILP32 1", "__LONG_MAX__ 2147483647L",
		"__SIZEOF_LONG__ 4", "__SIZEOF_POINTER__ 4", "__SIZEOF_SIZE_T__ 4",
		"__SIZE_TYPE__ unsigned int", "__PTRDIFF_TYPE__ int",
		"__INT64_TYPE__ long long", "__UINT64_TYPE__ unsigned long long",
	}
	little = []string{"__BYTE_ORDER__ __ORDER_LITTLE_ENDIAN__", "__LITTLE_ENDIAN__ 1"}
	big    = []string{"__BYTE_ORDER__ __ORDER_BIG_ENDIAN__", "__BIG_ENDIAN__ 1"}
)

// Predefined is the text of the macros that a compiler for t predefines.
func (t *Target) Predefined() string {
	var b strings.Builder
	for _, list := range t.lists() {
		for _, d := range list {
			b.WriteString("#define " + d + "\n")
		}
	}
	return b.String()
}

// Varying is the set of predefined macro names whose definition, or absence,
// differs between targets. A header that names none of them, directly or
// through an include, reads the same on all of them.
func Varying() map[string]bool {
	seen := map[string]map[string]int{}
	for _, t := range targets {
		for _, list := range t.lists() {
			for _, d := range list {
				name, value, _ := strings.Cut(d, " ")
				if seen[name] == nil {
					seen[name] = map[string]int{}
				}
				seen[name][value]++
			}
		}
	}
	out := map[string]bool{}
	for name, values := range seen {
		for _, n := range values {
			if n != len(targets) {
				out[name] = true
			}
		}
	}
	return out
}

func (t *Target) lists() [][]string {
	size, order, char := lp64, little, []string{"__WCHAR_TYPE__ int"}
	if t.Bits == 32 {
		size = ilp32
	}
	if t.Big {
		order = big
	}
	if t.UnsignedWchar {
		char = []string{"__WCHAR_TYPE__ unsigned int"}
	}
	if t.UnsignedChar {
		char = append(char, "__CHAR_UNSIGNED__ 1")
	}
	return [][]string{common, size, order, char, t.defines}
}
