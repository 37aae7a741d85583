package wget

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const usage = `Usage: wget [-cqS] [--spider] [-O FILE] [-T SEC] [-U AGENT] [-P DIR]
	[--header STR] [--post-data STR] [--no-check-certificate] URL...
`

// options is what a command line asks for.
type options struct {
	addresses  []string
	quiet      bool
	showServer bool
	spider     bool
	trustsAll  bool
	output     string
	folder     string
	agent      string
	headers    []string
	postData   string
	hasPost    bool
	timeout    time.Duration
}

// What the short options mean.
var long = map[byte]string{
	'q': "quiet", 'S': "server-response", 'O': "output-document", 'P': "directory-prefix", 'U': "user-agent", 'T': "timeout",
}

func parse(args []string) (options, error) {
	o := options{agent: userAgent, folder: "."}
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		var err error
		switch {
		case word == "--":
			o.addresses, args = append(o.addresses, args...), nil
		case strings.HasPrefix(word, "--"):
			name, value, hasValue := strings.Cut(word[2:], "=")
			args, err = o.set("--"+name, name, value, hasValue, args)
		case len(word) > 1 && word[0] == '-':
			args, err = o.cluster(word[1:], args)
		default:
			o.addresses = append(o.addresses, word)
		}
		if err != nil {
			return o, err
		}
	}
	if len(o.addresses) == 0 {
		return o, errors.New("missing URL")
	}
	return o, nil
}

// cluster takes short options that are written together: -qO-.
func (o *options) cluster(letters string, args []string) ([]string, error) {
	for letters != "" {
		name, known := long[letters[0]]
		if !known {
			return args, fmt.Errorf("unrecognized option: %c", letters[0])
		}
		shown, rest := "-"+letters[:1], letters[1:]
		if name == "quiet" || name == "server-response" {
			var err error
			if args, err = o.set(shown, name, "", false, args); err != nil {
				return args, err
			}
			letters = rest
			continue
		}
		return o.set(shown, name, rest, rest != "", args)
	}
	return args, nil
}

// set takes one option; its value may be the next word.
func (o *options) set(shown, name, value string, hasValue bool, args []string) ([]string, error) {
	switch name {
	case "quiet":
		o.quiet = true
		return args, nil
	case "server-response":
		o.showServer = true
		return args, nil
	case "spider":
		o.spider = true
		return args, nil
	case "no-check-certificate":
		o.trustsAll = true
		return args, nil
	}
	if !hasValue {
		if len(args) == 0 {
			return args, fmt.Errorf("option requires an argument: %s", shown)
		}
		value, args = args[0], args[1:]
	}
	switch name {
	case "output-document":
		o.output = value
	case "directory-prefix":
		o.folder = value
	case "user-agent":
		o.agent = value
	case "header":
		o.headers = append(o.headers, value)
	case "post-data":
		o.postData, o.hasPost = value, true
	case "timeout":
		seconds, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return args, fmt.Errorf("invalid number '%s'", value)
		}
		o.timeout = time.Duration(seconds) * time.Second
	default:
		return args, fmt.Errorf("unrecognized option: %s", shown)
	}
	return args, nil
}

func (o *options) method() string {
	switch {
	case o.hasPost:
		return http.MethodPost
	case o.spider:
		return http.MethodHead
	}
	return http.MethodGet
}
