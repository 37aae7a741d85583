// Package podsandbox holds the namespaces of a Pod without a container.
//
// In: containerd's calls of the sandbox API, one sandbox to a shim. Out: the
// sandbox's files where the CRI plugin looks for them, and a process in
// namespaces of the Pod's own, made by the program pod-sandbox. Upstream's way
// is a container of the pause image; to make and end one took a quarter of all
// that a Pod costs.
package podsandbox
