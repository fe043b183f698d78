package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const usage = `usage: vm [flags] [go test flags] packages
       vm [flags] program [arguments]      (as go test -exec does)

Runs packages' tests, or one static program, inside a Linux kernel and exits
with their status; 125 if the guest, not the test, failed.

  -kernel K     uml, a series (6.12, 7.3), newest, or the path of an image
                (bzImage, vmlinux or a user-mode Linux); default uml
  -all          every kernel of the matrix, one after the other
  -kernels L    the matrix: a list, separated by commas, of what -kernel takes,
                each with @ARCH behind it if that is not -arch's
  -table FILE   with -all: put a kernel × package table (Markdown) into FILE,
                between its lines <!-- kernels --> and <!-- /kernels -->
  -arch A       amd64, arm64 or s390x; default amd64
  -mem MIB      memory of the guest; default 512
  -cpus N       default 1
  -limit D      longest time for one guest; default -timeout plus two minutes
  -file H[:G]   a host file or folder to carry in, at guest path G (repeatable)
  -sysctl K=V   set before the program starts (repeatable)
  -user UID     run as this user instead of root
  -append ARGS  more kernel arguments (repeatable)
  -update       ask the Debian archive for newer kernels than those in the cache
  -console      the kernel's log, in full, on standard error
  -h            this text

Other flags are go test's: -run, -v, -bench, -count, -short, -json,
-coverprofile, ... A package's testdata folder travels in, profiles come back.
Packages are built with the tag guest.
`

var errHelp = errors.New("help asked for")

// options is a parsed command line.
type options struct {
	kernel  string
	all     bool
	matrix  []string
	table   string
	arch    string
	memory  int
	cpus    int
	limit   time.Duration
	files   []string
	sysctl  map[string]string
	uid     int
	append  []string
	console bool
	update  bool

	program string   // run this instead of go test
	rest    []string // arguments of the program or of go test
}

// setters takes each flag's value; those of switches are nil.
func (o *options) setters() map[string]func(string) error {
	number := func(p *int) func(string) error {
		return func(v string) (err error) { *p, err = strconv.Atoi(v); return err }
	}
	text := func(p *string) func(string) error {
		return func(v string) error { *p = v; return nil }
	}
	list := func(p *[]string) func(string) error {
		return func(v string) error { *p = append(*p, v); return nil }
	}
	return map[string]func(string) error{
		"kernel": text(&o.kernel), "table": text(&o.table), "arch": text(&o.arch),
		"mem": number(&o.memory), "cpus": number(&o.cpus), "user": number(&o.uid),
		"file": list(&o.files), "append": list(&o.append),
		"kernels": func(v string) error { o.matrix = strings.Split(v, ","); return nil },
		"limit":   func(v string) (err error) { o.limit, err = time.ParseDuration(v); return err },
		"sysctl": func(v string) error {
			k, val, ok := strings.Cut(v, "=")
			if !ok {
				return errors.New("want NAME=VALUE")
			}
			o.sysctl[k] = val
			return nil
		},
	}
}

// parseArgs takes our flags out of args, wherever they stand, and leaves the
// others, which are go test's. The first argument that is a program ends the
// flags.
func parseArgs(args []string) (*options, error) {
	o := &options{kernel: "uml", arch: "amd64", memory: 512, cpus: 1, sysctl: map[string]string{}, matrix: defaultMatrix}
	set := o.setters()
	switches := map[string]*bool{"all": &o.all, "console": &o.console, "update": &o.update}
	for i := 0; i < len(args); i++ {
		name, value, hasValue := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		isFlag := strings.HasPrefix(args[i], "-")
		switch {
		case isFlag && (name == "h" || name == "help"):
			return nil, errHelp
		case isFlag && switches[name] != nil && !hasValue:
			*switches[name] = true
		case isFlag && set[name] != nil:
			if !hasValue {
				if i++; i == len(args) {
					return nil, fmt.Errorf("flag -%s needs a value; vm -h lists the flags", name)
				}
				value = args[i]
			}
			if err := set[name](value); err != nil {
				return nil, fmt.Errorf("flag -%s %q: %w", name, value, err)
			}
		case !isFlag && len(o.rest) == 0 && isProgram(args[i]):
			o.program, o.rest = args[i], args[i+1:]
			return o, o.valid()
		case args[i] == "-args" || args[i] == "--args":
			o.rest = append(o.rest, args[i:]...)
			i = len(args)
		default:
			o.rest = append(o.rest, args[i])
		}
	}
	if len(o.rest) == 0 {
		return nil, errors.New("no packages and no program; vm -h says how to call it")
	}
	return o, o.valid()
}

func (o *options) valid() error {
	if o.memory < 64 || o.cpus < 1 {
		return fmt.Errorf("a guest needs at least 64 MiB and one CPU, not -mem %d -cpus %d", o.memory, o.cpus)
	}
	return nil
}

// isProgram tells an executable file from a package.
func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
