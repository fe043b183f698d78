// Package cases is the one list that all judges of the shipped filters are
// asked about: what each filter says by its documentation, requests at random
// with the numbers of an architecture, and how many of them there are to be.
package cases
