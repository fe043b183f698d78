// Package ring submits requests to the Linux kernel through io_uring and takes
// their completions.
//
//	r, err := ring.New(64, nil)           // the fastest ring that the kernel has
//	defer r.Close()                       // cancels, waits, then lets go of memory
//	s, err := r.Get()                     // an entry of the submission queue
//	s.Read(fd, buf, 0)                    // what to do
//	s.SetUserData(7)                      // what tells completions apart
//	n, err := r.SubmitAndWait(1)          // one system call for all entries
//	for c := range r.Completions() { … }  // c.Res, or c.Err
//
// There are two layers. Ring keeps the memory of each request alive and in
// place until the kernel is done with it, so that no use of its methods can
// corrupt memory. Raw hands out the kernel's own records and leaves all of that
// to the caller. Neither allocates for a request.
package ring
