package cfront

// Used is the processor time of the tests.
var Used = used
