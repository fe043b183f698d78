package kernels

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// Offsets in the x86 boot protocol's setup header.
const (
	setupSects    = 0x1f1
	bootMagic     = 0x202 // "HdrS"
	payloadOffset = 0x248
	payloadLength = 0x24c
)

var (
	elfMagic  = []byte("\x7fELF")
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// unpack writes the ELF image inside the bzImage at src to dst: qemu starts
// it directly, which saves the guest the time to decompress itself. It
// reports false, and writes nothing, for an image of another form, which is
// booted as it is.
func unpack(src, dst string) (bool, error) {
	image, err := os.ReadFile(src)
	if err != nil {
		return false, err
	}
	payload := bzPayload(image)
	if !bytes.HasPrefix(payload, zstdMagic) {
		return false, nil
	}
	d, err := zstd.NewReader(bytes.NewReader(payload))
	if err != nil {
		return false, err
	}
	defer d.Close()
	elf, err := io.ReadAll(d)
	if err != nil && len(elf) == 0 {
		return false, fmt.Errorf("%s: corrupt kernel image: %w", src, err)
	}
	if !bytes.HasPrefix(elf, elfMagic) {
		return false, nil
	}
	return true, keep(dst, 0o644, elf)
}

// bzPayload is the compressed kernel in a bzImage, nil if it is none. Its
// last four bytes, the size, are left out.
func bzPayload(image []byte) []byte {
	if len(image) < payloadLength+4 || string(image[bootMagic:bootMagic+4]) != "HdrS" {
		return nil
	}
	sects := int(image[setupSects])
	if sects == 0 {
		sects = 4
	}
	start := (sects+1)*512 + int(binary.LittleEndian.Uint32(image[payloadOffset:]))
	end := start + int(binary.LittleEndian.Uint32(image[payloadLength:])) - 4
	if start < 0 || end > len(image) || start >= end {
		return nil
	}
	return image[start:end]
}
