package gen

// All directives stand here, in the order in which they have to run; one
// "go generate ./..." is enough, and a second one changes nothing. The shipped
// filters need clang 14 (Debian's clang-14 and llvm-14), which is the compiler
// that their objects are reproduced with.

//go:generate go run ../cmd/uringgen -o ../generated/uapi
//go:generate go run ../cmd/uringgen cheader -o ../bpf/src/include

// Sources that compare with constants that differ by architecture are compiled
// for each class of architectures; -Werror makes sure that the others do not.

//go:generate -command bpf2go go tool bpf2go -cc clang-14 -cflags "-Wall -Wextra -Werror -I../bpf/src/include" -go-package obj -output-dir ../generated/filters/obj -no-global-types
//go:generate bpf2go Connect ../bpf/src/connect.bpf.c
//go:generate bpf2go Families ../bpf/src/families.bpf.c
//go:generate bpf2go Requests ../bpf/src/requests.bpf.c
//go:generate bpf2go -output-stem open_x86 -tags !arm,!arm64,!mips,!mipsle,!mips64,!mips64le,!ppc64,!ppc64le Open ../bpf/src/open.bpf.c -- -D__TARGET_ARCH_x86
//go:generate bpf2go -output-stem open_arm -target bpfel -tags "arm arm64" Open ../bpf/src/open.bpf.c -- -D__TARGET_ARCH_arm
//go:generate bpf2go -output-stem open_mips -tags "mips mipsle mips64 mips64le" Open ../bpf/src/open.bpf.c -- -D__TARGET_ARCH_mips
//go:generate bpf2go -output-stem open_powerpc -tags "ppc64 ppc64le" Open ../bpf/src/open.bpf.c -- -D__TARGET_ARCH_powerpc
//go:generate bpf2go -output-stem socket_x86 -tags !arm,!arm64,!mips,!mipsle,!mips64,!mips64le,!ppc64,!ppc64le Socket ../bpf/src/socket.bpf.c -- -D__TARGET_ARCH_x86
//go:generate bpf2go -output-stem socket_arm -target bpfel -tags "arm arm64" Socket ../bpf/src/socket.bpf.c -- -D__TARGET_ARCH_arm
//go:generate bpf2go -output-stem socket_mips -tags "mips mipsle mips64 mips64le" Socket ../bpf/src/socket.bpf.c -- -D__TARGET_ARCH_mips
//go:generate bpf2go -output-stem socket_powerpc -tags "ppc64 ppc64le" Socket ../bpf/src/socket.bpf.c -- -D__TARGET_ARCH_powerpc

//go:generate go run ../cmd/uringgen filter --package filters -o ../generated/filters ../generated/filters/obj
