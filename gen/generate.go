package gen

// All directives stand here, in the order in which they have to run; one
// "go generate ./..." is enough, and a second one changes nothing.

//go:generate go run ../cmd/uringgen -o ../generated/uapi
