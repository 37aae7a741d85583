package curl

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
)

// exitCode is one of curl's ("EXIT CODES" in its manual).
type exitCode int

const (
	ok                  exitCode = 0
	unsupportedProtocol exitCode = 1
	badUsage            exitCode = 2
	urlMalformed        exitCode = 3
	couldNotResolve     exitCode = 6
	couldNotConnect     exitCode = 7
	partialFile         exitCode = 18
	httpReturnedError   exitCode = 22
	writeError          exitCode = 23
	readError           exitCode = 26
	timedOut            exitCode = 28
	tlsHandshake        exitCode = 35
	tooManyRedirects    exitCode = 47
	emptyReply          exitCode = 52
	receiveError        exitCode = 56
	badClientCert       exitCode = 58
	certNotVerified     exitCode = 60
	badCACert           exitCode = 77
)

// failure is an error whose exit code is known where it arises.
type failure struct {
	code    exitCode
	message string
}

func (f failure) Error() string { return f.message }

// exitCodeOf finds the code of whatever net/http returned. The order matters:
// a time-out while connecting is a time-out.
func exitCodeOf(err error) exitCode {
	if err == nil {
		return ok
	}
	var known failure
	if errors.As(err, &known) {
		return known.code
	}
	if errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err) {
		return timedOut
	}
	if errors.As(err, new(*net.DNSError)) {
		return couldNotResolve
	}
	if errors.As(err, new(*tls.CertificateVerificationError)) || isVerification(err) {
		return certNotVerified
	}
	// net/http replaces a RecordHeaderError by ErrSchemeMismatch if it can tell that the answer is HTTP.
	if errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, new(tls.RecordHeaderError)) || errors.As(err, new(tls.AlertError)) {
		return tlsHandshake
	}
	var operation *net.OpError
	if errors.As(err, &operation) {
		switch operation.Op {
		case "dial":
			return couldNotConnect
		case "remote error", "local error": // crypto/tls: an alert
			return tlsHandshake
		}
		return receiveError
	}
	if isEOF(err) {
		return emptyReply
	}
	return receiveError
}

func isVerification(err error) bool {
	return errors.As(err, new(x509.UnknownAuthorityError)) ||
		errors.As(err, new(x509.HostnameError)) ||
		errors.As(err, new(x509.CertificateInvalidError))
}

// message is the error without net/http's repetition of method and URL.
func message(err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch exitCodeOf(err) {
	case certNotVerified:
		return "SSL certificate problem: " + err.Error()
	case emptyReply:
		return "Empty reply from server"
	case timedOut:
		return "Operation timed out"
	}
	return err.Error()
}
