package wire

// JobFile is where the guest's init finds its Job.
const JobFile = "/job.json"

// PortName is the name of the virtio serial port that carries the frames.
const PortName = "uringgen.vm"

// Job tells the guest's init what to run.
type Job struct {
	Argv    []string
	Dir     string
	Env     []string
	UID     int               // run as this user; 0 is root
	Sysctl  map[string]string // "kernel.io_uring_disabled": "0", set before
	Collect []string          // files and folders that come back afterwards, whatever the exit status
}
